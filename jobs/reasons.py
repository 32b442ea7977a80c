"""Why a job is where it is, in one plain sentence for staff. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.dateformat import format as dated
from django.utils.translation import gettext, ngettext

from jobs.states import Phase, State, word

NAMED = 3  # other jobs that a sentence names
MINUTE, HOUR, DAY = 60, 3_600, 86_400  # seconds
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
            failed = gettext("Failed at {time}: {why}")
            return failed.format(time=_at(job.finished_at, now=now), why=job.error_message)
        case State.SUCCEEDED:
            return gettext("Succeeded at {time}.").format(time=_at(job.finished_at, now=now))
        case State.CANCELLED:
            return gettext("Cancelled at {time}.").format(time=_at(job.finished_at, now=now))
    if job.run_after is None:
        return _asked(job, now=now) if job.phase == Phase.SUBMITTED else _waiting_for_others(job)
    if job.run_after > now:
        return _later(job, now=now)
    return _due(job, now=now)


def span(length: timedelta) -> str:
    """A length of time in its largest unit."""
    seconds = int(length.total_seconds())
    if seconds >= 2 * DAY:
        return gettext("{count} days").format(count=seconds // DAY)
    if seconds >= 2 * HOUR:
        return gettext("{count} h").format(count=seconds // HOUR)
    if seconds >= 2 * MINUTE:
        return gettext("{count} min").format(count=seconds // MINUTE)
    return gettext("{count} s").format(count=seconds)


def _running(job: Situation, *, now: datetime) -> str:
    if _is_over(job.lease_until, now=now):
        return gettext(
            "Its lease ran out at {time}, so its worker is gone. The clock puts it back into the queue "
            "within seconds; if it does not, the clock is down."
        ).format(time=_at(job.lease_until, now=now))
    if job.seconds_left:
        text = gettext("Runs since {time}, lease until {end}, try {attempt} of {most}; about {left} s to go.")
    else:
        text = gettext("Runs since {time}, lease until {end}, try {attempt} of {most}.")
    return text.format(
        time=_at(job.claimed_at, now=now),
        end=_at(job.lease_until, now=now),
        attempt=job.attempt,
        most=job.max_attempts,
        left=job.seconds_left,
    )


def _cancelling(job: Situation, *, now: datetime) -> str:
    if _is_over(job.lease_until, now=now):
        return gettext(
            "It was cancelled and its worker is gone. The clock ends it within seconds, unless it is down."
        )
    return gettext("It was cancelled; its worker notices within seconds (lease until {time}).").format(
        time=_at(job.lease_until, now=now)
    )


def _asked(job: Situation, *, now: datetime) -> str:
    if job.poll_at is None:
        text = gettext("{service} has taken it, and no time is set to ask how it goes.")
        return text.format(service=job.service)
    if job.provider and job.provider.rests(now=now):
        text = gettext("{service} has taken it, but rests until {time} and is not asked before.")
        return text.format(service=job.service, time=_at(job.provider.resting_until, now=now))
    if job.poll_at < now - LATE:
        text = gettext("{service} should have been asked at {time}: the clock is behind, or down.")
    elif not job.polls:
        text = gettext("{service} has taken it, and is asked for the first time at {time}.")
    else:
        text = ngettext(
            "Asked {service} once; next at {time}.",
            "Asked {service} {count} times; next at {time}.",
            job.polls,
        )
    return text.format(service=job.service, count=job.polls, time=_at(job.poll_at, now=now))


def _later(job: Situation, *, now: datetime) -> str:
    due = _at(job.run_after, now=now)
    if job.phase == Phase.SUBMITTING:
        text = gettext("Nobody knows whether {service} has received it; at {time} it is looked up.")
        return text.format(service=job.service, time=due)
    return gettext("Waits until {time}.").format(time=due)


def _waiting_for_others(job: Situation) -> str:
    others = job.waits_for
    if not others:
        return gettext("What it waited for has ended or is gone; the clock wakes it soon.")
    named = ", ".join(f"{other.name} ({word(other.state)})" for other in others[:NAMED])
    more = len(others) - NAMED
    if more > 0:
        text = gettext("Waits for {count} other jobs: {named} and {more} more.")
    else:
        text = ngettext(
            "Waits for {count} other job: {named}.", "Waits for {count} other jobs: {named}.", len(others)
        )
    return text.format(count=len(others), named=named, more=more)


def _due(job: Situation, *, now: datetime) -> str:
    if job.provider and job.phase == Phase.NEW:
        shut = _shut(job.provider, now=now)
        if shut:
            return shut
    clauses = [_place(job)]
    if job.owner_running >= job.owner_limit:
        clauses.append(gettext("its owner has {count} running, the limit").format(count=job.owner_running))
    if job.attempt:
        tried = ngettext(
            "tried once, of {most} at most", "tried {count} times, of {most} at most", job.attempt
        )
        clauses.append(tried.format(count=job.attempt, most=job.max_attempts))
    return f"{'; '.join(clauses)}."


def _place(job: Situation) -> str:
    """Where in the queue, as the first clause of a sentence."""
    if not job.ahead:
        return gettext("Waits in the queue {queue} with nobody before it").format(queue=job.queue)
    text = ngettext(
        "Waits in the queue {queue} behind {count} other",
        "Waits in the queue {queue} behind {count} others",
        job.ahead,
    )
    return text.format(queue=job.queue, count=job.ahead)


def _shut(provider: Provider, *, now: datetime) -> str:
    """Why nothing may be sent to a provider now; empty when it may."""
    if provider.switched_off:
        text = gettext("{service} is switched off by staff: nothing is sent to it.")
        return text.format(service=provider.name)
    if provider.rests(now=now):
        rest = _at(provider.resting_until, now=now)
        text = gettext("{service} rests until {time}, after {count} failures in a row.")
        return text.format(service=provider.name, time=rest, count=provider.failures)
    if provider.broken:
        text = gettext("{service} was in trouble; one job at a time tries whether it is well again.")
        return text.format(service=provider.name)
    if provider.limit is not None and provider.in_flight >= provider.limit:
        text = ngettext(
            "{service} has {count} job, its limit.",
            "{service} has {count} jobs, its limit.",
            provider.in_flight,
        )
        return text.format(service=provider.name, count=provider.in_flight)
    return ""


def _is_over(lease_until: datetime | None, *, now: datetime) -> bool:
    return lease_until is not None and lease_until < now


def _at(moment: datetime | None, *, now: datetime) -> str:
    if moment is None:
        return gettext("an unknown time")
    return f"{moment:%H:%M:%S}" if moment.date() == now.date() else dated(moment, "d M Y H:i")
