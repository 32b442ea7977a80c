"""Why a job is where it is, in one plain sentence for staff. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from jobs.states import Phase, State

NAMED = 3  # other jobs that a sentence names
LATE = timedelta(seconds=30)  # after which a clock that should have acted is suspected


@dataclass(frozen=True)
class Neighbour:
    name: str
    state: str


@dataclass(frozen=True)
class Provider:
    """A provider's service as all processes know it."""

    name: str
    switched_off: bool
    resting_until: datetime | None
    failures: int
    broken: bool
    in_flight: int
    limit: int | None
    note: str

    def rests(self, *, now: datetime) -> bool:
        return self.resting_until is not None and now < self.resting_until


@dataclass(frozen=True)
class Situation:
    state: State
    queue: str
    attempt: int
    max_attempts: int
    run_after: datetime | None
    claimed_at: datetime | None
    lease_until: datetime | None
    finished_at: datetime | None
    seconds_left: int | None
    error_message: str
    waits_for: list[Neighbour]
    ahead: int
    owner_running: int
    owner_limit: int
    phase: Phase
    polls: int
    poll_at: datetime | None
    provider: Provider | None
    service: str


def sentence(job: Situation, *, now: datetime) -> str:
    match job.state:
        case State.RUNNING:
            return _running(job, now=now)
        case State.CANCELLING:
            return _cancelling(job, now=now)
        case State.FAILED:
            return f"Failed at {_at(job.finished_at, now=now)}: {job.error_message}"
        case State.SUCCEEDED | State.CANCELLED:
            return f"{job.state.label} at {_at(job.finished_at, now=now)}."
    if job.run_after is None:
        return _asked(job, now=now) if job.phase == Phase.SUBMITTED else _waiting_for_others(job)
    if job.run_after > now:
        return _later(job, now=now)
    return _due(job, now=now)


def span(length: timedelta) -> str:
    """A length of time in its largest unit."""
    seconds = int(length.total_seconds())
    for unit, size in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _running(job: Situation, *, now: datetime) -> str:
    if _is_over(job.lease_until, now=now):
        return (
            f"Its lease ran out at {_at(job.lease_until, now=now)}, so its worker is gone. "
            "The clock puts it back into the queue within seconds; if it does not, the clock is down."
        )
    text = f"Runs since {_at(job.claimed_at, now=now)}, lease until {_at(job.lease_until, now=now)}, "
    text += f"try {job.attempt} of {job.max_attempts}"
    return f"{text}; about {job.seconds_left} s to go." if job.seconds_left else f"{text}."


def _cancelling(job: Situation, *, now: datetime) -> str:
    if _is_over(job.lease_until, now=now):
        return "It was cancelled and its worker is gone. The clock ends it within seconds, unless it is down."
    return (
        f"It was cancelled; its worker notices within seconds (lease until {_at(job.lease_until, now=now)})."
    )


def _asked(job: Situation, *, now: datetime) -> str:
    if job.poll_at is None:
        return f"{job.service} has taken it, and no time is set to ask how it goes."
    if job.provider and job.provider.rests(now=now):
        rest = _at(job.provider.resting_until, now=now)
        return f"{job.service} has taken it, but rests until {rest} and is not asked before."
    if job.poll_at < now - LATE:
        due = _at(job.poll_at, now=now)
        return f"{job.service} should have been asked at {due}: the clock is behind, or down."
    if not job.polls:
        return f"{job.service} has taken it, and is asked for the first time at {_at(job.poll_at, now=now)}."
    return f"Asked {job.service} {_times(job.polls)}; next at {_at(job.poll_at, now=now)}."


def _later(job: Situation, *, now: datetime) -> str:
    due = _at(job.run_after, now=now)
    if job.phase == Phase.SUBMITTING:
        return f"Nobody knows whether {job.service} has received it; at {due} it is looked up."
    return f"Waits until {due}."


def _waiting_for_others(job: Situation) -> str:
    others = job.waits_for
    if not others:
        return "What it waited for has ended or is gone; the clock wakes it soon."
    named = ", ".join(f"{other.name} ({other.state})" for other in others[:NAMED])
    more = f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
    return f"Waits for {_count(len(others), 'other job')}: {named}{more}."


def _due(job: Situation, *, now: datetime) -> str:
    if job.provider and job.phase == Phase.NEW:
        shut = _shut(job.provider, now=now)
        if shut:
            return shut
    place = f"behind {_count(job.ahead, 'other')}" if job.ahead else "with nobody before it"
    text = f"Waits in the queue {job.queue} {place}"
    if job.owner_running >= job.owner_limit:
        text += f"; its owner has {job.owner_running} running, the limit"
    if job.attempt:
        text += f"; tried {_times(job.attempt)}, of {job.max_attempts} at most"
    return f"{text}."


def _shut(provider: Provider, *, now: datetime) -> str:
    """Why nothing may be sent to a provider now; empty when it may."""
    if provider.switched_off:
        return f"{provider.name} is switched off by staff: nothing is sent to it."
    if provider.rests(now=now):
        rest = _at(provider.resting_until, now=now)
        return f"{provider.name} rests until {rest}, after {provider.failures} failures in a row."
    if provider.broken:
        return f"{provider.name} was in trouble; one job at a time tries whether it is well again."
    if provider.limit is not None and provider.in_flight >= provider.limit:
        return f"{provider.name} has {_count(provider.in_flight, 'job')}, its limit."
    return ""


def _is_over(lease_until: datetime | None, *, now: datetime) -> bool:
    return lease_until is not None and lease_until < now


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _at(moment: datetime | None, *, now: datetime) -> str:
    if moment is None:
        return "an unknown time"
    return f"{moment:%H:%M:%S}" if moment.date() == now.date() else f"{moment:%d %b %Y %H:%M}"
