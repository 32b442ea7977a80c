"""Work that a provider's service does: what is sent, what is known, what a crash leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import languages
from accounts.models import User
from echoes.kernel import clock
from jobs import admission, breaker, execution, lifecycle, remote, sweep
from jobs.models import JobEvent, ServiceState
from jobs.outcomes import Done
from jobs.polling import Poller
from jobs.remote import Answered, NotNow, Pending, Refused
from jobs.states import Phase, State
from providers import errors
from tests import factories
from tests.lab import jobs, scripted
from tests.lab.models import Errand
from tests.lab.scripted import Scripted

pytestmark = pytest.mark.django_db(transaction=True)

MADE = Answered("succeeded", {"url": "https://lab.example/1.bin"})


@pytest.fixture(autouse=True)
def service(settings: Any, monkeypatch: Any) -> Iterator[Scripted]:
    settings.REMOTE_SERVICES = {"lab": "tests.lab.scripted.SERVICE", "other": "tests.lab.scripted.SERVICE"}
    monkeypatch.setattr("tests.lab.execution.fetch", lambda job, work, data: Done({"key": data["url"]}))
    with scripted.fresh() as service:
        yield service


def look(times: int = 1) -> None:
    """The clock looks, asks and writes down what it hears."""

    async def turns() -> None:
        poller = Poller()
        for _ in range(times):
            await poller.turn()
            await poller.settled()

    async_to_sync(turns)()


def seen(job: Errand) -> Errand:
    return Errand.objects.get(pk=job.pk)


def sent(by: User, **fields: Any) -> Errand:
    job = jobs.errand(by=by, **fields)
    factories.drain()
    return seen(job)


@pytest.fixture
def died_while_sending(
    alice: User, service: Scripted, wait: Callable[[float], None]
) -> Callable[..., Errand]:
    """A worker was killed between sending and writing the id down; its lease has run out."""

    def scene(*, made: bool) -> Errand:
        job = jobs.errand(by=alice)
        claimed = execution.claim_next("quick", now=clock.now())
        assert isinstance(claimed, Errand)
        remote._begin(claimed)
        if made:
            service.submit(claimed)
        wait(lifecycle.LEASE.total_seconds() + 1)
        sweep.tick(now=clock.now())
        assert (seen(job).state, seen(job).phase) == (State.QUEUED, Phase.SUBMITTING)
        return job

    return scene


class TestTheWholeWay:
    def test_is_send_ask_fetch(self, alice: User, service: Scripted, wait: Callable[[float], None]) -> None:
        job = sent(alice)
        assert (job.state, job.phase, job.remote_id) == (State.WAITING, Phase.SUBMITTED, "remote-1")
        service.says = lambda remote_id: MADE
        wait(6)
        look()
        assert seen(job).phase == Phase.ANSWERED
        factories.drain()
        assert (seen(job).state, seen(job).key) == (State.SUCCEEDED, MADE.data["url"])
        assert (len(service.submits), len(service.asked), seen(job).settled) == (1, 1, 1)

    def test_holds_no_worker_while_the_provider_works(self, alice: User) -> None:
        job = sent(alice)
        assert (job.lease_until, job.run_after) == (None, None)
        sweep.tick(now=clock.now())
        assert factories.drain() == 0

    def test_is_asked_for_at_the_time_when_it_is_usually_done(self, alice: User) -> None:
        before = clock.now()
        job = sent(alice, expected_seconds=90)
        assert job.poll_at >= before + timedelta(seconds=90)
        assert job.seconds_left(now=before + timedelta(seconds=60)) in range(28, 33)

    def test_is_asked_for_ever_more_slowly_and_never_sooner_than_allowed(
        self, alice: User, service: Scripted, wait: Callable[[float], None]
    ) -> None:
        job, gaps = sent(alice), []
        for seconds in (6, 100, 100, 200):
            wait(seconds)
            look()
            gaps.append((seen(job).poll_at - clock.now()).total_seconds())
        assert gaps == sorted(gaps)
        assert gaps[0] >= service.min_poll - 0.5
        assert 10 < gaps[1] < 13
        assert 29 < gaps[-1] < 34

    def test_tells_progress(self, alice: User, service: Scripted, wait: Callable[[float], None]) -> None:
        job = sent(alice)
        service.says = lambda remote_id: Pending(0.42)
        wait(6)
        look()
        assert seen(job).progress == 42

    def test_ends_when_the_provider_never_does(
        self, alice: User, service: Scripted, wait: Callable[[float], None]
    ) -> None:
        job = sent(alice)
        wait(service.patience + 1)
        look()
        factories.drain()
        assert (seen(job).state, seen(job).error_code) == (State.FAILED, "timed_out")

    def test_tells_the_providers_reason(
        self, alice: User, service: Scripted, wait: Callable[[float], None]
    ) -> None:
        job = sent(alice)
        service.says = lambda _: Answered("failed", {"code": "moderated", "message": "This is not allowed."})
        wait(6)
        look()
        factories.drain()
        assert (seen(job).error_code, seen(job).error_message) == ("moderated", "This is not allowed.")

    @pytest.mark.parametrize(
        ("code", "said"),
        [
            ("unsafe_words", "Der Dienst macht nicht, worum diese Worte bitten. Dir wurde nichts berechnet."),
            ("timed_out", "Das hat viel länger gedauert, als es sollte"),
        ],
    )
    def test_speaks_the_language_of_whoever_waits(
        self, alice: User, service: Scripted, wait: Callable[[float], None], code: str, said: str
    ) -> None:
        """The clock, which hears of it, keeps it in English, and asks nobody for a language."""
        languages.choose(user=alice, code="de")
        job = sent(alice)
        answer = Answered(code) if code == "timed_out" else errors.failed(code)
        service.says = lambda _: answer
        wait(6)
        with CaptureQueriesContext(connection) as asked:
            look()
        assert not any("language" in query["sql"] for query in asked)
        assert seen(job).answer["data"].get("message", "The service").startswith("The service")
        factories.drain()
        assert seen(job).error_message.startswith(said)


class TestSending:
    def test_that_is_refused_ends_the_job_with_its_sentence(self, alice: User, service: Scripted) -> None:
        def refuse(job: Any) -> None:
            raise Refused("This picture is not allowed.", code="moderated")

        service.on_submit = refuse
        job = sent(alice)
        assert (job.state, job.phase, job.error_code) == (State.FAILED, Phase.NEW, "moderated")

    def test_that_is_put_off_is_tried_later_and_not_for_ever(
        self, alice: User, service: Scripted, wait: Callable[[float], None]
    ) -> None:
        def put_off(job: Any) -> None:
            raise NotNow("too many requests", retry_after=20)

        service.on_submit = put_off
        job = sent(alice)
        assert (job.state, job.phase) == (State.QUEUED, Phase.NEW)
        wait(10)
        factories.drain()
        assert len(service.submits) == 1
        for _ in range(20):
            wait(600)
            factories.drain()
        assert len(service.submits) == remote.MAX_SUBMITS
        assert (seen(job).state, seen(job).error_code) == (State.FAILED, "busy")
        assert len(set(service.submits)) == remote.MAX_SUBMITS

    def test_with_an_unknown_outcome_is_never_repeated(
        self, alice: User, service: Scripted, wait: Callable[[float], None]
    ) -> None:
        service.fails_late, service.on_submit = True, _lose_the_answer
        job = sent(alice)
        wait(3_600)
        factories.drain()
        assert (seen(job).state, seen(job).error_code) == (State.FAILED, "ambiguous")
        assert len(service.submits) == len(service.made) == 1

    def test_with_an_unknown_outcome_is_looked_up_where_the_provider_can(
        self, alice: User, service: Scripted
    ) -> None:
        service.can_look_up, service.fails_late, service.on_submit = True, True, _lose_the_answer
        job = sent(alice)
        assert (job.state, job.phase, job.remote_id) == (State.WAITING, Phase.SUBMITTED, "remote-1")
        assert len(service.submits) == 1

    def test_again_by_a_person_is_a_new_job_for_the_provider(self, alice: User, service: Scripted) -> None:
        service.fails_late, service.on_submit = True, _lose_the_answer
        job = sent(alice)
        service.on_submit = lambda job: None
        lifecycle.retry(job, by=alice, now=clock.now())
        factories.drain()
        assert (seen(job).phase, len(set(service.submits))) == (Phase.SUBMITTED, 2)


def _lose_the_answer(job: Any) -> None:
    raise TimeoutError("the connection was lost")


class TestACrashWhileSending:
    def test_ends_as_ambiguous_where_nobody_can_know(
        self, service: Scripted, died_while_sending: Callable[..., Errand]
    ) -> None:
        job = died_while_sending(made=True)
        factories.drain()
        assert (seen(job).state, seen(job).error_code) == (State.FAILED, "ambiguous")
        assert len(service.submits) == 1

    def test_would_be_paid_twice_without_the_phase(
        self, service: Scripted, died_while_sending: Callable[..., Errand]
    ) -> None:
        """The twin: what `submitting` is for. Forgotten, the same work is made and billed again."""
        job = died_while_sending(made=True)
        Errand.objects.update(phase=Phase.NEW)
        factories.drain()
        assert seen(job).state == State.WAITING
        assert len(service.made) == 2

    def test_is_found_again_by_its_key(
        self, service: Scripted, died_while_sending: Callable[..., Errand]
    ) -> None:
        service.can_look_up = True
        job = died_while_sending(made=True)
        factories.drain()
        assert (seen(job).phase, seen(job).remote_id) == (Phase.SUBMITTED, "remote-1")
        assert len(service.submits) == 1

    def test_that_never_arrived_is_sent_again_once_that_is_certain(
        self, service: Scripted, died_while_sending: Callable[..., Errand], wait: Callable[[float], None]
    ) -> None:
        service.can_look_up = True
        service.settles = 90
        job = died_while_sending(made=False)
        factories.drain()
        assert service.submits == []
        wait(service.settles + 1)
        factories.drain()
        assert (seen(job).phase, len(service.submits)) == (Phase.SUBMITTED, 1)

    def test_is_sent_again_with_its_key_where_that_is_safe(
        self, service: Scripted, died_while_sending: Callable[..., Errand]
    ) -> None:
        service.resubmits_safely = True
        job = died_while_sending(made=True)
        factories.drain()
        assert (seen(job).remote_id, len(service.made), len(service.submits)) == ("remote-1", 1, 2)

    def test_an_id_that_comes_after_the_job_was_given_up_is_kept_and_abandoned(
        self, alice: User, service: Scripted, wait: Callable[[float], None]
    ) -> None:
        """The worker was only slow: it lost its lease, and another one has ended the job."""
        job = jobs.errand(by=alice)
        slow = execution.claim_next("quick", now=clock.now())
        assert isinstance(slow, Errand)
        remote._begin(slow)
        wait(lifecycle.LEASE.total_seconds() + 1)
        sweep.tick(now=clock.now())
        factories.drain()
        assert seen(job).error_code == "ambiguous"
        remote._accept(slow, service.submit(slow))
        assert seen(job).remote_id == "remote-1"
        Errand.objects.update(poll_at=clock.now())
        look()
        assert (service.abandoned, seen(job).poll_at) == (["remote-1"], None)


class TestWhatAnswers:
    def test_twice_is_fetched_once(
        self, alice: User, service: Scripted, wait: Callable[[float], None]
    ) -> None:
        job = sent(alice)
        assert remote.answered(seen(job), MADE, now=clock.now())
        assert not remote.answered(seen(job), Answered("failed"), now=clock.now())
        factories.drain()
        assert seen(job).state == State.SUCCEEDED

    def test_a_failed_fetch_is_tried_again_without_making_it_again(
        self, alice: User, service: Scripted, monkeypatch: Any, wait: Callable[[float], None]
    ) -> None:
        tries = []

        def stumble(job: Any, work: Any, data: Any) -> Done:
            tries.append(data)
            if len(tries) < 3:
                raise ConnectionError("the download broke off")
            return Done({"key": "there"})

        monkeypatch.setattr("tests.lab.execution.fetch", stumble)
        job = sent(alice)
        remote.answered(job, MADE, now=clock.now())
        for _ in range(3):
            factories.drain()
            wait(10)
        assert (seen(job).state, len(tries), len(service.submits)) == (State.SUCCEEDED, 3, 1)

    def test_and_could_not_be_fetched_is_fetched_by_a_persons_retry(
        self, alice: User, service: Scripted, monkeypatch: Any
    ) -> None:
        def refuse(job: Any, work: Any, data: Any) -> Done:
            raise Refused("The file is not a film.")

        monkeypatch.setattr("tests.lab.execution.fetch", refuse)
        job = sent(alice)
        remote.answered(job, MADE, now=clock.now())
        factories.drain()
        assert seen(job).state == State.FAILED
        monkeypatch.setattr("tests.lab.execution.fetch", lambda job, work, data: Done({"key": "there"}))
        lifecycle.retry(seen(job), by=alice, now=clock.now())
        factories.drain()
        assert (seen(job).key, len(service.submits)) == ("there", 1)


class TestNudge:
    def test_asks_at_once_and_believes_nothing(self, alice: User, service: Scripted) -> None:
        job = sent(alice, expected_seconds=90)
        assert remote.nudge(service="lab", remote_id="remote-1", now=clock.now())
        look()
        assert (service.asked, seen(job).state) == (["remote-1"], State.WAITING)

    @pytest.mark.parametrize(("name", "remote_id"), [("lab", "remote-9"), ("other", "remote-1")])
    def test_for_nobodys_job_does_nothing(self, alice: User, name: str, remote_id: str) -> None:
        job = sent(alice)
        assert not remote.nudge(service=name, remote_id=remote_id, now=clock.now())
        assert seen(job).poll_at == job.poll_at

    def test_after_the_end_changes_nothing(self, alice: User, service: Scripted) -> None:
        job = sent(alice)
        remote.answered(job, MADE, now=clock.now())
        factories.drain()
        assert not remote.nudge(service="lab", remote_id="remote-1", now=clock.now())
        assert seen(job).state == State.SUCCEEDED

    def test_that_comes_while_the_clock_asks_is_not_lost(
        self, alice: User, service: Scripted, wait: Callable[[float], None]
    ) -> None:
        """It was still pending when it was asked; it ended before the answer was written down."""
        job = sent(alice)

        def ends_meanwhile(remote_id: str) -> Pending:
            Errand.objects.filter(pk=job.pk).update(poll_at=clock.now())
            return Pending(0.9)

        service.says = ends_meanwhile
        wait(6)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
            look()
        assert seen(job).poll_at <= clock.now()


class TestAServiceThatAnswersWhileWeWait:
    def test_is_not_asked_again(self, alice: User, service: Scripted) -> None:
        service.at_once = MADE
        job = sent(alice)
        assert (job.state, job.key, job.remote_id) == (State.SUCCEEDED, MADE.data["url"], "remote-1")
        assert (job.poll_at, service.asked) == (None, [])

    def test_may_say_no(self, alice: User, service: Scripted) -> None:
        service.at_once = Answered("failed", {"code": "unsafe_words", "message": "Not this."})
        job = sent(alice)
        assert (job.state, job.error_code, job.error_message) == (State.FAILED, "unsafe_words", "Not this.")


class TestAFailureThatMayGoAway:
    AGAIN = Answered("failed", {"code": "internal", "message": "It had trouble.", "again": True})

    def test_is_sent_once_more_by_itself(
        self, alice: User, service: Scripted, wait: Callable[[float], None]
    ) -> None:
        service.at_once = self.AGAIN
        job = sent(alice)
        assert (job.state, job.phase, job.remote_id) == (State.QUEUED, Phase.NEW, "")
        service.at_once = MADE
        wait(6)
        factories.drain()
        assert (seen(job).state, len(service.submits)) == (State.SUCCEEDED, 2)

    def test_is_not_sent_a_third_time(
        self, alice: User, service: Scripted, wait: Callable[[float], None]
    ) -> None:
        service.at_once = self.AGAIN
        job = sent(alice)
        for _ in range(4):
            wait(30)
            factories.drain()
        assert (seen(job).state, seen(job).error_code) == (State.FAILED, "internal")
        assert len(service.submits) == remote.MOST_MADE


class TestCancel:
    def test_of_what_the_provider_has_tells_the_provider(self, alice: User, service: Scripted) -> None:
        job = sent(alice)
        lifecycle.cancel(job, by=alice, now=clock.now())
        assert seen(job).state == State.CANCELLED
        look()
        assert (service.abandoned, seen(job).poll_at, service.asked) == (["remote-1"], None, [])

    def test_frees_the_place_at_once(self, alice: User, service: Scripted) -> None:
        job = sent(alice)
        assert admission.in_flight("lab") == 1
        lifecycle.cancel(job, by=alice, now=clock.now())
        assert admission.in_flight("lab") == 0


class TestLimit:
    def test_holds_back_what_is_too_much_and_sends_it_when_there_is_room(
        self, alice: User, bob: User, service: Scripted, settings: Any
    ) -> None:
        settings.RUNNING_PER_OWNER = 100
        waiting = [sent(owner) for owner in [alice, bob] * 3]
        assert [job.phase for job in map(seen, waiting)].count(Phase.SUBMITTED) == service.in_flight
        assert Errand.objects.filter(state=State.QUEUED, attempt=0).count() == 3
        first = Errand.objects.filter(phase=Phase.SUBMITTED).earliest("created_at")
        remote.answered(first, MADE, now=clock.now())
        factories.drain()
        assert len(service.submits) == service.in_flight + 1

    def test_of_one_service_is_not_anothers(self, alice: User, service: Scripted) -> None:
        service.in_flight = 1
        sent(alice)
        assert sent(alice).phase == Phase.NEW
        assert seen(sent(alice, service="other")).phase == Phase.SUBMITTED

    def test_of_one_lane_is_not_another_lanes(self, alice: User, service: Scripted) -> None:
        assert sent(alice, lane="most-1").phase == Phase.SUBMITTED
        assert sent(alice, lane="most-1").phase == Phase.NEW
        assert sent(alice, lane="most-2").phase == Phase.SUBMITTED
        assert sent(alice).phase == Phase.SUBMITTED

    def test_can_be_set_by_staff(self, alice: User) -> None:
        ServiceState.objects.create(name="lab", limit=1)
        assert sent(alice).phase == Phase.SUBMITTED
        assert sent(alice).phase == Phase.NEW

    def test_switched_off_nothing_is_sent_and_what_is_there_is_asked_for(
        self, alice: User, service: Scripted, wait: Callable[[float], None]
    ) -> None:
        job = sent(alice)
        ServiceState.objects.filter(name="lab").update(switched_off=True)
        assert sent(alice).phase == Phase.NEW
        service.says = lambda remote_id: MADE
        wait(6)
        look()
        assert seen(job).phase == Phase.ANSWERED


class TestTrouble:
    def test_that_goes_on_opens_the_breaker_for_all_processes(
        self, alice: User, service: Scripted, wait: Callable[[float], None]
    ) -> None:
        def refuse(job: Any) -> None:
            raise NotNow("no capacity")

        service.on_submit = refuse
        for _ in range(breaker.OPENS_AT):
            wait(60)
            sent(alice)
        state = ServiceState.objects.get(name="lab")
        assert state.failures >= breaker.OPENS_AT
        assert state.resting_until > clock.now()
        submits = len(service.submits)
        job = sent(alice)
        assert (job.phase, job.attempt, len(service.submits)) == (Phase.NEW, 0, submits)

    def test_does_not_touch_another_service(self, alice: User, service: Scripted) -> None:
        _break("lab")
        assert sent(alice, service="other").phase == Phase.SUBMITTED

    def test_over_a_single_job_tries_first(
        self, alice: User, service: Scripted, wait: Callable[[float], None]
    ) -> None:
        _break("lab")
        wait(2 * breaker.LONGEST_REST)
        jobs.errand(by=alice)
        jobs.errand(by=alice)
        tried = execution.claim_next("quick", now=clock.now())
        assert tried is not None
        assert execution.claim_next("quick", now=clock.now()) is None
        execution.carry(tried)
        assert ServiceState.objects.get(name="lab").failures == 0
        assert execution.claim_next("quick", now=clock.now()) is not None

    def test_while_asking_harms_no_job_and_makes_the_clock_patient(
        self, alice: User, service: Scripted, wait: Callable[[float], None]
    ) -> None:
        job = sent(alice)

        def hang_up(remote_id: str) -> Pending:
            raise ConnectionError("reset by peer")

        service.says = hang_up
        wait(6)
        look()
        assert (seen(job).state, ServiceState.objects.get(name="lab").failures) == (State.WAITING, 1)
        assert seen(job).poll_at - clock.now() > timedelta(seconds=2 * service.min_poll - 1)
        service.says = lambda remote_id: MADE
        wait(60)
        look()
        assert seen(job).phase == Phase.ANSWERED


def _break(name: str) -> None:
    for _ in range(breaker.OPENS_AT):
        admission.failed(name, now=clock.now(), note="broken", refused=False)


class TestClocks:
    def test_share_the_work(
        self, alice: User, service: Scripted, settings: Any, wait: Callable[[float], None]
    ) -> None:
        settings.RUNNING_PER_OWNER = 100
        service.in_flight = 40
        for _ in range(40):
            jobs.errand(by=alice)
        factories.drain()
        wait(60)

        async def both() -> None:
            pollers = [Poller(), Poller()]
            for poller in pollers:
                await poller.turn()
            for poller in pollers:
                await poller.settled()

        async_to_sync(both)()
        assert sorted(service.asked) == sorted(service.made.values())

    def test_that_die_leave_a_question_a_minute_late(
        self, alice: User, service: Scripted, wait: Callable[[float], None]
    ) -> None:
        job = sent(alice)
        wait(6)
        from jobs import polling

        assert len(polling.take(now=clock.now())) == 1
        look()
        assert service.asked == []
        wait(61)
        look()
        assert service.asked == [job.remote_id]


def test_the_history_tells_all(alice: User, service: Scripted) -> None:
    job = sent(alice)
    remote.answered(job, MADE, now=clock.now())
    factories.drain()
    notes = JobEvent.objects.filter(job_id=job.pk).order_by("id").values_list("new", "note")
    assert [note or new for new, note in notes] == [
        "queued",
        "running",
        "being sent",
        "accepted as remote-1",
        "waiting",
        "the provider answered: succeeded",
        "running",
        "succeeded",
    ]
