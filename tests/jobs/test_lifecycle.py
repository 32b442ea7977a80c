from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import close_old_connections, connection
from django.test.utils import CaptureQueriesContext

from accounts import languages
from accounts.models import User
from echoes.kernel import clock
from jobs import execution, lifecycle, outcomes, states, sweep
from jobs.models import JobEvent, Wait
from jobs.states import State
from library.models import Ingest
from tests import factories, pictures

pytestmark = pytest.mark.django_db(transaction=True)


def queued(by: User, tmp_path: Path, seed: int = 1) -> Ingest:
    return factories.arrived(pictures.jpeg(tmp_path / f"{seed}.jpg", seed=seed), by=by)


def answering(monkeypatch: Any, *answers: Any) -> list[Ingest]:
    """The ingest handler gives these outcomes in turn, or raises them; lists the jobs it was called with."""
    calls: list[Ingest] = []
    left = list(answers)

    def handler(job: Ingest, work: execution.Work) -> outcomes.Outcome:
        calls.append(job)
        answer = left.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer(job) if callable(answer) else answer

    monkeypatch.setattr("library.execution.ingest", handler)
    return calls


class TestClaim:
    def test_takes_a_due_job_and_gives_it_a_lease(self, alice: User, tmp_path: Path) -> None:
        job = lifecycle.claim(queued(alice, tmp_path), now=clock.now())
        assert (job.state, job.attempt, job.fence) == (State.RUNNING, 1, 1)
        assert job.lease_until > clock.now()

    def test_lets_only_one_of_many_workers_have_it(self, alice: User, tmp_path: Path) -> None:
        job = queued(alice, tmp_path)
        copies = [Ingest.objects.get(pk=job.pk) for _ in range(8)]
        won, barrier = [], threading.Barrier(len(copies))

        def race(copy: Ingest) -> None:
            barrier.wait()
            try:
                won.append(lifecycle.claim(copy, now=clock.now()))
            except lifecycle.Lost:
                pass
            finally:
                close_old_connections()

        threads = [threading.Thread(target=race, args=(copy,)) for copy in copies]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) == 1

    def test_refuses_a_worker_whose_claim_is_old(self, alice: User, tmp_path: Path) -> None:
        first = lifecycle.claim(queued(alice, tmp_path), now=clock.now())
        stale = Ingest.objects.get(pk=first.pk)
        later = clock.now() + 2 * lifecycle.LEASE
        lifecycle.rescue(first, now=later)
        lifecycle.claim(Ingest.objects.get(pk=first.pk), now=later)
        with pytest.raises(lifecycle.Lost):
            lifecycle.fail(stale, code="x", message="too late", now=later)


class TestMoves:
    def test_are_written_down_in_order(self, alice: User, tmp_path: Path) -> None:
        job = queued(alice, tmp_path)
        factories.drain()
        moves = JobEvent.objects.filter(job_id=job.pk).order_by("id").values_list("old", "new")
        assert list(moves) == [("", "queued"), ("queued", "running"), ("running", "succeeded")]

    def test_are_all_allowed_by_the_table_of_states(self, alice: User, tmp_path: Path) -> None:
        queued(alice, tmp_path)
        factories.drain()
        for old, new in JobEvent.objects.exclude(old="").values_list("old", "new"):
            assert states.may_move(State(old), State(new))

    def test_table_names_every_state(self) -> None:
        assert set(states.MOVES) == set(State)


class TestOutcomes:
    def test_again_calls_the_handler_again_without_counting_a_try(
        self, alice: User, tmp_path: Path, monkeypatch: Any
    ) -> None:
        calls = answering(monkeypatch, *[outcomes.Again()] * 5, outcomes.Done())
        job = queued(alice, tmp_path)
        factories.drain()
        job.refresh_from_db()
        assert (len(calls), job.state, job.attempt) == (6, State.SUCCEEDED, 1)

    def test_park_until_holds_the_job_back(self, alice: User, tmp_path: Path, monkeypatch: Any) -> None:
        until = clock.now() + timedelta(hours=1)
        answering(monkeypatch, outcomes.Park(until=until))
        job = queued(alice, tmp_path)
        factories.drain()
        job.refresh_from_db()
        assert (job.state, job.run_after, job.lease_until) == (State.WAITING, until, None)

    def test_park_on_wakes_when_the_last_of_the_others_ends(
        self, alice: User, tmp_path: Path, monkeypatch: Any
    ) -> None:
        first, second, waiter = (queued(alice, tmp_path, seed) for seed in (1, 2, 3))
        Ingest.objects.filter(pk__in=[first.pk, second.pk]).update(run_after=clock.now() + timedelta(hours=1))
        answering(monkeypatch, outcomes.Park(on=(first, second)), outcomes.Done())
        factories.drain()
        waiter.refresh_from_db()
        assert (waiter.state, waiter.run_after) == (State.WAITING, None)
        lifecycle.cancel(first, by=alice, now=clock.now())
        waiter.refresh_from_db()
        assert waiter.run_after is None
        lifecycle.cancel(second, by=alice, now=clock.now())
        waiter.refresh_from_db()
        assert waiter.run_after is not None
        factories.drain()
        waiter.refresh_from_db()
        assert waiter.state == State.SUCCEEDED
        assert not Wait.objects.exists()

    def test_park_on_what_has_ended_already_goes_on_at_once(
        self, alice: User, tmp_path: Path, monkeypatch: Any
    ) -> None:
        other = queued(alice, tmp_path, 1)
        lifecycle.cancel(other, by=alice, now=clock.now())
        waiter = queued(alice, tmp_path, 2)
        answering(monkeypatch, outcomes.Park(on=(other,)), outcomes.Done())
        factories.drain()
        waiter.refresh_from_db()
        assert waiter.state == State.SUCCEEDED

    def test_an_unexpected_error_is_tried_three_times_and_then_told_in_a_sentence(
        self, alice: User, tmp_path: Path, monkeypatch: Any, wait: Callable[[float], None]
    ) -> None:
        calls = answering(monkeypatch, *[RuntimeError("boom")] * 3)
        job = queued(alice, tmp_path)
        assert factories.drain() == 1
        for _ in range(2):
            wait(10)
            assert factories.drain() == 1
        job.refresh_from_db()
        assert (len(calls), job.state, job.error_code) == (3, State.FAILED, "unexpected")
        assert "boom" in job.error_detail
        assert "boom" not in job.error_message


class TestCancel:
    def test_ends_a_queued_job_at_once(self, alice: User, tmp_path: Path) -> None:
        job = lifecycle.cancel(queued(alice, tmp_path), by=alice, now=clock.now())
        assert (job.state, job.finished_at is not None) == (State.CANCELLED, True)

    def test_asks_a_running_job_to_stop_and_its_late_success_does_not_count(
        self, alice: User, tmp_path: Path, monkeypatch: Any
    ) -> None:
        def cancelled_meanwhile(job: Ingest) -> outcomes.Done:
            lifecycle.cancel(Ingest.objects.get(pk=job.pk), by=alice, now=clock.now())
            return outcomes.Done()

        answering(monkeypatch, cancelled_meanwhile)
        job = queued(alice, tmp_path)
        factories.drain()
        job.refresh_from_db()
        assert job.state == State.CANCELLED

    def test_leaves_a_finished_job_as_it_ended(self, alice: User, tmp_path: Path) -> None:
        job = queued(alice, tmp_path)
        factories.drain()
        assert lifecycle.cancel(job, by=alice, now=clock.now()).state == State.SUCCEEDED


class TestRetry:
    def test_queues_a_failed_job_afresh(self, alice: User, tmp_path: Path, monkeypatch: Any) -> None:
        answering(monkeypatch, outcomes.Fail("x", "It did not work."), outcomes.Done())
        job = queued(alice, tmp_path)
        factories.drain()
        job.refresh_from_db()
        assert (job.state, job.error_message) == (State.FAILED, "It did not work.")
        lifecycle.retry(job, by=alice, now=clock.now())
        factories.drain()
        job.refresh_from_db()
        assert (job.state, job.error_code) == (State.SUCCEEDED, "")

    def test_refuses_what_has_not_failed(self, alice: User, tmp_path: Path) -> None:
        with pytest.raises(lifecycle.NotRetryable):
            lifecycle.retry(queued(alice, tmp_path), by=alice, now=clock.now())


class TestSweep:
    def test_queues_a_job_whose_worker_is_gone(self, alice: User, tmp_path: Path) -> None:
        job = lifecycle.claim(queued(alice, tmp_path), now=clock.now())
        sweep.tick(now=clock.now())
        job.refresh_from_db()
        assert job.state == State.RUNNING
        sweep.tick(now=clock.now() + 2 * lifecycle.LEASE)
        job.refresh_from_db()
        assert (job.state, job.attempt) == (State.QUEUED, 1)

    def test_gives_up_a_job_that_takes_its_worker_along_each_time(self, alice: User, tmp_path: Path) -> None:
        job = queued(alice, tmp_path)
        now = clock.now()
        for _ in range(3):
            lifecycle.claim(Ingest.objects.get(pk=job.pk), now=now)
            now += 2 * lifecycle.LEASE
            sweep.tick(now=now)
        job.refresh_from_db()
        assert (job.state, job.error_code) == (State.FAILED, "interrupted")

    def test_says_so_in_the_language_of_its_owner(self, alice: User, tmp_path: Path) -> None:
        languages.choose(user=alice, code="de")
        job = lifecycle.claim(queued(alice, tmp_path), now=clock.now())
        Ingest.objects.filter(pk=job.pk).update(attempt=job.max_attempts)
        sweep.tick(now=clock.now() + 2 * lifecycle.LEASE)
        job.refresh_from_db()
        assert job.error_message.startswith("Das wurde zu oft unterbrochen")

    def test_asks_for_no_language_where_it_puts_back(self, alice: User, tmp_path: Path) -> None:
        job = lifecycle.claim(queued(alice, tmp_path), now=clock.now())
        with CaptureQueriesContext(connection) as asked:
            lifecycle.rescue(job, now=clock.now() + 2 * lifecycle.LEASE)
        assert not any("language" in query["sql"] for query in asked)

    def test_ends_a_cancellation_whose_worker_is_gone(self, alice: User, tmp_path: Path) -> None:
        job = lifecycle.claim(queued(alice, tmp_path), now=clock.now())
        lifecycle.cancel(job, by=alice, now=clock.now())
        sweep.tick(now=clock.now() + 2 * lifecycle.LEASE)
        job.refresh_from_db()
        assert job.state == State.CANCELLED

    def test_wakes_a_job_whose_wait_was_lost(self, alice: User, tmp_path: Path) -> None:
        job = queued(alice, tmp_path)
        Ingest.objects.filter(pk=job.pk).update(state=State.WAITING, run_after=None)
        Wait.objects.create(waiter_kind="ingest", waiter_id=job.pk, on_kind="ingest", on_id=job.pk)
        Wait.objects.update(on_id="00000000-0000-0000-0000-000000000000")
        sweep.tick(now=clock.now())
        job.refresh_from_db()
        assert job.run_after is not None


class TestOrder:
    def test_takes_the_larger_priority_first_then_the_older(self, alice: User, tmp_path: Path) -> None:
        old, new, urgent = (queued(alice, tmp_path, seed) for seed in (1, 2, 3))
        Ingest.objects.filter(pk=urgent.pk).update(priority=5)
        taken = [execution.claim_next("media", now=clock.now()) for _ in range(3)]
        assert [job.pk for job in taken if job] == [urgent.pk, old.pk, new.pk]

    def test_takes_the_owner_with_fewer_running_jobs_first(
        self, alice: User, bob: User, tmp_path: Path
    ) -> None:
        for seed in (1, 2, 3):
            queued(alice, tmp_path, seed)
        bobs = queued(bob, tmp_path, 4)
        execution.claim_next("media", now=clock.now())
        second = execution.claim_next("media", now=clock.now())
        assert second is not None
        assert second.pk == bobs.pk

    def test_holds_an_owner_to_the_limit(self, alice: User, tmp_path: Path, settings: Any) -> None:
        settings.RUNNING_PER_OWNER = 2
        for seed in (1, 2, 3):
            queued(alice, tmp_path, seed)
        taken = [execution.claim_next("media", now=clock.now()) for _ in range(3)]
        assert [job is not None for job in taken] == [True, True, False]
