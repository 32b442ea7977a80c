"""A worker takes the next due job, calls its handler and writes down the outcome."""

from __future__ import annotations

import logging
import threading
import traceback
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any

from django.conf import settings
from django.db import close_old_connections
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from echoes.kernel import clock, live
from echoes.kernel.errors import Cancelled
from jobs import decisions, doorbell, lifecycle, registry
from jobs.models import Job
from jobs.outcomes import Again, Done, Fail, Outcome, Park
from jobs.states import CLAIMABLE, LEASED, State

log = logging.getLogger(__name__)

HEARTBEAT = 2.0  # seconds: how soon a cancellation is noticed
CANDIDATES = 8


@dataclass(frozen=True)
class _Retry:
    """Another try after an error; unlike `Again` it counts."""

    note: str


class Work:
    """What a handler sees of its own execution: the lease is kept, progress goes out, a cancel comes in."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._over = threading.Event()
        self._stop = threading.Event()
        self._beat = threading.Thread(target=self._keep, name=f"lease {job.kind}", daemon=True)
        self._percent = job.progress
        self._written = clock.now()

    def __enter__(self) -> Work:
        self._beat.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._beat.join()

    def cancelled(self) -> bool:
        """True when the work should stop: a person cancelled it, or the lease is lost."""
        return self._stop.is_set()

    def progress(self, fraction: float) -> None:
        """Say how far the work is, 0 to 1; pages hear of each percent, the row at most every 2 s."""
        percent = min(99, max(0, int(fraction * 100)))
        if percent <= self._percent:
            return
        self._percent = percent
        live.poke(
            user_id=self.job.owner_id,
            topic=self.job.kind,
            id=self.job.pk,
            state=State.RUNNING,
            progress=percent,
            project=self.job.live_project(),
        )
        if clock.now() - self._written > timedelta(seconds=2):
            self._written = clock.now()
            lifecycle.report(self.job, percent=percent)

    def _keep(self) -> None:
        while not self._over.wait(HEARTBEAT):
            try:
                if lifecycle.extend(self.job, now=clock.now()) == State.CANCELLING:
                    self._stop.set()
            except lifecycle.Lost:
                self._stop.set()
            except Exception as error:  # the database blinked: the lease is longer than a blink
                log.warning("the lease of %s %s was not kept: %s", self.job.kind, self.job.pk, error)
        close_old_connections()


def work_next(queue: str) -> Job | None:
    """Carry the next due job of a queue one step further; gives the job, or nothing when none was due."""
    close_old_connections()
    try:
        job = claim_next(queue, now=clock.now())
        if job:
            carry(job)
            _ring_for_the_rest(queue)
        return job
    finally:
        close_old_connections()


def claim_next(queue: str, *, now: datetime) -> Job | None:
    """The first due job in fair order that nobody else takes at the same moment."""
    for job in _candidates(queue, now=now):
        try:
            return lifecycle.claim(job, now=now)
        except lifecycle.Lost:
            continue
    return None


def carry(job: Job) -> None:
    """Call the handler of a claimed job and apply its outcome."""
    with Work(job) as work:
        try:
            outcome: Outcome | _Retry | None = registry.handler(job.kind)(job, work)
        except Cancelled:
            outcome = None
        except Exception as error:  # the edge of the worker: every error becomes a decision
            outcome = _decide(job, error)
    try:
        _apply(job, outcome, cancelled=work.cancelled())
    except lifecycle.Lost:
        _obey_cancellation(job)


def _ring_for_the_rest(queue: str) -> None:
    """A message that came while its owner was at the limit did nothing; the end of a job makes up for it."""
    if _candidates(queue, now=clock.now()):
        doorbell.ring_queue(queue)


def _decide(job: Job, error: Exception) -> Fail | _Retry:
    detail = f"{traceback.format_exc()}\n{getattr(error, 'stderr', '')}"
    decision = decisions.on_error(error, attempt=job.attempt, max_attempts=job.max_attempts)
    if isinstance(decision, decisions.GiveUp):
        return Fail(decision.code, decision.message, detail)
    log.warning("%s %s is tried again: %s", job.kind, job.pk, detail)
    return _Retry(decision.note)


def _apply(job: Job, outcome: Outcome | _Retry | None, *, cancelled: bool) -> None:
    now = clock.now()
    match outcome:
        case None if cancelled:
            lifecycle.stop(job, now=now)
        case None:
            lifecycle.again(job, now=now, made_progress=False, note="stopped by its worker")
        case Done(fields=fields):
            lifecycle.succeed(job, now=now, **fields)
        case Park(until=until, on=on):
            lifecycle.park(job, until=until, on=on, now=now)
        case _Retry(note=note):
            lifecycle.again(job, now=now, made_progress=False, note=note)
        case Again():
            lifecycle.again(job, now=now, made_progress=True)
        case Fail(code=code, message=message, detail=detail):
            lifecycle.fail(job, code=code, message=message, detail=detail, now=now)


def _obey_cancellation(job: Job) -> None:
    """The outcome came too late: either a person cancelled meanwhile, or the lease went to another worker."""
    try:
        lifecycle.stop(job, now=clock.now())
    except lifecycle.Lost:
        log.info("%s %s was taken over by another worker", job.kind, job.pk)


def _candidates(queue: str, *, now: datetime) -> list[Job]:
    """Due jobs of all kinds of the queue: the larger priority first, then the owner with fewer running
    jobs, then the older one; an owner at the limit has none."""
    found: list[Any] = []
    for model in registry.models_of_queue(queue):
        running = (
            model._base_manager.filter(owner=OuterRef("owner"), state__in=LEASED)
            .order_by()
            .values("owner")
            .annotate(number=Count("*"))
            .values("number")
        )
        due = model._base_manager.filter(Q(state__in=CLAIMABLE, run_after__lte=now))
        due = due.annotate(busy=Coalesce(Subquery(running), 0)).filter(busy__lt=settings.RUNNING_PER_OWNER)
        found += due.order_by("-priority", "busy", "created_at")[:CANDIDATES]
    return sorted(found, key=lambda job: (-job.priority, job.busy, job.created_at))
