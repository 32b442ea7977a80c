"""The clock asks providers how thousands of jobs go, and holds no worker for any of them.

`poll_at` is when a job is asked about next. Taking a job moves it a minute ahead, so that copies of the clock
share the work, and a copy that dies leaves nothing but a question asked a minute late.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections, connection, transaction

from echoes.kernel import clock
from jobs import admission, doorbell, lifecycle, registry, remote
from jobs.remote import Answered, Pending
from jobs.states import Phase, State

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

PERIOD = 0.25  # seconds between looks
BATCH = 300
AT_ONCE = 300  # open questions at one service
HELD = timedelta(seconds=30)  # how long a question may take, with everything around it
PATIENCE = 10.0  # seconds for one question
UNREACHABLE = 86_400.0  # seconds after its patience for which a provider may be out of reach
SLOWEST = 30.0  # seconds between two questions, at most
SHARE = 0.1  # of how long it has been there: an answer is heard of so much too late, at most
ENDED = frozenset({State.CANCELLED, State.FAILED})  # of ours; the provider is told to stop


@dataclass(frozen=True)
class Due:
    """A job that somebody should ask about."""

    kind: str
    id: UUID
    service: str
    remote_id: str
    state: str
    polls: int
    submitted_at: datetime
    due_at: datetime
    held_until: datetime


@dataclass(frozen=True)
class Heard:
    due: Due
    said: Pending | Answered | None
    error: Exception | None = None


@dataclass
class Poller:
    """One process's part of the asking. `lags`, where given, gets the seconds that each question was late."""

    lags: list[float] | None = None
    _open: dict[asyncio.Task[None], Due] = field(default_factory=dict)
    _heard: list[Heard] = field(default_factory=list)

    async def run(self, stop: asyncio.Event) -> None:
        """Ask until told to stop. What is not answered by then is due again at once, for another clock."""
        while not stop.is_set():
            try:
                await self.turn()
            except Exception:  # the edge of the clock: the next look tries again
                log.exception("the clock missed a look at the providers")
            await _pause(stop, PERIOD)
        unanswered = dict(self._open)
        for task in unanswered:
            task.cancel()
        await asyncio.gather(*unanswered, return_exceptions=True)
        await self._write_down()
        await _in_thread(give_back, list(unanswered.values()), now=clock.now())

    async def turn(self) -> None:
        """One look: write down what was heard, take what is due, begin to ask."""
        await self._write_down()
        counts = Counter(due.service for due in self._open.values())
        busy = [service for service, number in counts.items() if number >= AT_ONCE]
        for due in await _in_thread(take, now=clock.now(), busy=busy):
            if self.lags is not None:
                self.lags.append((clock.now() - due.due_at).total_seconds())
            task = asyncio.create_task(self._ask(due))
            self._open[task] = due
            task.add_done_callback(self._open.pop)

    async def settled(self) -> None:
        """Wait until everything that was asked is answered and written down."""
        await asyncio.gather(*self._open)
        await self._write_down()

    async def _ask(self, due: Due) -> None:
        service = registry.service(due.service)
        try:
            async with asyncio.timeout(PATIENCE):
                said = None if due.state in ENDED else await service.ask(due.remote_id)
                if said is None:
                    await service.abandon(due.remote_id)
                elif isinstance(said, Pending) and _age(due, now=clock.now()) > service.patience:
                    said = Answered("timed_out")
                    with contextlib.suppress(Exception):  # the job has ended, whether it can be told or not
                        await service.abandon(due.remote_id)
            self._heard.append(Heard(due, said))
        except Exception as error:  # whatever a provider does, it is one job's trouble
            self._heard.append(Heard(due, None, error))

    async def _write_down(self) -> None:
        if not self._heard:
            return
        heard, self._heard = self._heard, []
        await _in_thread(write_down, heard, now=clock.now())


# ---- the rows -------------------------------------------------------------------------------


def take(*, now: datetime, busy: Iterable[str] = ()) -> list[Due]:
    """Take what is due, at most BATCH of each kind, for this process: of the services that it knows, but for
    those that rest and those that are busy with its questions."""
    asked = sorted(set(settings.REMOTE_SERVICES) - admission.resting(now=now) - set(busy))
    found: list[Due] = []
    with connection.cursor() as cursor:
        for model in registry.remote_models():
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(
                f"""
                WITH due AS (
                    SELECT id, poll_at FROM {table}
                    WHERE poll_at <= %(now)s AND service = ANY(%(asked)s)
                    ORDER BY poll_at LIMIT {BATCH} FOR UPDATE SKIP LOCKED)
                UPDATE {table} AS job SET poll_at = %(held)s, polls = polls + 1 FROM due WHERE job.id = due.id
                RETURNING job.id, service, remote_id, state, polls, submitted_at, due.poll_at, job.poll_at
                """,  # noqa: S608 (a table's name and a number; every value is a parameter)
                {"now": now, "held": now + HELD, "asked": asked},
            )
            found += [Due(model.kind, *row) for row in cursor.fetchall()]
    return found


def write_down(heard: list[Heard], *, now: datetime) -> None:
    """Write what the providers said. What cannot be written of one job is that job's trouble."""
    pending = [one for one in heard if isinstance(one.said, Pending)]
    for kind in {one.due.kind for one in pending}:
        _still_pending([one for one in pending if one.due.kind == kind], now=now)
    for one in heard:
        if not isinstance(one.said, Pending):
            try:
                _write_one(one, now=now)
            except Exception:  # it is asked about again when it is not held any more
                log.exception("what was said of %s %s could not be written", one.due.kind, one.due.id)
    _say_who_is_in_trouble(heard, now=now)
    for queue in registry.QUEUES:
        if any(isinstance(one.said, Answered) for one in heard):
            doorbell.ring_queue(queue)


def give_back(unanswered: list[Due], *, now: datetime) -> None:
    """What nobody answered is due again at once."""
    for due in unanswered:
        rows = registry.remote_model(due.kind)._base_manager.filter(pk=due.id, poll_at=due.held_until)
        rows.update(poll_at=now)


def _write_one(one: Heard, *, now: datetime) -> None:
    if one.error is not None:
        _ask_later(one.due, now=now)
    elif isinstance(one.said, Answered):
        _is_answered(one.due, one.said, now=now)
    else:
        _forget(one.due)


def _say_who_is_in_trouble(heard: list[Heard], *, now: datetime) -> None:
    """Many questions that fail at one moment are one failure of their service."""
    for name, error in {one.due.service: one.error for one in heard if one.error}.items():
        remote.trouble(name, error, now=now)


def next_poll(due: Due, *, now: datetime, min_poll: float, factor: float = 1.0) -> datetime:
    """The longer it takes the longer the intervals, never shorter than the service allows, and spread a
    little."""
    interval = min(SLOWEST, max(min_poll, _age(due, now=now) * SHARE)) * factor
    return now + timedelta(seconds=interval * (1 + random.random() / 10))


def _age(due: Due, *, now: datetime) -> float:
    return (now - due.submitted_at).total_seconds()


def _still_pending(heard: list[Heard], *, now: datetime) -> None:
    """One statement for all of a kind. A nudge that came meanwhile has moved `poll_at`, and stays."""
    model = registry.remote_model(heard[0].due.kind)
    services = {one.due.service: registry.service(one.due.service) for one in heard}
    values: dict[str, Any] = {
        "ids": [one.due.id for one in heard],
        "held": [one.due.held_until for one in heard],
        "next": [next_poll(one.due, now=now, min_poll=services[one.due.service].min_poll) for one in heard],
        "progress": [_percent(one.said) for one in heard],
    }
    table = connection.ops.quote_name(model._meta.db_table)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE {table} AS job SET poll_at = heard.next, progress = greatest(progress, heard.percent)
            FROM unnest(
                %(ids)s::uuid[], %(held)s::timestamptz[], %(next)s::timestamptz[], %(progress)s::int[]
            ) AS heard(id, held, next, percent)
            WHERE job.id = heard.id AND job.poll_at = heard.held AND job.phase = '{Phase.SUBMITTED}'
            RETURNING job.id
            """,  # noqa: S608
            values,
        )
        moved = [row[0] for row in cursor.fetchall()]
    told = {one.due.id for one in heard if _percent(one.said)}
    for job in model._base_manager.filter(pk__in=told.intersection(moved), state=State.WAITING):
        lifecycle.poke(job)


def _percent(said: Pending | Answered | None) -> int:
    progress = said.progress if isinstance(said, Pending) else None
    return min(99, max(0, int((progress or 0) * 100)))


def _is_answered(due: Due, answer: Answered, *, now: datetime) -> None:
    job = registry.remote_model(due.kind)._base_manager.filter(pk=due.id).first()
    if job is None:
        return
    if not remote.answered(job, answer, now=now) and job.state in ENDED:
        type(job)._base_manager.filter(pk=job.pk, phase=Phase.SUBMITTED).update(poll_at=now)


def _ask_later(due: Due, *, now: datetime) -> None:
    """A question that failed is asked again, more slowly; the job has come to no harm. Only a provider that
    cannot be reached for a day after it should have answered is given up."""
    service = registry.service(due.service)
    if _age(due, now=now) > service.patience + UNREACHABLE:
        if due.state in ENDED:
            _forget(due)
        else:
            _is_answered(due, Answered("timed_out"), now=now)
        return
    rows = registry.remote_model(due.kind)._base_manager.filter(pk=due.id, poll_at=due.held_until)
    rows.update(poll_at=next_poll(due, now=now, min_poll=service.min_poll, factor=2))


def _forget(due: Due) -> None:
    """The provider was told to stop: nobody asks any more."""
    rows = registry.remote_model(due.kind)._base_manager.filter(pk=due.id, phase=Phase.SUBMITTED)
    rows.exclude(state=State.WAITING).update(poll_at=None)


# ---- how async meets the database -----------------------------------------------------------


def _in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, T]:
    def call() -> T:
        close_old_connections()
        try:
            return function(*args, **kwargs)
        finally:
            close_old_connections()

    return sync_to_async(call)()


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
