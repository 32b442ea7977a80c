"""The only writer of a job's state.

Every move is one UPDATE that names the state (and, for a worker, the fence) it starts from. No row hit means
that somebody else was first, and the mover is told so by `Lost`. The event, `settle()` and the live message
belong to the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Least
from django.utils.module_loading import import_string
from django.utils.translation import gettext
from psycopg.errors import UniqueViolation

from accounts import languages
from echoes.kernel import clock, live
from echoes.kernel.errors import EchoesError, gettext_noop
from jobs import doorbell, registry, storable
from jobs.models import Job, JobEvent, RemoteJob, Wait
from jobs.states import CLAIMABLE, LIVE, Phase, State

LEASE = timedelta(seconds=30)
AT_ONCE = timedelta()
INTERRUPTED = gettext_noop("This was interrupted too often, so we stopped. Please try again.")

UNLEASED: dict[str, Any] = {"lease_until": None, "claimed_at": None}

J = TypeVar("J", bound=Job)


class Lost(EchoesError):
    """Somebody else moved this job first."""

    code = "lost"


class NotRetryable(EchoesError):
    """Only work that failed or was cancelled can be tried again."""

    code = "not_retryable"


# ---- beginning ------------------------------------------------------------------------------


def enqueue(job: J, *, by: Any = None) -> J:
    """Save a new job as queued and ring for it once the transaction commits."""
    with transaction.atomic():
        job.queue = job.begins_on()
        job.save(force_insert=True)
        _record(job, old="", by=by)
        doorbell.ring(job)
    return job


def enqueue_all(jobs: list[J], *, by: Any = None) -> list[J]:
    """Enqueue many new jobs of one kind, in as many queries for many as for one."""
    if not jobs:
        return []
    kind = type(jobs[0])
    with transaction.atomic():
        for job in jobs:
            job.queue = job.begins_on()
        kind._base_manager.bulk_create(jobs)
        JobEvent.objects.bulk_create(_event(job, old="", by=by) for job in jobs)
        for job in jobs:
            poke(job)
            doorbell.ring(job)
    return jobs


def enqueue_once(job: J, *, same: Q, by: Any = None) -> J:
    """Enqueue, or give the job that holds the place already: a unique constraint of its kind says which
    jobs are the same, and `same` finds the one that it means. Two requests at one moment make one job."""
    while True:
        try:
            with transaction.atomic():
                return enqueue(job, by=by)
        except IntegrityError as error:
            if not isinstance(error.__cause__, UniqueViolation):
                raise
        if found := type(job)._base_manager.filter(same).first():
            return found  # otherwise it ended in between, and the place is free


def claim(job: J, *, now: datetime) -> J:
    """Take a due job for this worker; raises Lost when it is no longer there to take."""
    return _move(
        job,
        _claimable(job),
        State.RUNNING,
        fence=F("fence") + 1,
        attempt=F("attempt") + 1,
        claimed_at=now,
        lease_until=now + LEASE,
        started_at=job.started_at or now,
        run_after=None,
    )


def extend(job: Job, *, now: datetime) -> State:
    """Keep the lease; gives the state, which is `cancelling` when the work should stop. Raises Lost."""
    rows = _held(job).update(lease_until=now + LEASE)
    if not rows:
        raise Lost
    return State(_rows(job).values_list("state", flat=True).get())


# ---- a worker's answers ---------------------------------------------------------------------


def succeed(job: J, *, now: datetime, **fields: Any) -> J:
    return _finish(job, _running(job), State.SUCCEEDED, now=now, progress=100, **fields)


def fail(job: J, *, code: str, message: str, detail: str = "", now: datetime) -> J:
    return _finish(
        job,
        _running(job),
        State.FAILED,
        now=now,
        error_code=code,
        error_message=storable.text(message),
        error_detail=storable.text(detail)[-20_000:],
    )


def step(job: J, *, queue: str, now: datetime) -> J:
    """Back into a queue for the next step of the work; the tries are counted afresh."""
    return _requeue(job, _running(job), now=now, attempt=0, queue=queue or job.queue)


def again(job: J, *, note: str, after: timedelta = AT_ONCE, now: datetime) -> J:
    """Back into the queue for another try of what did not succeed."""
    return _requeue(job, _running(job), now=now + after, note=note)


def later(job: J, *, until: datetime, note: str) -> J:
    """Back into the queue, due at a moment; its handler counts the tries."""
    return _requeue(job, _running(job), now=until, note=note, attempt=0)


def put_back(job: J, *, note: str, now: datetime) -> J:
    """Back into the queue because the worker has to go; that was no try."""
    return _requeue(job, _running(job), now=now, note=note, attempt=F("attempt") - 1)


def park(
    job: J,
    *,
    until: datetime | None = None,
    on: Iterable[Job] = (),
    poll_at: datetime | None = None,
    now: datetime,
) -> J:
    """Wait for a moment, for the end of other jobs or for a provider's answer, holding no worker.

    The other rows are locked before this one is written: a job that ends meanwhile either is seen here as
    ended, or sees the wait that is written here. Neither can miss the other.
    """
    with transaction.atomic():
        unfinished = [other for other in _locked(on) if other.state in LIVE]
        Wait.objects.bulk_create(
            [
                Wait(waiter_kind=job.kind, waiter_id=job.pk, on_kind=other.kind, on_id=other.pk)
                for other in unfinished
            ],
            ignore_conflicts=True,
        )
        due = until if unfinished or until or poll_at else now
        # A nudge may have come since the job was sent: the sooner moment counts.
        asked: dict[str, Any] = {"poll_at": Least(F("poll_at"), Value(poll_at))} if poll_at else {}
        moved = _move(job, _running(job), State.WAITING, run_after=due, attempt=0, **UNLEASED, **asked)
        if due == now:
            doorbell.ring(moved)
        return moved


def stop(job: J, *, now: datetime) -> J:
    """A worker obeys `cancelling`."""
    job.state = State.CANCELLING  # a person has moved it since it was read
    return _finish(job, _held(job).filter(state=State.CANCELLING), State.CANCELLED, now=now)


def report(job: Job, *, percent: int) -> None:
    """Write progress down; ignored when the job is no longer this worker's."""
    _held(job).update(progress=percent)


# ---- people ---------------------------------------------------------------------------------


def cancel(job: J, *, by: Any, now: datetime) -> J:
    """Cancel at any state: at once when nobody works on it, otherwise its worker is asked to stop.

    A job that has ended already stays as it ended.
    """
    with transaction.atomic():
        state = _rows(job).select_for_update().values_list("state", flat=True).get()
        job.refresh_from_db()
        if state in CLAIMABLE:
            return _finish(job, _rows(job), State.CANCELLED, now=now, by=by, run_after=None)
        if state == State.RUNNING:
            return _move(job, _rows(job), State.CANCELLING, by=by)
        return job


def retry(job: J, *, by: Any, now: datetime) -> J:
    """Queue a failed or cancelled job afresh."""
    rows = _rows(job).filter(state__in=[State.FAILED, State.CANCELLED])
    try:
        with transaction.atomic():
            moved = _move(
                job,
                rows,
                State.QUEUED,
                by=by,
                attempt=0,
                progress=0,
                started_at=None,
                finished_at=None,
                run_after=now,
                error_code="",
                error_message="",
                error_detail="",
                **job.renewal(),
            )
            moved.resume()
            doorbell.ring(moved)
            return moved
    except Lost:
        raise NotRetryable from None


# ---- the clock ------------------------------------------------------------------------------


def rescue(job: J, *, now: datetime) -> J:
    """What an expired lease means: another try, an end after too many, or the end of a cancellation."""
    held = _held(job).filter(state=job.state, lease_until__lt=now)  # a cancellation since then is not undone
    with transaction.atomic():
        if job.state == State.CANCELLING:
            return _finish(job, held, State.CANCELLED, now=now, note="the worker was gone")
        if job.attempt >= job.max_attempts:
            with languages.speaking(languages.of(job.owner_id)):
                message = gettext(INTERRUPTED)
            return _finish(job, held, State.FAILED, now=now, error_code="interrupted", error_message=message)
        return _requeue(job, held, now=now, note="lease expired")


def lose(job: J, *, message: str, now: datetime, **fields: Any) -> J:
    """What a job had made is gone from its store: it counts as failed, so that it can be made again."""
    rows = _rows(job).filter(state=State.SUCCEEDED)
    lost = {"error_code": "file_missing", "error_message": message}
    return _finish(job, rows, State.FAILED, now=now, **lost, **fields)


def wake(job: Job, *, now: datetime) -> bool:
    """Make a waiting job due if nothing it waits for is left; true when this call woke it."""
    with transaction.atomic():
        rows = _rows(job).filter(state=State.WAITING, run_after=None)
        if not rows.select_for_update().exists() or _waits_of(job).exists():
            return False
        rows.update(run_after=now)
        doorbell.ring(job)
        return True


# ---- how a row moves ------------------------------------------------------------------------


def _rows(job: Job) -> Any:
    return type(job)._base_manager.filter(pk=job.pk)


def _claimable(job: Job) -> Any:
    return _rows(job).filter(state__in=CLAIMABLE, fence=job.fence)


def _running(job: Job) -> Any:
    return _rows(job).filter(state=State.RUNNING, fence=job.fence)


def _held(job: Job) -> Any:
    return _rows(job).filter(state__in=[State.RUNNING, State.CANCELLING], fence=job.fence)


def _locked(others: Iterable[Job]) -> list[Job]:
    """The same rows, locked until the transaction ends, always in the same order."""
    ordered = sorted(others, key=lambda other: (other.kind, other.pk))
    return [_rows(other).select_for_update().get() for other in ordered if _rows(other).exists()]


def _requeue(job: J, rows: Any, *, now: datetime, **fields: Any) -> J:
    with transaction.atomic():
        moved = _move(job, rows, State.QUEUED, run_after=now, **UNLEASED, **fields)
        if now <= clock.now():
            doorbell.ring(moved)
        return moved


def _waits_of(job: Job) -> Any:
    return Wait.objects.filter(waiter_kind=job.kind, waiter_id=job.pk)


def _move(job: J, rows: Any, new: State, *, by: Any = None, note: str = "", **fields: Any) -> J:
    with transaction.atomic():
        old = job.state
        if not rows.update(state=new, **fields):
            raise Lost
        job.refresh_from_db()
        _record(job, old=old, by=by, note=storable.text(note) or job.error_detail[:500])
        return job


def _finish(job: J, rows: Any, new: State, *, now: datetime, **fields: Any) -> J:
    with transaction.atomic():
        moved = _move(job, rows, new, finished_at=now, **UNLEASED, **fields)
        if isinstance(moved, RemoteJob) and moved.phase == Phase.SUBMITTED:
            type(moved)._base_manager.filter(pk=moved.pk).update(poll_at=now)  # the clock tells the provider
        moved.settle()
        _waits_of(moved).delete()
        _wake_waiters(moved, now=now)
        transaction.on_commit(lambda: _say_that_it_ended(moved), robust=True)
        return moved


def _say_that_it_ended(job: Job) -> None:
    """To whoever tells people of it; what goes wrong there is none of the job's."""
    with languages.speaking(languages.of(job.owner_id)):
        for path in settings.ENDINGS:
            import_string(path)(job=job)


def _wake_waiters(job: Job, *, now: datetime) -> None:
    """The waiter's row is locked before its waits are counted, so two last ends cannot both be too early."""
    known = list(settings.JOB_KINDS)  # a newer version's jobs wait for a newer version's clock
    waits = Wait.objects.filter(on_kind=job.kind, on_id=job.pk, waiter_kind__in=known)
    waiters = sorted(set(waits.values_list("waiter_kind", "waiter_id")))
    for kind, pk in waiters:
        waiter = registry.model(kind)._base_manager.select_for_update().filter(pk=pk).first()
        waits.filter(waiter_kind=kind, waiter_id=pk).delete()
        if waiter:
            wake(waiter, now=now)


def tell(job: Job, *, note: str) -> None:
    """Write into the job's history what happened without moving it."""
    _event(job, old=job.state, note=storable.text(note)).save(force_insert=True)


def _record(job: Job, *, old: str, by: Any = None, note: str = "") -> None:
    _event(job, old=old, by=by, note=note).save(force_insert=True)
    poke(job)


def _event(job: Job, *, old: str, by: Any = None, note: str = "") -> JobEvent:
    return JobEvent(kind=job.kind, job_id=job.pk, old=old, new=job.state, fence=job.fence, note=note, by=by)


def poke(job: Job) -> None:
    """Tell its owner's pages how the job stands now."""
    live.poke(
        user_id=job.owner_id,
        topic=job.kind,
        id=job.pk,
        state=job.state,
        progress=job.progress,
        left=job.seconds_left(now=clock.now()),
        project=job.live_project(),
    )
