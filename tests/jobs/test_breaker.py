from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from jobs import breaker
from jobs.breaker import Health

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def failing(times: int, **kwargs: object) -> Health:
    """So many failures, each after the rest that the one before brought; the last one at NOW."""
    health = Health()
    for _ in range(times):
        ready = replace(health, resting_until=None)
        health = breaker.after_failure(ready, now=NOW, chance=0.0, **kwargs)  # type: ignore[arg-type]
    return health


class TestBreaker:
    def test_stays_closed_for_a_few_failures(self) -> None:
        assert not failing(breaker.OPENS_AT - 1).rests(now=NOW)

    def test_opens_when_they_go_on(self) -> None:
        health = failing(breaker.OPENS_AT)
        assert health.broken
        assert health.rests(now=NOW + timedelta(seconds=breaker.FIRST_REST - 1))
        assert not health.rests(now=NOW + timedelta(seconds=breaker.FIRST_REST + 1))

    def test_rests_longer_each_time_but_not_for_ever(self) -> None:
        rests = [failing(number).resting_until for number in range(breaker.OPENS_AT, breaker.OPENS_AT + 12)]
        assert rests == sorted(rests)
        assert rests[-1] == NOW + timedelta(seconds=breaker.LONGEST_REST)

    def test_closes_with_the_first_success(self) -> None:
        assert breaker.after_success() == Health()

    def test_leaves_a_service_alone_at_once_that_says_not_now(self) -> None:
        assert failing(1, refused=True).rests(now=NOW + timedelta(seconds=1))

    @pytest.mark.parametrize("asked", [3.0, 600.0])
    def test_waits_at_least_as_long_as_the_service_asks(self, asked: float) -> None:
        health = failing(1, refused=True, retry_after=asked)
        assert health.rests(now=NOW + timedelta(seconds=asked - 0.1))

    def test_does_not_count_what_comes_while_it_rests(self) -> None:
        """Ten questions that break off at one moment are one failure."""
        health = failing(breaker.OPENS_AT)
        assert breaker.after_failure(health, now=NOW, chance=0.5) == health

    def test_rests_longer_when_it_is_asked_to_meanwhile(self) -> None:
        health = breaker.after_failure(failing(breaker.OPENS_AT), now=NOW, chance=0.0, retry_after=400.0)
        assert health.rests(now=NOW + timedelta(seconds=399))

    def test_spreads_the_returns(self) -> None:
        early, late = (
            breaker.after_failure(failing(4), now=NOW, chance=chance).resting_until for chance in (0.0, 0.99)
        )
        assert early is not None
        assert late is not None
        assert late - early > timedelta(seconds=4)
