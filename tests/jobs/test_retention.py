from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import User
from echoes.kernel import clock
from jobs import lifecycle, retention
from jobs.models import JobEvent
from tests import factories
from tests.lab import jobs
from tests.lab.models import Chore

pytestmark = pytest.mark.django_db(transaction=True)


def aged(days: int) -> None:
    JobEvent.objects.update(at=clock.now() - timedelta(days=days))


class TestRetention:
    def test_forgets_the_old_history_of_what_has_ended(self, alice: User) -> None:
        jobs.chore(by=alice)
        factories.drain()
        aged(89)
        assert retention.sweep(now=clock.now()) == 0
        aged(91)
        assert retention.sweep(now=clock.now()) == 3
        assert not JobEvent.objects.exists()

    def test_keeps_the_history_of_what_goes_on(self, alice: User) -> None:
        lifecycle.claim(jobs.chore(by=alice), now=clock.now())
        aged(400)
        assert retention.sweep(now=clock.now()) == 0

    def test_forgets_what_belongs_to_no_job_any_more(self, alice: User) -> None:
        jobs.chore(by=alice)
        Chore.objects.all().delete()
        aged(91)
        assert retention.sweep(now=clock.now()) == 1
