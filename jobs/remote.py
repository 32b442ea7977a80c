"""Work that a provider's service does: sent once, watched by the clock, fetched as often as it takes.

1. A worker writes `submitting` down, sends, and writes the provider's id down, in a transaction each.
2. The clock asks how it goes (`jobs.polling`), and writes the answer down.
3. A worker fetches what was made.

Whatever dies between two of these, the row says what the provider may know. An unknown outcome is looked up
where the service can do that, and otherwise ends the job as `ambiguous`: nothing that may cost is sent twice.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, close_old_connections, transaction
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext

from echoes.kernel import clock
from echoes.kernel.errors import EchoesError, gettext_noop
from jobs import admission, lifecycle, registry, storable
from jobs.execution import Work
from jobs.models import RemoteJob
from jobs.outcomes import Again, Fail, Later, Outcome, Park
from jobs.states import LIVE, TERMINAL, Phase, State

log = logging.getLogger(__name__)

MAX_SUBMITS = 6
MOST_MADE = 2
"""How often a service may make the same thing and fail, where trying again makes sense."""
FETCHED_FOR = 1_800.0  # seconds
LOOKED_FOR = timedelta(days=1)
PAUSES = (0.5, 1.0, 2.0, 4.0)  # seconds
PAUSE = timedelta(seconds=5)  # before another try to send, where the service's own rest is not longer
AMBIGUOUS = gettext_noop(
    "We could not find out whether this was started, so we stopped. Nothing was charged. Please try again."
)
BUSY = gettext_noop("The service that makes this is not available at the moment. Please try again later.")
UNREADY = gettext_noop(
    "This could not be made ready to be sent. That is our fault; it has been written down."
)
TIMED_OUT = gettext_noop("This took far longer than it should, so we stopped. Please try again.")
FAILED = gettext_noop("The service could not make this. Please try again.")


class Refused(EchoesError):
    """The service will not do this. Nothing was made there."""

    code = "refused"


class NotNow(EchoesError):
    """The service takes nothing at the moment. Nothing was made there; the same may be sent later."""

    code = "not_now"
    permanent = False

    def __init__(self, message: str = "", *, retry_after: float | None = None) -> None:
        """`retry_after`: seconds that the service asked for."""
        super().__init__(message)
        self.retry_after = retry_after


class NotReady(NotNow):
    """What is to be sent is not ready on our side. The service was not asked, and is not to blame."""

    code = "not_ready"


class CannotLookUp(EchoesError):
    """This service cannot say what became of a submit."""

    code = "cannot_look_up"


@dataclass(frozen=True)
class Pending:
    """Still being made; `progress` from 0 to 1 where the service says it."""

    progress: float | None = None


@dataclass(frozen=True)
class Answered:
    """How it ended: `succeeded`, `failed` or `timed_out`. `data`, JSON, is what `fetch` needs; of a failure,
    `code` and `message`."""

    status: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Finished:
    """A service without ids of its own has answered while we waited; `remote_id` is one that we made."""

    remote_id: str
    answer: Answered


class Service(Protocol):
    """What a provider's adapter does for jobs. It retries nothing, and knows no row but the one given."""

    in_flight: int
    """How many jobs it may have at once."""
    min_poll: float
    """Seconds between two questions about one job."""
    patience: float
    """Seconds after which an unanswered job counts as timed out."""
    settles: float
    """Seconds after which something that was sent and cannot be found did not arrive."""
    resubmits_safely: bool
    """True where the same `submit_key` never makes a second job."""

    def submit(self, job: Any) -> str | Finished:
        """Send it; gives the provider's id. Raises Refused or NotNow when nothing was made; whatever else it
        raises means that nobody knows."""
        ...

    def lane_limit(self, lane: str) -> int | None:
        """How many jobs of one lane it may have at once; nothing where only `in_flight` counts."""
        ...

    def find(self, job: Any) -> str | None:
        """The id of what `job.submit_key` made there, or nothing. Raises CannotLookUp."""
        ...

    async def ask(self, remote_id: str) -> Pending | Answered:
        """How it goes. Raises NotNow, or anything else for trouble."""
        ...

    async def abandon(self, remote_id: str) -> None:
        """Ask the provider to stop; best effort."""
        ...


Fetch = Callable[[Any, Work, dict[str, Any]], Outcome]


def carry(job: RemoteJob, work: Work, *, fetch: Fetch) -> Outcome:
    """The handler of a remote job. `fetch` gets the job, the work and the data of a success."""
    match job.phase:
        case Phase.NEW:
            return _submit(job)
        case Phase.SUBMITTING:
            return _find_out(job)
        case Phase.SUBMITTED:  # its worker died after sending; the clock may have heard the answer already
            return Park(poll_at=clock.now())
        case _:
            return _collect(job, work, fetch)


def nudge(*, service: str, remote_id: str, now: datetime) -> bool:
    """The provider says that something happened (a webhook): the clock asks at once. What was said is not
    believed, so it can be forged, late or repeated. True when a job of ours waits for it."""
    return any(
        model._base_manager.filter(
            service=service, remote_id=remote_id, phase=Phase.SUBMITTED, poll_at__gt=now, state__in=LIVE
        ).update(poll_at=now)
        for model in registry.remote_models()
    )


def heard_of(
    *, service: str, submit_key: uuid.UUID, remote_id: str, has_only_begun: bool = False, now: datetime
) -> bool:
    """The provider names what it makes for a try whose answer has not come, or never will (a webhook): its id
    is written down as if it had, whoever holds the job by now, and the clock asks at once, or as usual where
    it has only begun. An id that some job has already is not given to another. True when it was news."""
    models = registry.remote_models()
    if any(model._base_manager.filter(service=service, remote_id=remote_id).exists() for model in models):
        return False
    for model in models:
        rows = model._base_manager.filter(service=service, submit_key=submit_key, phase=Phase.SUBMITTING)
        for job in rows:
            try:
                _keep(job, remote_id, first=first_poll(job, now=now) if has_only_begun else now)
            except (lifecycle.Lost, IntegrityError):  # the answer has come meanwhile
                return False
            return True
    return False


def first_poll(job: RemoteJob, *, now: datetime) -> datetime:
    """When such work is usually done; at the soonest when the service may be asked."""
    return now + timedelta(seconds=max(registry.service(job.service).min_poll, job.expected_seconds))


# ---- sending --------------------------------------------------------------------------------


def _submit(job: RemoteJob) -> Outcome:
    service = registry.service(job.service)
    _begin(job)
    try:
        sent = service.submit(job)
    except Refused as refusal:
        _nothing_was_made(job)
        return Fail(refusal.code, str(refusal), "\n".join(getattr(refusal, "__notes__", [])))
    except NotNow as error:
        _nothing_was_made(job)
        is_ours = isinstance(error, NotReady)
        if not is_ours:  # one broken photo must not keep everybody else from the service
            trouble(job.service, error, now=clock.now())
        if job.submits >= MAX_SUBMITS:
            code, sentence = (error.code, UNREADY) if is_ours else ("busy", BUSY)
            return Fail(code, gettext(sentence), _words(error))
        return Later(clock.now() + PAUSE * job.submits, _words(error))
    except Exception as error:  # the request may have arrived: only the provider knows
        log.exception("the outcome of sending %s %s is not known", job.kind, job.pk)
        trouble(job.service, error, now=clock.now())
        return _find_out(job)
    return _accept(job, sent)


def _find_out(job: RemoteJob) -> Outcome:
    """A submit whose outcome nobody wrote down."""
    service = registry.service(job.service)
    try:
        sent = service.submit(job) if service.resubmits_safely else service.find(job)
    except (CannotLookUp, Refused):
        return Fail("ambiguous", gettext(AMBIGUOUS), f"submit_key {job.submit_key}")
    except Exception as error:
        trouble(job.service, error, now=clock.now())
        if _age(job) > service.patience:
            return Fail("ambiguous", gettext(AMBIGUOUS), f"submit_key {job.submit_key}; {_words(error)}")
        return Later(clock.now() + PAUSE, _words(error))
    if sent is not None:
        return _accept(job, sent)
    if _age(job) < service.settles:
        return Later(clock.now() + PAUSE, "the provider knows nothing of it yet")
    _nothing_was_made(job)
    return Fail("busy", gettext(BUSY)) if job.submits >= MAX_SUBMITS else Again()


def _age(job: RemoteJob) -> float:
    """Seconds since it was sent."""
    assert job.submitted_at is not None  # noqa: S101 (written with the phase, before anything is sent)
    return (clock.now() - job.submitted_at).total_seconds()


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _begin(job: RemoteJob) -> None:
    _write(
        job,
        Phase.NEW,
        note="being sent",
        state=State.RUNNING,  # and nobody has cancelled it
        phase=Phase.SUBMITTING,
        submit_key=uuid.uuid4(),
        submits=job.submits + 1,
        submitted_at=clock.now(),
    )


def _nothing_was_made(job: RemoteJob) -> None:
    _write(job, Phase.SUBMITTING, note="nothing was made", phase=Phase.NEW)


def _accept(job: RemoteJob, sent: str | Finished) -> Outcome:
    """Written whoever holds the job by now: what the provider makes must never be forgotten."""
    first = first_poll(job, now=clock.now())
    remote_id = sent if isinstance(sent, str) else sent.remote_id
    answer = None if isinstance(sent, str) else sent.answer
    try:
        _patiently(lambda: _keep(job, remote_id, first=first, answer=answer))
    except lifecycle.Lost:
        _abandon(job, remote_id)
        raise
    admission.succeeded(job.service, now=clock.now())
    return Park(poll_at=first) if answer is None else Again()


def _keep(job: RemoteJob, remote_id: str, *, first: datetime, answer: Answered | None = None) -> None:
    """The id goes to the try that sent this key. Where the job has ended meanwhile, the clock gives it up."""
    now = clock.now()
    ended = Q(state__in=sorted(TERMINAL))
    rows = type(job)._base_manager.filter(pk=job.pk, phase=Phase.SUBMITTING, submit_key=job.submit_key)
    fields: dict[str, Any] = {"remote_id": remote_id, "submitted_at": now}
    if answer is None:
        poll_at = Case(When(ended, then=Value(now)), default=Value(first))
        fields |= {"phase": Phase.SUBMITTED, "poll_at": poll_at}
    else:
        fields |= {"phase": Phase.ANSWERED, "answer": _told(answer, now=now)}
    with transaction.atomic():
        if not rows.update(**fields):
            if _is_known(job, remote_id):
                return
            raise lifecycle.Lost
        job.refresh_from_db(fields=list(fields))
        lifecycle.tell(job, note=f"accepted as {remote_id}")


def _is_known(job: RemoteJob, remote_id: str) -> bool:
    """The provider was faster than its own answer (`heard_of`): what it names has its job."""
    rows = type(job)._base_manager.filter(pk=job.pk, submit_key=job.submit_key, remote_id=remote_id)
    return rows.exists()


def _patiently(write: Callable[[], None]) -> None:
    """What is written here is paid for: a database that is away for a moment is waited for."""
    for pause in PAUSES:
        try:
            return write()
        except (OperationalError, InterfaceError) as error:
            log.warning("the provider's id is not written down yet: %s", error)
            close_old_connections()
            time.sleep(pause)
    write()


def _abandon(job: RemoteJob, remote_id: str) -> None:
    """An earlier try was sent after all, and the job had gone another way: nobody will fetch what is made."""
    log.error("%s %s: %s was made for a try that is over", job.kind, job.pk, remote_id)
    lifecycle.tell(job, note=f"an earlier try was accepted as {remote_id} and is given up")
    try:
        async_to_sync(registry.service(job.service).abandon)(remote_id)
    except Exception as error:
        log.warning("%s could not be given up: %s", remote_id, error)


def look_for_given_up(*, now: datetime) -> None:
    """Jobs that were cancelled, or ended as ambiguous, while nobody knew whether they had been sent: where
    the provider can say, what it makes for them is given up. Called by the clock's housekeeping."""
    for model in registry.remote_models():
        lost = model._base_manager.filter(
            phase=Phase.SUBMITTING, state__in=sorted(TERMINAL), submitted_at__gt=now - LOOKED_FOR
        )
        for job in lost.filter(service__in=list(settings.REMOTE_SERVICES))[:100]:
            try:
                if remote_id := registry.service(job.service).find(job):
                    _keep(job, remote_id, first=now)
            except (CannotLookUp, lifecycle.Lost):
                continue
            except Exception as error:  # it is looked for again
                log.warning("%s %s was not looked up: %s", job.kind, job.pk, error)


def _write(job: RemoteJob, old: Phase, *, note: str, state: State | None = None, **fields: Any) -> None:
    """Move the phase. Raises Lost when the job is another worker's, or elsewhere."""
    rows = type(job)._base_manager.filter(pk=job.pk, phase=old, fence=job.fence)
    rows = rows.filter(state=state) if state else rows.filter(state__in=LIVE)
    with transaction.atomic():
        if not rows.update(**fields):
            raise lifecycle.Lost
        job.refresh_from_db(fields=list(fields))
        lifecycle.tell(job, note=note)


def trouble(name: str, error: Exception, *, now: datetime) -> None:
    """Write down for all processes that a service did not do what it was asked."""
    asked = error if isinstance(error, NotNow) else None
    retry_after = asked.retry_after if asked else None
    admission.failed(name, now=now, note=_words(error), retry_after=retry_after, refused=asked is not None)


# ---- the answer -----------------------------------------------------------------------------


def answered(job: RemoteJob, answer: Answered, *, now: datetime) -> bool:
    """The clock writes down how it ended; false when that is known already. Its caller rings for the job."""
    rows = type(job)._base_manager.filter(pk=job.pk, phase=Phase.SUBMITTED, state=State.WAITING)
    with transaction.atomic():
        fields = {"phase": Phase.ANSWERED, "answer": _told(answer, now=now), "poll_at": None}
        if not rows.update(**fields, run_after=now):
            return False
        job.refresh_from_db()
        lifecycle.tell(job, note=f"the provider answered: {answer.status}")
        return True


def _told(answer: Answered, *, now: datetime) -> dict[str, Any]:
    """An answer as its job keeps it."""
    return {"status": answer.status, "data": storable.json(answer.data), "at": now.timestamp()}


def _collect(job: RemoteJob, work: Work, fetch: Fetch) -> Outcome:
    data: dict[str, Any] = job.answer.get("data", {})
    match job.answer.get("status"):
        case "succeeded":
            return _fetch(job, work, data, fetch)
        case "timed_out":
            return Fail("timed_out", gettext(TIMED_OUT))
        case _ if data.get("again") and job.submits < MOST_MADE:
            return _send_anew(job)
        case _:
            code = str(data.get("code") or "provider_failed")[:40]
            # The clock, which keeps the answer, speaks English; the worker speaks its owner's language.
            message = gettext(str(data.get("message") or FAILED))
            return Fail(code, message, str(data.get("detail") or data))


def _send_anew(job: RemoteJob) -> Outcome:
    """It came to nothing, at no cost, and may come out well the next time."""
    _write(
        job,
        Phase.ANSWERED,
        note="it failed there, and is sent once more",
        phase=Phase.NEW,
        remote_id="",
        answer={},
    )
    return Later(clock.now() + PAUSE * job.submits, "it failed at the service")


def _fetch(job: RemoteJob, work: Work, data: dict[str, Any], fetch: Fetch) -> Outcome:
    """It is paid for: a broken download is tried again for half an hour, ever more slowly."""
    try:
        return fetch(job, work, data)
    except EchoesError as error:
        if error.permanent:
            raise
        return _fetch_later(job, error)
    except Exception as error:
        return _fetch_later(job, error)


def _fetch_later(job: RemoteJob, error: Exception) -> Outcome:
    now = clock.now()
    age = now.timestamp() - float(job.answer.get("at", 0))
    if age > FETCHED_FOR:
        raise error
    log.warning("%s %s could not be fetched yet: %s", job.kind, job.pk, error)
    return Later(now + timedelta(seconds=min(60.0, 1 + age / 2)), _words(error))
