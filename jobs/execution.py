"""A worker takes the next due job, calls its handler and writes down the outcome."""

from __future__ import annotations

import logging
import threading
import traceback
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import TypeGuard

from django.db import DatabaseError, close_old_connections, transaction

from accounts import languages
from echoes.kernel import clock
from echoes.kernel.errors import Cancelled
from jobs import admission, decisions, draining, fairness, lifecycle, registry
from jobs.models import Job, RemoteJob
from jobs.outcomes import Again, Done, Fail, Later, Outcome, Park
from jobs.states import Phase, State

log = logging.getLogger(__name__)

HEARTBEAT = 2.0  # seconds: how soon a cancellation is noticed
OBEYED = timedelta(seconds=30)  # for a handler to stop once it was told


@dataclass(frozen=True)
class _Retry:
    """Another try after an error; unlike `Again` it counts."""

    note: str
    after: timedelta


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
        """True when the work should stop: it was cancelled, its lease is lost, or its worker has to go."""
        return self._stop.is_set() or draining.must_stop()

    def progress(self, fraction: float) -> None:
        """Say how far the work is, 0 to 1; pages hear of each percent, the row at most every 2 s."""
        percent = min(99, max(0, int(fraction * 100)))
        if percent <= self._percent:
            return
        self._percent = self.job.progress = percent
        lifecycle.poke(self.job)
        if clock.now() - self._written > timedelta(seconds=2):
            self._written = clock.now()
            try:
                lifecycle.report(self.job, percent=percent)
            except DatabaseError as error:  # a percent is not worth the work
                log.warning("progress of %s %s was not written: %s", self.job.kind, self.job.pk, error)

    def _keep(self) -> None:
        """A handler that does not come back loses its lease in the end, and then its process."""
        ends = clock.now() + self.job.longest
        while not self._over.wait(HEARTBEAT) and clock.now() < ends:
            try:
                if lifecycle.extend(self.job, now=clock.now()) == State.CANCELLING:
                    ends = self._told_to_stop(ends)
            except lifecycle.Lost:
                ends = self._told_to_stop(ends)
            except Exception as error:  # the database blinked: the lease is longer than a blink
                log.warning("the lease of %s %s was not kept: %s", self.job.kind, self.job.pk, error)
            finally:
                close_old_connections()  # held for a moment only: there are as many heartbeats as workers
        self._stop.set()
        if not self._over.wait(OBEYED.total_seconds()):
            log.error("%s %s does not come back: its worker has to end", self.job.kind, self.job.pk)
            draining.end_process()

    def _told_to_stop(self, ends: datetime) -> datetime:
        """Until when the handler has to come back, counted from the first time that it was told."""
        if self._stop.is_set():
            return ends
        self._stop.set()
        return min(ends, clock.now() + OBEYED)


def work(queue: str) -> None:
    """Carry due jobs of a queue one after the other until none is due."""
    while work_next(queue):
        pass


def work_next(queue: str) -> Job | None:
    """Carry the next due job of a queue one step further; gives the job, or nothing when none was due."""
    if draining.begun():
        return None
    close_old_connections()
    try:
        job = claim_next(queue, now=clock.now())
        if job:
            carry(job)
        return job
    finally:
        close_old_connections()


def claim_next(queue: str, *, now: datetime) -> Job | None:
    """The first due job in fair order that may be done now."""
    with transaction.atomic():
        fairness.stand_in_line(queue)
        full: set[str] = set()
        while found := fairness.next_due(queue, now=now, full=full):
            kind, pk = found
            job = registry.model(kind)._base_manager.get(pk=pk)
            if _is_unsent(job) and (place := admission.full(job.service, job.lane)):
                full.add(place)
                continue
            try:
                return lifecycle.claim(job, now=now)
            except lifecycle.Lost:  # cancelled since it was found
                continue
        return None


def carry(job: Job) -> None:
    """Call the handler of a claimed job, which speaks its owner's language, and apply its outcome."""
    with Work(job) as work, languages.speaking(languages.of(job.owner_id)):
        try:
            outcome: Outcome | _Retry | None = registry.handler(job.kind)(job, work)
        except Cancelled:
            outcome = None
        except Exception as error:  # the edge of the worker: every error becomes a decision
            outcome = _decide(job, error)
    try:
        _apply(job, outcome)
    except lifecycle.Lost:
        _obey_cancellation(job)


def _is_unsent(job: Job) -> TypeGuard[RemoteJob]:
    return isinstance(job, RemoteJob) and bool(job.service) and job.phase == Phase.NEW


def _decide(job: Job, error: Exception) -> Fail | _Retry:
    detail = f"{traceback.format_exc()}\n{getattr(error, 'stderr', '')}"
    decision = decisions.on_error(error, attempt=job.attempt, max_attempts=job.max_attempts)
    if isinstance(decision, decisions.GiveUp):
        return Fail(decision.code, decision.message, detail)
    log.warning("%s %s is tried again: %s", job.kind, job.pk, detail)
    return _Retry(decision.note, decision.after)


def _apply(job: Job, outcome: Outcome | _Retry | None) -> None:
    now = clock.now()
    match outcome:
        case None if draining.begun():
            lifecycle.put_back(job, now=now, note="its worker was told to go")
        case None:
            lifecycle.stop(job, now=now)
        case Done(fields=fields):
            lifecycle.succeed(job, now=now, **fields)
        case Park(until=until, on=on, poll_at=poll_at):
            lifecycle.park(job, until=until, on=on, poll_at=poll_at, now=now)
        case _Retry(note=note, after=after):
            lifecycle.again(job, now=now, after=after, note=note)
        case Later(until=until, note=note):
            lifecycle.later(job, until=until, note=note)
        case Again(queue=queue):
            lifecycle.step(job, queue=queue, now=now)
        case Fail(code=code, message=message, detail=detail):
            lifecycle.fail(job, code=code, message=message, detail=detail, now=now)


def _obey_cancellation(job: Job) -> None:
    """The outcome came too late: either a person cancelled meanwhile, or the lease went to another worker."""
    try:
        lifecycle.stop(job, now=clock.now())
    except lifecycle.Lost:
        log.info("%s %s was taken over by another worker", job.kind, job.pk)
