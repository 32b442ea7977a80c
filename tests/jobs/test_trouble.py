"""What once went wrong, or nearly: each of these was a defect, found by somebody who looked for them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection

from accounts.models import User
from clips import clips, takes
from clips.models import Clip, Placement
from echoes.kernel import clock
from jobs import admission, breaker, execution, lifecycle, polling, remote, sweep
from jobs.models import JobEvent, RemoteJob, ServiceState
from jobs.outcomes import Done
from jobs.polling import Due, Heard, Poller
from jobs.remote import Answered, Pending
from jobs.states import Phase, State
from library.models import Ingest
from tests import factories, pictures
from tests.lab import jobs, scripted
from tests.lab.models import Chore, Errand
from tests.lab.scripted import Scripted

pytestmark = pytest.mark.django_db(transaction=True)

MADE = Answered("succeeded", {"url": "https://lab.example/1.bin"})
Wait = Callable[[float], None]


@pytest.fixture(autouse=True)
def service(settings: Any, monkeypatch: Any) -> Iterator[Scripted]:
    settings.REMOTE_SERVICES = {"lab": "tests.lab.scripted.SERVICE", "other": "tests.lab.scripted.SERVICE"}
    monkeypatch.setattr("tests.lab.execution.fetch", lambda job, work, data: Done({"key": data["url"]}))
    with scripted.fresh() as service:
        yield service


def look() -> None:
    async def turn() -> None:
        poller = Poller()
        await poller.turn()
        await poller.settled()

    async_to_sync(turn)()


def seen(job: Any) -> Any:
    return type(job).objects.get(pk=job.pk)


def sent(by: User, **fields: Any) -> Errand:
    job = jobs.errand(by=by, **fields)
    factories.drain()
    found: Errand = seen(job)
    return found


def claimed(queue: str = "quick") -> Any:
    job = execution.claim_next(queue, now=clock.now())
    assert job is not None
    return job


def expired(wait: Wait) -> None:
    wait(lifecycle.LEASE.total_seconds() + 1)


def due(job: RemoteJob) -> Due:
    assert job.submitted_at is not None
    now = clock.now()
    return Due(job.kind, job.pk, job.service, job.remote_id, job.state, 1, job.submitted_at, now, now)


class TestTheBreaker:
    def test_closes_again_after_jobs_of_which_nobody_knows(
        self, alice: User, service: Scripted, wait: Wait
    ) -> None:
        def lose(job: Any) -> None:
            raise TimeoutError("the answer was lost")

        service.on_submit = lose
        for _ in range(breaker.OPENS_AT):
            wait(100)
            assert sent(alice).error_code == "ambiguous"
        service.on_submit = lambda job: None
        wait(2 * breaker.LONGEST_REST)
        assert sent(alice).phase == Phase.SUBMITTED

    def test_keeps_the_rest_that_a_provider_asked_for_while_its_questions_are_answered(
        self, alice: User
    ) -> None:
        job = sent(alice)
        admission.failed("lab", now=clock.now(), note="429", retry_after=60, refused=True)
        polling.write_down([Heard(due(job), Pending(0.1))], now=clock.now())
        assert admission.resting(now=clock.now()) == {"lab"}

    def test_counts_many_questions_that_break_off_at_once_as_one_failure(
        self, alice: User, service: Scripted, settings: Any
    ) -> None:
        service.in_flight, settings.RUNNING_PER_OWNER = 10, 100
        broken = [Heard(due(sent(alice)), None, ConnectionError("reset")) for _ in range(10)]
        polling.write_down(broken, now=clock.now())
        assert ServiceState.objects.get(name="lab").failures == 1


class TestFairness:
    def test_gives_a_place_at_a_provider_to_who_has_none(
        self, alice: User, bob: User, service: Scripted, settings: Any
    ) -> None:
        service.in_flight = 2
        for _ in range(6):
            jobs.errand(by=alice)
        factories.drain()
        bobs = jobs.errand(by=bob)
        remote.answered(
            Errand.objects.filter(phase=Phase.SUBMITTED).earliest("created_at"), MADE, now=clock.now()
        )
        factories.drain()
        assert seen(bobs).phase == Phase.SUBMITTED

    def test_limits_what_an_owner_has_at_providers(
        self, alice: User, service: Scripted, settings: Any
    ) -> None:
        settings.AWAY_PER_OWNER, service.in_flight = 2, 10
        for _ in range(5):
            jobs.errand(by=alice)
        factories.drain()
        assert Errand.objects.filter(phase=Phase.SUBMITTED).count() == 2


class TestAServiceOfANewerVersion:
    def test_keeps_no_worker_from_other_jobs(self, alice: User, bob: User) -> None:
        new = jobs.errand(by=alice, service="brand-new")
        other = jobs.chore(by=bob)
        factories.drain()
        assert (seen(other).state, seen(new).state) == (State.SUCCEEDED, State.QUEUED)

    def test_keeps_no_clock_from_other_answers(self, alice: User, service: Scripted) -> None:
        new, other = sent(alice), sent(alice)
        service.says = lambda remote_id: MADE
        Errand.objects.update(poll_at=clock.now())
        Errand.objects.filter(pk=new.pk).update(service="brand-new")
        look()
        assert (seen(other).phase, seen(new).phase) == (Phase.ANSWERED, Phase.SUBMITTED)


class TestAnAnswer:
    @pytest.mark.parametrize(
        "odd", [Answered("failed", {"message": "a\x00b \ud800"}), Answered("failed", {"share": float("nan")})]
    )
    def test_that_postgres_would_refuse_ends_its_job_and_harms_no_other(
        self, alice: User, service: Scripted, odd: Answered
    ) -> None:
        one, other = sent(alice), sent(alice)
        Errand.objects.update(poll_at=clock.now())
        service.says = lambda remote_id: odd if remote_id == one.remote_id else MADE
        look()
        factories.drain()
        assert (seen(one).state, seen(other).state) == (State.FAILED, State.SUCCEEDED)

    def test_comes_through_an_outage_that_is_longer_than_patience(
        self, alice: User, service: Scripted, wait: Wait
    ) -> None:
        def down(remote_id: str) -> Pending:
            raise ConnectionError("down")

        job = sent(alice)
        service.says = down
        wait(service.patience + 60)
        look()
        service.says = lambda remote_id: MADE
        wait(400)
        look()
        factories.drain()
        assert seen(job).state == State.SUCCEEDED

    def test_that_never_comes_has_the_provider_told_to_stop(
        self, alice: User, service: Scripted, wait: Wait
    ) -> None:
        job = sent(alice)
        wait(service.patience + 1)
        look()
        factories.drain()
        assert (seen(job).error_code, service.abandoned) == ("timed_out", ["remote-1"])


class TestSending:
    def test_of_something_that_never_arrives_ends(self, alice: User, service: Scripted, wait: Wait) -> None:
        def fail(job: Any) -> None:
            raise ConnectionError("500")

        service.can_look_up, service.on_submit = True, fail
        job = jobs.errand(by=alice)
        for _ in range(40):
            wait(400)
            factories.drain()
        assert (seen(job).error_code, len(service.submits)) == ("busy", remote.MAX_SUBMITS)

    def test_does_not_happen_once_it_is_cancelled(self, alice: User, service: Scripted) -> None:
        job = jobs.errand(by=alice)
        mine = claimed()
        lifecycle.cancel(seen(job), by=alice, now=clock.now())
        execution.carry(mine)
        assert (service.submits, seen(job).state) == ([], State.CANCELLED)

    def test_does_not_happen_again_while_the_service_is_switched_off(
        self, alice: User, service: Scripted, wait: Wait
    ) -> None:
        service.resubmits_safely = True
        jobs.errand(by=alice)
        remote._begin(claimed())
        ServiceState.objects.update_or_create(name="lab", defaults={"switched_off": True})
        expired(wait)
        sweep.tick(now=clock.now())
        factories.drain()
        assert service.submits == []

    def test_leaves_a_trace_of_an_id_that_came_too_late(
        self, alice: User, service: Scripted, wait: Wait
    ) -> None:
        job = jobs.errand(by=alice)
        slow = claimed()

        def meanwhile(_: Any) -> None:
            service.on_submit = lambda job: None
            expired(wait)
            sweep.tick(now=clock.now())
            factories.drain()
            lifecycle.retry(seen(job), by=alice, now=clock.now())

        service.on_submit = meanwhile
        execution.carry(slow)
        late = service.made[service.submits[0]]
        assert service.abandoned == [late]
        assert JobEvent.objects.filter(job_id=job.pk, note__contains=late).exists()


class TestACancellation:
    def test_is_not_undone_by_a_rescue(self, alice: User, wait: Wait) -> None:
        job = lifecycle.claim(jobs.chore(by=alice), now=clock.now())
        expired(wait)
        as_the_clock_read_it = seen(job)
        lifecycle.cancel(seen(job), by=alice, now=clock.now())
        with pytest.raises(lifecycle.Lost):
            lifecycle.rescue(as_the_clock_read_it, now=clock.now())
        assert seen(job).state == State.CANCELLING

    def test_while_it_is_being_sent_tells_the_provider_at_once(self, alice: User, service: Scripted) -> None:
        job = jobs.errand(by=alice, expected_seconds=90)
        service.on_submit = lambda _: lifecycle.cancel(seen(job), by=alice, now=clock.now()) and None
        execution.carry(claimed())
        assert (seen(job).state, seen(job).phase) == (State.CANCELLED, Phase.SUBMITTED)
        look()
        assert service.abandoned == ["remote-1"]

    def test_taken_back_goes_on_with_what_the_provider_has(self, alice: User, service: Scripted) -> None:
        job = sent(alice)
        lifecycle.cancel(seen(job), by=alice, now=clock.now())
        lifecycle.retry(seen(job), by=alice, now=clock.now())
        factories.drain()
        assert (seen(job).remote_id, len(service.submits)) == ("remote-1", 1)

    def test_of_what_may_have_been_sent_is_looked_for(
        self, alice: User, service: Scripted, wait: Wait
    ) -> None:
        service.can_look_up = True
        job = jobs.errand(by=alice)
        mine = claimed()
        remote._begin(mine)
        service.submit(mine)
        expired(wait)
        sweep.tick(now=clock.now())
        lifecycle.cancel(seen(job), by=alice, now=clock.now())
        remote.look_for_given_up(now=clock.now())
        look()
        assert service.abandoned == ["remote-1"]

    def test_that_is_obeyed_is_written_down_as_it_was(self, alice: User) -> None:
        job = jobs.chore("hold", by=alice)
        mine = claimed()
        lifecycle.cancel(seen(job), by=alice, now=clock.now())
        execution._apply(mine, None)
        assert JobEvent.objects.filter(job_id=job.pk).latest("id").old == State.CANCELLING


class TestALease:
    def test_is_kept_after_postgres_dropped_the_line(self, alice: User, monkeypatch: Any) -> None:
        monkeypatch.setattr(execution, "HEARTBEAT", 0.1)
        extended = threading.Semaphore(0)
        extend = lifecycle.extend

        def counted(*args: Any, **kwargs: Any) -> Any:
            state = extend(*args, **kwargs)
            extended.release()
            return state

        monkeypatch.setattr(lifecycle, "extend", counted)
        jobs.chore(by=alice)
        with execution.Work(claimed()):
            assert extended.acquire(timeout=10)
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            for _ in range(3):
                assert extended.acquire(timeout=10)

    def test_is_lost_by_a_handler_that_does_not_come_back(
        self, alice: User, monkeypatch: Any, wait: Wait
    ) -> None:
        from tests.lab import execution as lab

        end, stopped = threading.Event(), threading.Event()
        monkeypatch.setitem(lab.TASKS, "deaf", lambda job, work: end.wait() and Done())
        monkeypatch.setattr(execution, "HEARTBEAT", 0.05)
        monkeypatch.setattr(execution, "OBEYED", timedelta(seconds=0.2))
        monkeypatch.setattr("jobs.draining.end_process", stopped.set)
        job = jobs.chore("deaf", by=alice)
        worker = threading.Thread(target=execution.work_next, args=("quick",))
        worker.start()
        while seen(job).runs == 0:
            end.wait(0.01)
        lifecycle.cancel(seen(job), by=alice, now=clock.now())
        assert stopped.wait(timeout=10)
        expired(wait)
        sweep.tick(now=clock.now())
        assert seen(job).state == State.CANCELLED
        end.set()
        worker.join()
        assert seen(job).settled == 1


class TestTheClock:
    def test_goes_on_when_one_row_cannot_be_moved(
        self, alice: User, bob: User, monkeypatch: Any, wait: Wait
    ) -> None:
        bad = lifecycle.claim(jobs.chore(by=alice), now=clock.now())
        good = lifecycle.claim(jobs.errand(by=bob, service=""), now=clock.now())
        lifecycle.cancel(bad, by=alice, now=clock.now())

        def broken(self: Chore) -> None:
            raise ValueError("settle")

        monkeypatch.setattr(Chore, "settle", broken)
        expired(wait)
        sweep.tick(now=clock.now())
        assert seen(good).state == State.QUEUED

    def test_that_ends_leaves_no_question_behind(self, alice: User, service: Scripted) -> None:
        job = sent(alice)
        Errand.objects.update(poll_at=clock.now())

        async def end_while_asking() -> None:
            asked, stop = asyncio.Event(), asyncio.Event()

            async def never(remote_id: str) -> Pending:
                asked.set()
                await asyncio.Event().wait()
                return Pending()

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(service, "ask", never)
                running = asyncio.create_task(Poller().run(stop))
                await asked.wait()
                stop.set()
                await running

        async_to_sync(end_while_asking)()
        assert seen(job).poll_at <= clock.now()

    def test_lets_jobs_of_a_newer_version_wait(self, alice: User) -> None:
        from jobs.models import Wait as WaitRow

        job = lifecycle.claim(jobs.chore(by=alice), now=clock.now())
        WaitRow.objects.create(waiter_kind="brand-new", waiter_id=job.pk, on_kind="chore", on_id=job.pk)
        lifecycle.succeed(job, now=clock.now())
        assert seen(job).state == State.SUCCEEDED


class TestTwoQueues:
    def test_that_look_at_two_full_services_do_not_wait_for_each_other(
        self, alice: User, service: Scripted, monkeypatch: Any
    ) -> None:
        service.in_flight = 0
        for queue, names in (("quick", ("lab", "other")), ("media", ("other", "lab"))):
            for name in names:
                job = jobs.errand(by=alice, service=name)
                Errand.objects.filter(pk=job.pk).update(queue=queue)
        ServiceState.objects.bulk_create([ServiceState(name="lab"), ServiceState(name="other")])
        both, once, errors = threading.Barrier(2, timeout=10), threading.local(), []
        full = admission.full

        def slow(name: str, lane: str = "") -> str:
            found = full(name, lane)
            if not getattr(once, "met", False):
                once.met = True
                both.wait()
            return found

        def claim(queue: str) -> None:
            try:
                execution.claim_next(queue, now=clock.now())
            except Exception as error:
                errors.append(error)
            finally:
                connection.close()

        monkeypatch.setattr(admission, "full", slow)
        threads = [threading.Thread(target=claim, args=(queue,)) for queue in ("quick", "media")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []


class TestWhatPeopleBrought:
    def test_is_placed_once_by_a_worker_that_lost_the_job(
        self, alice: User, tmp_path: Path, wait: Wait
    ) -> None:
        ingest = factories.arrived(pictures.jpeg(tmp_path / "a.jpg", seed=1), by=alice)
        clips.await_photo(project=factories.project(by=alice), ingest=ingest, by=alice)
        while execution.work_next("media"):
            pass
        slow = claimed()
        assert isinstance(slow, Placement)
        expired(wait)
        sweep.tick(now=clock.now())
        execution.work_next("quick")
        execution.carry(slow)
        assert Clip.objects.count() == 1

    def test_is_still_there_when_reading_it_failed_on_our_side(
        self, alice: User, tmp_path: Path, wait: Wait
    ) -> None:
        ingest = factories.arrived(pictures.jpeg(tmp_path / "a.jpg", seed=1), by=alice)

        def full(*_: Any) -> None:
            raise OSError("no space left on device")

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("library.execution._copied", full)
            for _ in range(3):
                factories.drain()
                wait(30)
        assert seen(ingest).state == State.FAILED
        lifecycle.retry(seen(ingest), by=alice, now=clock.now())
        factories.drain()
        assert Ingest.objects.get(pk=ingest.pk).state == State.SUCCEEDED

    def test_keeps_what_was_approved_when_an_old_take_is_tried_again(
        self, alice: User, tmp_path: Path
    ) -> None:
        clip = factories.clip(tmp_path, project=factories.project(by=alice))
        takes.request(clip=clip, by=alice, now=clock.now(), prompt="old")
        old = takes.latest(clip)
        assert old is not None
        lifecycle.cancel(old, by=alice, now=clock.now())
        takes.request(clip=clip, by=alice, now=clock.now(), prompt="new")
        factories.drain()
        clip.refresh_from_db()
        chosen = clip.chosen_id
        clips.approve(clip=clip, approved=True, now=clock.now())
        lifecycle.retry(seen(old), by=alice, now=clock.now())
        factories.drain()
        clip.refresh_from_db()
        assert (clip.approved, clip.chosen_id) == (True, chosen)
