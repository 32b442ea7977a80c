"""What staff see of jobs: a list across all kinds, and everything about one. The number of queries depends on
nothing but the page."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Count, F, Q, QuerySet, Value
from django.utils.dateparse import parse_datetime

from jobs import reasons, registry, standing
from jobs.forms import ENDED
from jobs.models import Job, JobEvent, RemoteJob, Wait
from jobs.reasons import Neighbour, Situation
from jobs.states import AT_PROVIDER, CLAIMABLE, LEASED, LIVE, TERMINAL, Phase, State

PAGE = 50
EVENTS = 200
NEIGHBOURS = 50
SHOWN_CHARACTERS = 2_000
COLUMNS = [
    *("label", "provider", "id", "queue", "state", "owner__email", "attempt", "progress", "error_code"),
    *("created_at", "run_after", "finished_at"),
]


@dataclass(frozen=True)
class JobLine:
    kind: str
    service: str
    id: UUID
    queue: str
    state: str
    owner: str
    attempt: int
    progress: int
    error_code: str
    created_at: datetime
    run_after: datetime | None
    finished_at: datetime | None

    @property
    def ended(self) -> bool:
        return self.state in TERMINAL


@dataclass(frozen=True)
class JobsPage:
    lines: list[JobLine]
    older: str  # the key of the next page, or empty


@dataclass(frozen=True)
class EventLine:
    id: int
    at: datetime
    old: str
    new: str
    note: str
    by: str
    fence: int


@dataclass(frozen=True)
class JobFacts:
    why: str
    events: list[EventLine]
    earlier_events: bool
    waits_for: list[JobLine]
    waited_for_by: list[JobLine]
    columns: list[tuple[str, str]]
    can_retry: bool
    may_exist_there: bool  # a provider may have made it, and nobody knows
    can_cancel: bool


# ---- the list -------------------------------------------------------------------------------


def jobs_page(wanted: Mapping[str, Any], *, before: str = "", now: datetime) -> JobsPage:
    """The newest jobs of all kinds. `wanted` is what `FilterForm` understood, `before` a page's `older`."""
    condition = _condition(wanted, now=now) & _earlier_than(before)
    parts = [_lines(model, condition).order_by("-created_at", "-id")[: PAGE + 1] for model in _models(wanted)]
    found = [JobLine(*row) for row in _union(parts)] if parts else []
    found.sort(key=lambda line: (line.created_at, line.id), reverse=True)
    lines = found[:PAGE]
    return JobsPage(lines, older=_key(lines[-1]) if len(found) > PAGE else "")


def _models(wanted: Mapping[str, Any]) -> list[type[Job]]:
    models = registry.models()
    if "kind" in wanted:
        models = [model for model in models if model.kind == wanted["kind"]]
    if "service" in wanted:
        models = [model for model in models if issubclass(model, RemoteJob)]
    return models


def _condition(wanted: Mapping[str, Any], *, now: datetime) -> Q:
    same = {"state": "state", "queue": "queue", "code": "error_code", "service": "provider"}
    found = Q(**{column: wanted[name] for name, column in same.items() if name in wanted})
    if "owner" in wanted:
        found &= Q(owner__email__icontains=wanted["owner"])
    if "ended" in wanted:
        found &= Q(finished_at__gte=now - ENDED[wanted["ended"]][1])
    if "id" in wanted:
        found &= Q(id__range=(UUID(wanted["id"].ljust(32, "0")), UUID(wanted["id"].ljust(32, "f"))))
    return found


def _key(line: JobLine) -> str:
    return f"{line.created_at.isoformat()} {line.id}"


def _earlier_than(key: str) -> Q:
    """A key that nobody gave out is no key: the list begins at its beginning."""
    moment, _, pk = key.partition(" ")
    try:
        created_at, last = parse_datetime(moment), UUID(pk)
    except ValueError:
        return Q()
    if created_at is None or created_at.tzinfo is None:
        return Q()
    return Q(created_at__lt=created_at) | Q(created_at=created_at, id__lt=last)


def _lines(model: type[Job], condition: Q) -> QuerySet[Any, Any]:
    """The columns of JobLine; those that differ between kinds are annotations in all, to keep their order."""
    provider = F("service") if issubclass(model, RemoteJob) else Value("")
    rows = model._base_manager.annotate(label=Value(model.kind), provider=provider)
    return rows.filter(condition).values_list(*COLUMNS)


def _union(parts: list[QuerySet[Any, Any]]) -> QuerySet[Any, Any]:
    return parts[0].union(*parts[1:], all=True)


# ---- one job --------------------------------------------------------------------------------


def job_facts(job: Job, *, now: datetime) -> JobFacts:
    mine, others = _waits(job)
    lines = _neighbours([*mine, *others])
    waits_for = [lines[found] for found in mine if found in lines]
    events = _events(job)
    return JobFacts(
        why=reasons.sentence(_situation(job, waits_for, now=now), now=now),
        events=events[-EVENTS:],
        earlier_events=len(events) > EVENTS,
        waits_for=waits_for,
        waited_for_by=[lines[found] for found in others if found in lines],
        columns=_columns(job),
        can_retry=job.state in {State.FAILED, State.CANCELLED},
        may_exist_there=isinstance(job, RemoteJob)
        and (job.phase == Phase.SUBMITTING or job.error_code == "timed_out"),
        can_cancel=job.state in LIVE - {State.CANCELLING},
    )


def _events(job: Job) -> list[EventLine]:
    """The last events in their order, and one more when there are more."""
    rows = JobEvent.objects.filter(kind=job.kind, job_id=job.pk).order_by("-id")
    found = rows.values_list("id", "at", "old", "new", "note", "by__email", "fence")[: EVENTS + 1]
    return [EventLine(*row[:5], by=row[5] or "", fence=row[6]) for row in reversed(found)]


def _waits(job: Job) -> tuple[list[tuple[str, UUID]], list[tuple[str, UUID]]]:
    """What this job waits for, and what waits for it."""
    mine = Q(waiter_kind=job.kind, waiter_id=job.pk)
    others = Q(on_kind=job.kind, on_id=job.pk)
    return (
        list(Wait.objects.filter(mine).order_by("id").values_list("on_kind", "on_id")[:NEIGHBOURS]),
        list(Wait.objects.filter(others).order_by("id").values_list("waiter_kind", "waiter_id")[:NEIGHBOURS]),
    )


def _neighbours(wanted: Iterable[tuple[str, UUID]]) -> dict[tuple[str, UUID], JobLine]:
    by_kind: dict[str, list[UUID]] = {}
    for kind, pk in wanted:
        by_kind.setdefault(kind, []).append(pk)
    parts = [
        _lines(registry.model(kind), Q(pk__in=ids))
        for kind, ids in by_kind.items()
        if kind in settings.JOB_KINDS
    ]
    lines = [JobLine(*row) for row in _union(parts)] if parts else []
    return {(line.kind, line.id): line for line in lines}


def _columns(job: Job) -> list[tuple[str, str]]:
    """Every column as text, without what has a place of its own on the page."""
    shown = [field for field in job._meta.concrete_fields if field.name != "error_detail"]
    return [(field.name, _text(getattr(job, field.attname))) for field in shown]


def _text(value: Any) -> str:
    if isinstance(value, dict | list):
        value = json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
    text = "" if value is None else str(value)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]} …"


# ---- why it is where it is ------------------------------------------------------------------


def _situation(job: Job, waits_for: list[JobLine], *, now: datetime) -> Situation:
    """What `reasons` needs to know; the neighbours in the queue are counted only when they are the reason."""
    remote = job if isinstance(job, RemoteJob) else None
    due = job.state in CLAIMABLE and job.run_after is not None and job.run_after <= now
    service = remote.service if remote else ""
    unsent = bool(remote and service and remote.phase == Phase.NEW)
    return Situation(
        state=State(job.state),
        queue=job.queue,
        attempt=job.attempt,
        max_attempts=job.max_attempts,
        run_after=job.run_after,
        claimed_at=job.claimed_at,
        lease_until=job.lease_until,
        finished_at=job.finished_at,
        seconds_left=job.seconds_left(now=now),
        error_message=job.error_message,
        waits_for=[Neighbour(f"{line.kind} {str(line.id)[:8]}", line.state) for line in waits_for],
        ahead=_ahead(job, now=now) if due else 0,
        owner_running=_running_of_owner(job, with_providers=unsent) if due else 0,
        owner_limit=settings.AWAY_PER_OWNER if unsent else settings.RUNNING_PER_OWNER,
        phase=Phase(remote.phase) if remote else Phase.NEW,
        polls=remote.polls if remote else 0,
        poll_at=remote.poll_at if remote else None,
        provider=standing.standing(service) if service and job.state in CLAIMABLE else None,
        service=service,
    )


def _ahead(job: Job, *, now: datetime) -> int:
    """Due jobs of the queue that would be taken first, but for their owners' limits."""
    first = Q(priority__gt=job.priority) | Q(priority=job.priority, created_at__lt=job.created_at)
    return _count(Q(queue=job.queue, state__in=CLAIMABLE, run_after__lte=now) & first)


def _running_of_owner(job: Job, *, with_providers: bool) -> int:
    """What counts against the limit of what is next: see `jobs.fairness`."""
    here = _count(Q(queue=job.queue, state__in=LEASED, owner=job.owner_id))
    if not with_providers:
        return here
    there = Q(phase__in=AT_PROVIDER, state__in=LIVE, owner=job.owner_id)
    return here + sum(model._base_manager.filter(there).count() for model in registry.remote_models())


def _count(condition: Q) -> int:
    """Jobs of all kinds, in one query."""
    parts = [
        model._base_manager.filter(condition)
        .annotate(label=Value(model.kind))
        .values("label")
        .annotate(number=Count("pk"))
        .values_list("label", "number")
        for model in registry.models()
    ]
    return sum(number for _, number in _union(parts))
