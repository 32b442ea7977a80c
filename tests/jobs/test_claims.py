"""Who is next, however many workers ask."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import close_old_connections, connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from echoes.kernel import clock
from jobs import execution, fairness, lifecycle
from jobs.models import Job
from jobs.states import State
from tests.lab import jobs
from tests.lab.models import Chore

pytestmark = pytest.mark.django_db(transaction=True)


def claim() -> Job | None:
    return execution.claim_next("quick", now=clock.now())


def claims() -> Iterator[Job]:
    while job := claim():
        yield job


def together(number: int, work: Callable[[], Any]) -> list[Any]:
    """Do the work in so many threads at one moment."""
    barrier = threading.Barrier(number)

    def one(_: int) -> Any:
        try:
            barrier.wait()
            return work()
        finally:
            close_old_connections()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))


class TestOrder:
    def test_is_paid_then_fewest_running_then_oldest(self, alice: User, bob: User) -> None:
        first, second = jobs.chore(by=alice), jobs.chore(by=alice)
        bobs = jobs.chore(by=bob)
        paid = jobs.chore(by=alice, priority=10)
        assert list(claims()) == [paid, bobs, first, second]

    def test_prefers_what_is_short_of_one_owner(self, alice: User) -> None:
        long, short = jobs.chore(by=alice), jobs.errand(by=alice, service="", priority=fairness.SOON)
        assert list(claims()) == [short, long]

    def test_gives_nobody_a_larger_share_for_what_is_short(self, alice: User, bob: User) -> None:
        Chore.objects.bulk_create(
            Chore(owner=alice, queue="quick", priority=fairness.SOON) for _ in range(500)
        )
        assert claim() is not None
        bobs = jobs.chore(by=bob)
        assert claim() == bobs

    def test_of_one_job_among_five_hundred_of_another_owner_is_next(self, alice: User, bob: User) -> None:
        Chore.objects.bulk_create(Chore(owner=alice, queue="quick") for _ in range(500))
        running = claim()
        assert running is not None
        bobs = jobs.chore(by=bob)
        assert claim() == bobs

    def test_counts_what_an_owner_has_running_in_all_kinds(self, alice: User, bob: User) -> None:
        jobs.errand(by=alice, service="")
        assert claim() is not None
        alices, bobs = jobs.chore(by=alice), jobs.chore(by=bob)
        assert list(claims()) == [bobs, alices]

    def test_passes_over_what_is_not_due(self, alice: User, wait: Callable[[float], None]) -> None:
        job = lifecycle.claim(jobs.chore(by=alice), now=clock.now())
        lifecycle.later(job, until=clock.now() + timedelta(seconds=30), note="not yet")
        assert claim() is None
        wait(31)
        assert claim() == job

    def test_takes_one_query_for_a_thousand_rows_as_for_none(self, alice: User, bob: User) -> None:
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                fairness.next_due("quick", now=clock.now())
            return len(captured)

        before = queries()
        Chore.objects.bulk_create(Chore(owner=owner, queue="quick") for owner in [alice, bob] * 500)
        assert queries() == before == 1


def stands_in_line() -> bool:
    """Whether some claim waits for its turn."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return bool(cursor.fetchone()[0])


@pytest.fixture
def two_claims(alice: User, settings: Any, monkeypatch: Any) -> Callable[[], int]:
    """With a limit of one, a worker has found a job when a more urgent one comes, and another worker asks.
    Gives how many of the owner's jobs are running after that."""
    settings.RUNNING_PER_OWNER = 1
    found, second_is_through = threading.Event(), threading.Event()
    next_due = fairness.next_due

    def slow_look(*args: Any, **kwargs: Any) -> Any:
        job = next_due(*args, **kwargs)
        if not found.is_set():
            found.set()
            while not second_is_through.is_set() and not stands_in_line():
                second_is_through.wait(0.01)
        return job

    def second() -> None:
        found.wait()
        jobs.chore(by=alice, priority=10)
        claim()
        second_is_through.set()
        close_old_connections()

    def race() -> int:
        monkeypatch.setattr(fairness, "next_due", slow_look)
        jobs.chore(by=alice)
        other = threading.Thread(target=second)
        other.start()
        claim()
        other.join()
        return Chore.objects.filter(state=State.RUNNING).count()

    return race


class TestLimit:
    def test_of_an_owner_holds_however_many_workers_ask(self, alice: User, settings: Any) -> None:
        settings.RUNNING_PER_OWNER = 2
        for _ in range(12):
            jobs.chore(by=alice)
        won = [job for job in together(8, claim) if job]
        assert len(won) == 2

    def test_holds_in_the_moment_between_a_look_and_a_claim(self, two_claims: Callable[[], int]) -> None:
        assert two_claims() == 1

    def test_is_broken_when_claims_do_not_stand_in_line(
        self, two_claims: Callable[[], int], monkeypatch: Any
    ) -> None:
        """The twin of the test above: what the line is for."""
        monkeypatch.setattr(fairness, "stand_in_line", lambda queue: None)
        assert two_claims() == 2


class TestUniqueWork:
    def test_asked_for_by_many_at_one_moment_is_one_job(self, alice: User) -> None:
        made = together(8, lambda: jobs.same_chore("a red house", by=alice))
        assert len({job.pk for job in made}) == Chore.objects.count() == 1

    def test_can_be_asked_for_again_once_it_has_failed(self, alice: User) -> None:
        first = lifecycle.claim(jobs.same_chore("a red house", by=alice), now=clock.now())
        lifecycle.fail(first, code="x", message="No.", now=clock.now())
        assert jobs.same_chore("a red house", by=alice) != first

    def test_of_different_owners_is_different(self, alice: User, bob: User) -> None:
        assert jobs.same_chore("a red house", by=alice) != jobs.same_chore("a red house", by=bob)
