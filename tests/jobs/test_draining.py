"""A worker that is told to go."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from accounts.models import User
from echoes.kernel import clock
from jobs import draining, execution
from jobs.models import JobEvent
from jobs.states import State
from tests.lab import jobs
from tests.lab.models import Chore

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def stays() -> Iterator[None]:
    """Whatever a test tells this process, the next one meets a worker that stays."""
    yield
    draining._begun.clear()
    draining._must_stop.clear()


class TestAWorkerThatMustGo:
    def test_takes_no_new_job(self, alice: User) -> None:
        jobs.chore(by=alice)
        draining.begin(grace=3_600)
        assert execution.work_next("quick") is None

    def test_lets_what_is_in_hand_finish(self, alice: User) -> None:
        job = jobs.chore(by=alice)
        claimed = execution.claim_next("quick", now=clock.now())
        draining.begin(grace=3_600)
        assert claimed is not None
        execution.carry(claimed)
        job.refresh_from_db()
        assert job.state == State.SUCCEEDED

    def test_puts_back_what_takes_too_long_and_counts_no_try(self, alice: User) -> None:
        job = jobs.chore("hold", by=alice)
        claimed = execution.claim_next("quick", now=clock.now())
        draining.begin(grace=0)
        assert claimed is not None
        execution.carry(claimed)
        job.refresh_from_db()
        assert (job.state, job.attempt, job.lease_until) == (State.QUEUED, 0, None)
        assert JobEvent.objects.filter(job_id=job.pk).latest("id").note == "its worker was told to go"


class TestPatience:
    def test_of_many_deploys_never_fails_a_job(self, alice: User, wait: Callable[[float], None]) -> None:
        job = jobs.chore("hold", by=alice)
        for _ in range(5):
            claimed = execution.claim_next("quick", now=clock.now())
            assert claimed is not None
            draining.begin(grace=0)
            execution.carry(claimed)
        assert Chore.objects.get(pk=job.pk).state == State.QUEUED
