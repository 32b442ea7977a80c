from __future__ import annotations

from pathlib import Path

import pytest

from accounts.models import User
from echoes.kernel import clock
from jobs import execution, leaving, lifecycle
from jobs.models import JobEvent
from jobs.states import State
from library.models import Ingest
from tests import factories, pictures

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaving, "PATIENCE", 0.0)


def uploads(by: User, folder: Path, number: int = 3) -> list[Ingest]:
    return [
        factories.arrived(pictures.jpeg(folder / f"{by.pk} {n}.jpg", seed=n), by=by) for n in range(number)
    ]


class TestCancelAll:
    def test_stops_what_waits_and_asks_what_runs(self, alice: User, bob: User, tmp_path: Path) -> None:
        mine, other = uploads(alice, tmp_path), uploads(bob, tmp_path, 1)
        running = execution.claim_next("media", now=clock.now())
        assert running
        assert leaving.cancel_all(alice, now=clock.now()) == 1
        states = {job.pk: job.state for job in Ingest.objects.all()}
        assert states.pop(running.pk) == State.CANCELLING
        assert states.pop(other[0].pk) == State.QUEUED
        assert set(states.values()) == {State.CANCELLED}
        assert len(mine) == len(states) + 1

    def test_a_second_time_finds_nothing_more_to_do(self, alice: User, tmp_path: Path) -> None:
        uploads(alice, tmp_path)
        assert [leaving.cancel_all(alice, now=clock.now()) for _ in range(2)] == [0, 0]


class TestForget:
    def test_takes_the_history_of_the_jobs_away(self, alice: User, bob: User, tmp_path: Path) -> None:
        uploads(alice, tmp_path)
        (others,) = uploads(bob, tmp_path, 1)
        leaving.forget(user=alice, now=clock.now())
        assert set(JobEvent.objects.values_list("job_id", flat=True)) == {others.pk}

    def test_waits_for_a_worker_that_has_not_let_go(self, alice: User, tmp_path: Path) -> None:
        uploads(alice, tmp_path)
        job = execution.claim_next("media", now=clock.now())
        assert job
        with pytest.raises(leaving.StillAtWork):
            leaving.forget(user=alice, now=clock.now())
        job.refresh_from_db()
        lifecycle.stop(job, now=clock.now())
        leaving.forget(user=alice, now=clock.now())
