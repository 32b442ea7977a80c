from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from jobs import reasons
from jobs.reasons import Neighbour, Provider, Situation
from jobs.states import Phase, State

NOW = datetime(2026, 3, 9, 14, 0, tzinfo=UTC)

QUEUED = Situation(
    state=State.QUEUED,
    queue="media",
    attempt=0,
    max_attempts=3,
    run_after=NOW,
    claimed_at=None,
    lease_until=None,
    finished_at=None,
    seconds_left=None,
    error_message="",
    waits_for=[],
    ahead=0,
    owner_running=0,
    owner_limit=3,
    phase=Phase.NEW,
    polls=0,
    poll_at=None,
    provider=None,
    service="",
)
RUNNING = replace(
    QUEUED,
    state=State.RUNNING,
    run_after=None,
    attempt=2,
    claimed_at=NOW - timedelta(seconds=20),
    lease_until=NOW + timedelta(seconds=28),
)
WAITING = replace(QUEUED, state=State.WAITING, run_after=None)
WELL = Provider(
    name="lab",
    switched_off=False,
    resting_until=None,
    failures=0,
    broken=False,
    in_flight=0,
    limit=4,
    note="",
)
ERRAND = replace(QUEUED, service="lab", provider=WELL)
ASKED = replace(ERRAND, state=State.WAITING, run_after=None, phase=Phase.SUBMITTED)
LATER = NOW + timedelta(minutes=2)
RESTING = replace(WELL, resting_until=LATER, failures=5, broken=True)


@pytest.mark.parametrize(
    ("situation", "said"),
    [
        (QUEUED, "Waits in the queue media with nobody before it."),
        (replace(QUEUED, ahead=1), "Waits in the queue media behind 1 other."),
        (
            replace(QUEUED, ahead=12, owner_running=3),
            "Waits in the queue media behind 12 others; its owner has 3 running, the limit.",
        ),
        (
            replace(QUEUED, attempt=1),
            "Waits in the queue media with nobody before it; tried once, of 3 at most.",
        ),
        (replace(QUEUED, run_after=LATER), "Waits until 14:02:00."),
        (replace(QUEUED, run_after=NOW + timedelta(days=1)), "Waits until 10 Mar 2026 14:00."),
        (
            replace(WAITING, waits_for=[Neighbour("ingest 1a", "running"), Neighbour("take 2b", "queued")]),
            "Waits for 2 other jobs: ingest 1a (running), take 2b (queued).",
        ),
        (
            replace(WAITING, waits_for=[Neighbour(f"take {n}", "queued") for n in range(5)]),
            "Waits for 5 other jobs: take 0 (queued), take 1 (queued), take 2 (queued) and 2 more.",
        ),
        (WAITING, "What it waited for has ended or is gone; the clock wakes it soon."),
        (RUNNING, "Runs since 13:59:40, lease until 14:00:28, try 2 of 3."),
        (
            replace(RUNNING, seconds_left=40),
            "Runs since 13:59:40, lease until 14:00:28, try 2 of 3; about 40 s to go.",
        ),
        (
            replace(RUNNING, lease_until=NOW - timedelta(seconds=5)),
            "Its lease ran out at 13:59:55, so its worker is gone. "
            "The clock puts it back into the queue within seconds; if it does not, the clock is down.",
        ),
        (
            replace(RUNNING, state=State.CANCELLING),
            "It was cancelled; its worker notices within seconds (lease until 14:00:28).",
        ),
        (
            replace(RUNNING, state=State.CANCELLING, lease_until=NOW - timedelta(seconds=5)),
            "It was cancelled and its worker is gone. The clock ends it within seconds, unless it is down.",
        ),
        (
            replace(QUEUED, state=State.FAILED, finished_at=NOW, error_message="The face was too small."),
            "Failed at 14:00:00: The face was too small.",
        ),
        (replace(QUEUED, state=State.SUCCEEDED, finished_at=NOW), "Succeeded at 14:00:00."),
        (replace(QUEUED, state=State.CANCELLED, finished_at=NOW), "Cancelled at 14:00:00."),
    ],
)
def test_says_why_a_job_is_where_it_is(situation: Situation, said: str) -> None:
    assert reasons.sentence(situation, now=NOW) == said


@pytest.mark.parametrize(
    ("situation", "said"),
    [
        (ERRAND, "Waits in the queue media with nobody before it."),
        (
            replace(ERRAND, provider=RESTING),
            "lab rests until 14:02:00, after 5 failures in a row.",
        ),
        (
            replace(ERRAND, provider=replace(RESTING, resting_until=NOW)),
            "lab was in trouble; one job at a time tries whether it is well again.",
        ),
        (
            replace(ERRAND, provider=replace(WELL, switched_off=True)),
            "lab is switched off by staff: nothing is sent to it.",
        ),
        (replace(ERRAND, provider=replace(WELL, in_flight=4)), "lab has 4 jobs, its limit."),
        (
            replace(ERRAND, run_after=LATER, phase=Phase.SUBMITTING),
            "Nobody knows whether lab has received it; at 14:02:00 it is looked up.",
        ),
        (
            replace(ASKED, poll_at=LATER),
            "lab has taken it, and is asked for the first time at 14:02:00.",
        ),
        (replace(ASKED, poll_at=LATER, polls=4), "Asked lab 4 times; next at 14:02:00."),
        (
            replace(ASKED, poll_at=NOW - timedelta(minutes=1), polls=4),
            "lab should have been asked at 13:59:00: the clock is behind, or down.",
        ),
        (
            replace(ASKED, poll_at=NOW - timedelta(minutes=1), polls=4, provider=RESTING),
            "lab has taken it, but rests until 14:02:00 and is not asked before.",
        ),
        (
            replace(ERRAND, phase=Phase.ANSWERED, provider=RESTING),
            "Waits in the queue media with nobody before it.",
        ),
    ],
)
def test_says_why_a_providers_job_is_where_it_is(situation: Situation, said: str) -> None:
    assert reasons.sentence(situation, now=NOW) == said
