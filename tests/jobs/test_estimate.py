"""How long it will still take."""

from __future__ import annotations

from datetime import timedelta

from echoes.kernel import clock
from jobs.states import Phase
from tests.lab.models import Chore, Errand

NOW = clock.now()


class TestSecondsLeft:
    def test_follow_the_speed_of_this_try(self) -> None:
        job = Chore(progress=25, claimed_at=NOW - timedelta(seconds=10), started_at=NOW - timedelta(hours=1))
        assert job.seconds_left(now=NOW) == 30

    def test_are_not_guessed_at_the_beginning(self) -> None:
        assert Chore(progress=2, claimed_at=NOW - timedelta(seconds=10)).seconds_left(now=NOW) is None

    def test_are_unknown_of_what_nobody_works_on(self) -> None:
        assert Chore(progress=50).seconds_left(now=NOW) is None

    def test_at_a_provider_follow_what_is_usual_there(self) -> None:
        job = Errand(phase=Phase.SUBMITTED, submitted_at=NOW - timedelta(seconds=20), expected_seconds=90)
        assert job.seconds_left(now=NOW) == 70

    def test_that_are_over_are_unknown_again(self) -> None:
        job = Errand(phase=Phase.SUBMITTED, submitted_at=NOW - timedelta(seconds=95), expected_seconds=90)
        assert job.seconds_left(now=NOW) is None
