"""How the engine is doing, in numbers for one page. As many queries on a busy day as on an idle one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, F, Max, Min, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.module_loading import import_string
from django.utils.translation import gettext, ngettext

from jobs import admission, registry, standing
from jobs.models import Job, JobEvent, RemoteJob
from jobs.reasons import LATE, span
from jobs.standing import ProviderLine
from jobs.states import CLAIMABLE, LEASED, TERMINAL, Phase, State

MOMENT = timedelta(minutes=10)
HOUR = timedelta(hours=1)
DAY = timedelta(hours=24)


@dataclass(frozen=True)
class QueueLine:
    name: str
    due: int
    waiting: int
    running: int
    oldest_due_at: datetime | None
    rate_now: float  # ended per minute, over the last ten minutes
    rate_hour: float  # the same over the last hour
    lost: int  # running by the row, but their lease ran out a while ago


@dataclass(frozen=True)
class FailureLine:
    kind: str
    code: str  # empty: tried again since, or gone
    jobs: int
    last_at: datetime


@dataclass(frozen=True)
class Overview:
    at: datetime
    queues: list[QueueLine]
    failures: list[FailureLine]
    providers: list[ProviderLine]
    alarms: list[str]
    last_start_at: datetime | None


def overview(*, now: datetime) -> Overview:
    queues = queue_lines(now=now)
    return Overview(
        at=now,
        queues=queues,
        failures=failure_lines(now=now),
        providers=standing.provider_lines(now=now),
        alarms=[*alarms(queues, unasked=oldest_unasked(now=now), now=now), *_alarms_of_others(now=now)],
        last_start_at=last_start(),
    )


# ---- queues ---------------------------------------------------------------------------------


def queue_lines(*, now: datetime) -> list[QueueLine]:
    """Every queue, also one that is empty. What a resting provider must do waits, and is not due."""
    claimable = _by_queue(_claimable(now=now))
    leased = _by_queue(_leased(now=now))
    ended = _by_queue(_ended(now=now))
    return [
        QueueLine(
            name=name,
            due=_total(claimable, name, 0),
            waiting=_total(claimable, name, 1),
            oldest_due_at=min((row[2] for row in claimable.get(name, ()) if row[2]), default=None),
            running=_total(leased, name, 0),
            lost=_total(leased, name, 1),
            rate_now=_total(ended, name, 0) / (MOMENT.total_seconds() / 60),
            rate_hour=_total(ended, name, 1) / (HOUR.total_seconds() / 60),
        )
        for name in sorted({*registry.QUEUES, *claimable, *leased, *ended})
    ]


def _claimable(*, now: datetime) -> list[QuerySet[Any, Any]]:
    """Of each kind and queue: how many are due, how many wait, since when the oldest is due."""
    shut = standing.shut(now=now)
    parts = []
    for model in registry.models():
        due = Q(run_after__lte=now)
        if issubclass(model, RemoteJob):
            due &= ~Q(phase=Phase.NEW, service__in=shut)
        rows = _labelled(model).filter(state__in=CLAIMABLE).values("label", "queue")
        rows = rows.annotate(
            due=Count("pk", filter=due),
            waiting=Count("pk") - Count("pk", filter=due),
            oldest=Min("run_after", filter=due),
        )
        parts.append(rows.values_list("queue", "label", "due", "waiting", "oldest"))
    return parts


def _leased(*, now: datetime) -> list[QuerySet[Any, Any]]:
    """Of each kind and queue: how many are running, and how many of them nobody rescued in time."""
    lost = Q(lease_until__lt=now - LATE)
    return [
        _labelled(model)
        .filter(state__in=LEASED)
        .values("label", "queue")
        .annotate(running=Count("pk"), lost=Count("pk", filter=lost))
        .values_list("queue", "label", "running", "lost")
        for model in registry.models()
    ]


def _ended(*, now: datetime) -> list[QuerySet[Any, Any]]:
    """Of each kind and queue: how many jobs ended in the last ten minutes, and in the last hour."""
    parts = []
    for model in registry.models():
        place = model._base_manager.filter(pk=OuterRef("job_id")).values("queue")[:1]
        events = _moves(model, since=now - HOUR).filter(new__in=TERMINAL)
        events = events.annotate(queue=Coalesce(Subquery(place), Value(model.first_queue)))
        events = events.values("kind", "queue").annotate(
            moment=Count("pk", filter=Q(at__gte=now - MOMENT)), hour=Count("pk")
        )
        parts.append(events.values_list("queue", "kind", "moment", "hour"))
    return parts


def _by_queue(parts: list[QuerySet[Any, Any]]) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of all kinds in one query, by queue; without queue and kind."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for queue, _, *numbers in parts[0].union(*parts[1:], all=True):
        found.setdefault(queue, []).append(tuple(numbers))
    return found


def _total(rows: dict[str, list[tuple[Any, ...]]], queue: str, place: int) -> int:
    return sum(row[place] for row in rows.get(queue, ()))


def _labelled(model: type[Job]) -> QuerySet[Any, Any]:
    return model._base_manager.annotate(label=Value(model.kind))


def _moves(model: type[Job], *, since: datetime) -> QuerySet[Any, Any]:
    """Events of a kind that changed a state; an event that only tells something has the same state twice."""
    return JobEvent.objects.filter(kind=model.kind, at__gte=since).exclude(old=F("new"))


# ---- failures -------------------------------------------------------------------------------


def failure_lines(*, now: datetime) -> list[FailureLine]:
    """Jobs that failed in the last 24 hours, by kind and by their code now; the most frequent first."""
    parts = []
    for model in registry.models():
        code = model._base_manager.filter(pk=OuterRef("job_id"), state=State.FAILED).values("error_code")[:1]
        events = _moves(model, since=now - DAY).filter(new=State.FAILED)
        events = events.annotate(code=Coalesce(Subquery(code), Value("")))
        events = events.values("kind", "code").annotate(
            jobs=Count("job_id", distinct=True), last_at=Max("at")
        )
        parts.append(events.values_list("kind", "code", "jobs", "last_at"))
    found = [FailureLine(*row) for row in parts[0].union(*parts[1:], all=True)]
    return sorted(found, key=lambda line: (not line.code, -line.jobs, line.kind, line.code))


# ---- signs of life --------------------------------------------------------------------------


def last_start() -> datetime | None:
    """When a worker last took a job: the newest sign of life that the database holds."""
    starts = JobEvent.objects.filter(new=State.RUNNING).exclude(old=F("new"))
    return starts.order_by("-id").values_list("at", flat=True).first()


def oldest_unasked(*, now: datetime) -> datetime | None:
    """When the clock is to ask a provider next, or should have asked; one that rests is not asked."""
    resting = admission.resting(now=now)
    parts = [
        _labelled(model)
        .filter(poll_at__isnull=False)
        .exclude(service__in=resting)
        .values("label")
        .annotate(first=Min("poll_at"))
        for model in registry.remote_models()
    ]
    rows = parts[0].union(*parts[1:], all=True) if parts else ()
    return min((row["first"] for row in rows if row["first"]), default=None)


def alarms(queues: list[QueueLine], *, unasked: datetime | None, now: datetime) -> list[str]:
    """What looks as if a process were missing, in sentences; nothing is said that the rows do not show."""
    found = [text for queue in queues if (text := _late(queue, now=now))]
    lost = sum(queue.lost for queue in queues)
    if lost:
        text = ngettext(
            "The lease of {count} running job ran out more than {late} s ago and nobody put it back: is the "
            "clock running?",
            "The lease of {count} running jobs ran out more than {late} s ago and nobody put it back: is the "
            "clock running?",
            lost,
        )
        found.append(text.format(count=lost, late=LATE.seconds))
    if unasked and unasked < now - LATE:
        text = gettext("A provider should have been asked {span} ago: is the clock running?")
        found.append(text.format(span=span(now - unasked)))
    return found


def _alarms_of_others(*, now: datetime) -> list[str]:
    """What other apps have to warn of: this one knows none of them."""
    return [text for path in settings.STAFF_ALARMS for text in import_string(path)(now=now)]


def _late(queue: QueueLine, *, now: datetime) -> str:
    if queue.oldest_due_at is None or queue.oldest_due_at > now - LATE:
        return ""
    if queue.running:
        text = gettext(
            "The oldest due job of {queue} has waited {span}, {count} running: the workers are full, or its "
            "owner or provider is at the limit."
        )
    else:
        text = gettext(
            "The oldest due job of {queue} has waited {span} and none is running: is a worker of this queue "
            "up?"
        )
    return text.format(queue=queue.name, span=span(now - queue.oldest_due_at), count=queue.running)
