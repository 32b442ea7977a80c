"""The quick part of the crash harness; `make chaos` runs the rest, and all of it more often."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chaos import check, crashes, endings, outages, rig, twins, versions
from tests.chaos.rig import Rig

POINTS = ("accepted-not-written", "polling")
TWINS = ("rescue", "reminder", "finding out", "health checks")


@pytest.fixture(scope="module")
def whole() -> Iterator[Rig]:
    with rig.running() as started:
        yield started


@pytest.fixture
def product(whole: Rig) -> Iterator[Rig]:
    """The product, whole and idle."""
    yield whole
    whole.recover()


@pytest.fixture(scope="class")
def another(whole: Rig) -> Iterator[None]:
    """A second worker."""
    whole.second("worker")
    yield
    whole.stop("second")


class TestAKilledProcess:
    @pytest.mark.parametrize("point", POINTS)
    def test_loses_nothing_and_does_nothing_twice(self, product: Rig, point: str) -> None:
        crashes.named(product, point)

    def test_takes_its_ffmpeg_along(self, product: Rig) -> None:
        assert endings.orphaned(product) < 5

    @pytest.mark.parametrize("guard", TWINS)
    def test_would_do_harm_without_the_guard(self, product: Rig, guard: str) -> None:
        twins.TWINS[guard](product)


class TestASubmitOfWhichNobodyKnows:
    def test_is_not_sent_again_where_it_cannot_be_looked_up(self, product: Rig) -> None:
        product.provider.lookup = False
        owner = crashes.crash(product, "accepted-not-written")
        product.settled(owner)
        [job] = product.jobs_of(owner)
        row = product.row(job)
        assert (row["state"], row["error_code"]) == ("failed", "ambiguous")
        assert product.provider.made_for(job[1]) == 1


@pytest.mark.usefixtures("another")
class TestAWorkerThatStandsStill:
    def test_cannot_end_what_is_another_ones_by_now(self, product: Rig) -> None:
        job = crashes.frozen(product)
        assert (product.state(job), product.row(job)["fence"]) == ("running", 2)
        crashes.thaw(product)
        product.settled()
        check.ended_once(product, job)

    def test_would_do_so_without_the_fence(self, product: Rig) -> None:
        twins.without_fence(product)


class TestRedis:
    def test_may_forget_everything(self, product: Rig) -> None:
        outages.flushed(product, queued=50, polled=20)

    def test_may_go_away_and_come_back(self, product: Rig) -> None:
        outages.redis_gone(product, seconds=2)

    def test_would_take_work_along_without_the_clocks_reminder(self, product: Rig) -> None:
        twins.without_reminder_of_an_outage(product)


class TestPostgres:
    def test_may_be_stopped_hard(self, product: Rig) -> None:
        recovery = outages.postgres_gone(product, seconds=1)
        assert recovery.errors_end < 5


class TestAWorkerThatIsToldToGo:
    def test_ends_soon_and_leaves_its_work_to_another(self, product: Rig) -> None:
        assert endings.ended_during(product, "rendering").exit < 20


class TestCancelling:
    def test_ends_ffmpeg(self, product: Rig) -> None:
        assert endings.cancelled(product) < 5

    def test_would_not_if_nobody_listened(self, product: Rig) -> None:
        twins.without_listening(product)


class TestAJobThatKillsItsWorker:
    def test_ends_with_a_sentence_and_harms_no_neighbour(self, product: Rig) -> None:
        take = endings.rendering(product)
        crashes.poisoned(product, task="die", neighbours=20, queue="media")
        assert product.state(take) == "succeeded"


class TestADeploy:
    def test_leaves_a_worker_that_gets_messages_of_another_version_at_work(self, product: Rig) -> None:
        versions.other_messages(product)

    def test_lets_an_old_worker_end_what_a_newer_kind_of_job_waits_for(self, product: Rig) -> None:
        versions.newer_waiter(product)

    def test_takes_rows_that_an_old_process_writes(self, product: Rig) -> None:
        versions.older_row(product)
