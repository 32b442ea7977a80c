"""Webhooks: whatever comes, a job ends as its prediction did, and what has ended stays so."""

from __future__ import annotations

import base64
import itertools
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connections as databases
from django.test import Client
from replicate.webhook import WebhookSigningSecret

from accounts.models import User
from echoes.kernel import clock
from jobs import lifecycle, remote
from jobs.outcomes import Done
from jobs.remote import Answered, Pending
from jobs.states import Phase, State
from providers import callbacks
from providers.capabilities import Capability, ImageRequest, Order, Spec
from providers.replicate import REPLICATE, webhooks
from tests import factories
from tests.contracts.replicate import fake
from tests.contracts.replicate.fake import Replicate
from tests.contracts.replicate.signing import signed
from tests.factories import services
from tests.lab import jobs
from tests.lab.models import Errand

pytestmark = pytest.mark.django_db(transaction=True)

ORDER = Order(
    Spec("schnell", Capability.IMAGE, "black-forest-labs/flux-schnell", {"megapixels": "0.25"}),
    ImageRequest("A boat", "16:9", seed=7),
)
LONG = 600  # seconds after which the clock would ask by itself


class Sending:
    """A jobs.remote.Service with Replicate's adapter behind it, and one order for every job."""

    resubmits_safely = False
    in_flight, min_poll = REPLICATE.in_flight, REPLICATE.min_poll
    patience, settles = REPLICATE.patience, REPLICATE.settles

    def lane_limit(self, lane: str) -> int | None:
        return None

    def submit(self, job: Any) -> str:
        key = str(job.submit_key)
        webhook = callbacks.address(provider="replicate", key=key)
        return REPLICATE.submit(ORDER, key=key, webhook=webhook).remote_id

    def find(self, job: Any) -> str | None:
        age = (clock.now() - job.submitted_at).total_seconds()
        return REPLICATE.find(key=str(job.submit_key), sent_seconds_ago=age)

    async def ask(self, remote_id: str) -> Pending | Answered:
        return await REPLICATE.ask(remote_id)

    async def abandon(self, remote_id: str) -> None:
        await REPLICATE.abandon(remote_id)


SENDING = Sending()


@pytest.fixture(autouse=True)
def service(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Replicate]:
    settings.REMOTE_SERVICES = {"replicate": "tests.providers.test_callbacks.SENDING"}
    monkeypatch.setattr("tests.lab.execution.fetch", lambda job, work, data: Done({"key": data["urls"][0]}))
    with fake.running(stopped=True) as replicate:
        settings.PROVIDERS = {**settings.PROVIDERS, "replicate": (fake.KEY, replicate.url)}
        replicate.post = deliver
        yield replicate
        assert replicate.violations == []


def deliver(url: str, headers: dict[str, str], body: bytes) -> int:
    """What Echoes says to a message, whichever thread brings it."""
    try:
        kind = headers["Content-Type"]
        answer = Client().post(urlsplit(url).path, data=body, content_type=kind, headers=headers)
        return answer.status_code
    finally:
        if threading.current_thread() is not threading.main_thread():
            databases.close_all()


@pytest.fixture
def later(service: Replicate, wait: Callable[[float], None]) -> Callable[[float], None]:
    """So many seconds pass, for us and for Replicate."""

    def pass_by(seconds: float) -> None:
        service.clock.advance(seconds)
        wait(seconds)

    return pass_by


def sent(by: User, **fields: Any) -> Errand:
    job = jobs.errand(by=by, service="replicate", **{"expected_seconds": LONG, **fields})
    factories.drain()
    return seen(job)


def seen(job: Errand) -> Errand:
    return Errand.objects.get(pk=job.pk)


def look() -> None:
    """The clock looks, asks, and writes down what it hears; a worker does the rest."""
    services.look()
    factories.drain()


def address(job: Errand) -> str:
    return callbacks.address(provider="replicate", key=str(job.submit_key))


def message(job: Errand, *, said: dict[str, Any] | None = None, age: float = 0, id: str = "msg_1") -> int:
    """A message of Replicate's about a job, true in its form, whatever it says."""
    body = json.dumps(said or {"id": job.remote_id, "status": "succeeded"}).encode()
    headers = signed(body, id=f"{id}_{job.pk}", timestamp=int(time.time() - age))
    return deliver(address(job), headers, body)


class TestAMessage:
    @pytest.mark.parametrize("telling", ["once", "twice", "shuffled"])
    def test_has_the_clock_ask_at_once(
        self, alice: User, service: Replicate, later: Callable[[float], None], telling: str
    ) -> None:
        service.telling = telling
        job = sent(alice)
        later(5)
        service.tell()
        look()
        assert (seen(job).state, service.asked["ask"]) == (State.SUCCEEDED, 1)
        assert {sent.status for sent in service.messages} == {200}
        assert seen(job).settled == 1

    def test_that_never_comes_is_not_needed(
        self, alice: User, service: Replicate, later: Callable[[float], None]
    ) -> None:
        service.telling = "never"
        job = sent(alice)
        later(5)
        service.tell()
        look()
        assert (seen(job).state, service.messages) == (State.WAITING, [])
        later(LONG)
        look()
        assert seen(job).state == State.SUCCEEDED

    def test_that_is_old_is_not_believed_and_the_job_ends_without_it(
        self, alice: User, service: Replicate, later: Callable[[float], None]
    ) -> None:
        service.telling = "stale"
        job = sent(alice)
        later(5)
        service.tell()
        assert [each.status for each in service.messages] == [400]
        assert seen(job).poll_at == job.poll_at
        later(LONG)
        look()
        assert seen(job).state == State.SUCCEEDED

    def test_is_not_believed_in_what_it_says(self, alice: User, service: Replicate) -> None:
        job = sent(alice)
        lie = {"id": job.remote_id, "status": "succeeded", "output": ["https://evil.example/x.png"]}
        assert message(job, said=lie) == 200
        look()
        assert (seen(job).state, service.asked["ask"]) == (State.WAITING, 1)

    def test_that_says_success_of_what_failed_ends_in_failure(
        self, alice: User, service: Replicate, later: Callable[[float], None]
    ) -> None:
        service.fates.append({"status": "failed", "error": "NSFW content detected"})
        job = sent(alice)
        later(5)
        message(job)
        look()
        assert (seen(job).state, seen(job).error_code) == (State.FAILED, "unsafe_result")

    def test_that_comes_again_has_nothing_asked_again(
        self, alice: User, service: Replicate, wait: Callable[[float], None]
    ) -> None:
        """The same id is the same message, however often it is sent."""
        job = sent(alice)
        message(job)
        look()
        assert seen(job).poll_at > clock.now()
        again = seen(job).poll_at
        assert message(job) == 200
        assert seen(job).poll_at == again
        assert message(job, id="msg_2") == 200
        assert seen(job).poll_at <= clock.now()

    def test_after_a_cancellation_changes_nothing(
        self, alice: User, service: Replicate, later: Callable[[float], None]
    ) -> None:
        job = sent(alice)
        lifecycle.cancel(job, by=alice, now=clock.now())
        look()
        assert service.told_of(service.predictions[job.remote_id])["status"] == "canceled"
        assert (service.tell(), message(job)) == (1, 200)
        look()
        assert (seen(job).state, seen(job).poll_at) == (State.CANCELLED, None)

    def test_about_nothing_of_ours_is_taken_and_forgotten(self, alice: User, service: Replicate) -> None:
        job = sent(alice)
        assert message(job, said={"id": "somethingelse"}) == 200
        assert seen(job).poll_at == job.poll_at


class TestAnAddressOfAnotherJob:
    def test_gives_a_result_to_nobody_else(
        self, alice: User, bob: User, service: Replicate, later: Callable[[float], None]
    ) -> None:
        """Bob's try has no answer yet, and a true message about Alice's prediction comes to his address."""
        alices = sent(alice)
        service.fault("create", "cut")
        bobs = sent(bob)
        assert bobs.phase == Phase.SUBMITTING
        assert message(bobs, said={"id": alices.remote_id}) == 200
        assert message(bobs, said={"id": alices.remote_id}, id="msg_2") == 200
        assert (seen(bobs).phase, seen(bobs).remote_id) == (Phase.SUBMITTING, "")
        later(5)
        look()
        assert seen(alices).state == State.SUCCEEDED

    def test_takes_nothing_back(
        self, alice: User, bob: User, service: Replicate, later: Callable[[float], None]
    ) -> None:
        alices, bobs = sent(alice), sent(bob)
        later(5)
        message(bobs, said={"id": alices.remote_id, "status": "failed"})
        service.tell()
        look()
        assert {seen(alices).state, seen(bobs).state} == {State.SUCCEEDED}
        assert seen(alices).key != seen(bobs).key


class TestBeforeOurCreateReturns:
    def test_the_id_is_kept_once(
        self, alice: User, service: Replicate, later: Callable[[float], None]
    ) -> None:
        service.telling = "before"
        job = sent(alice)
        assert [each.status for each in service.messages] == [200]
        assert (job.phase, [job.remote_id]) == (Phase.SUBMITTED, list(service.predictions))
        later(35)
        look()
        assert (seen(job).state, service.asked["cancel"]) == (State.SUCCEEDED, 0)

    def test_without_knowing_it_again_what_we_pay_for_would_be_given_up(
        self, alice: User, service: Replicate, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The twin of the one above: our own answer looks like another prediction's."""
        monkeypatch.setattr(remote, "_is_known", lambda job, remote_id: False)
        service.telling = "before"
        sent(alice)
        assert service.asked["cancel"] == 1

    def test_a_lost_answer_is_made_up_for(
        self, alice: User, service: Replicate, later: Callable[[float], None]
    ) -> None:
        service.telling = "before"
        service.fault("create", "cut_after")
        job = sent(alice)
        assert job.remote_id in service.predictions
        later(35)
        factories.drain()
        look()
        assert (seen(job).state, service.asked["create"]) == (State.SUCCEEDED, 1)

    def test_an_answer_that_is_lost_without_a_message_ends_as_ambiguous(
        self, alice: User, service: Replicate, later: Callable[[float], None]
    ) -> None:
        """The twin."""
        service.telling = "never"
        service.fault("create", "cut_after")
        job = sent(alice)
        later(60)
        factories.drain()
        assert (seen(job).state, seen(job).phase) == (State.QUEUED, Phase.SUBMITTING)
        later(90)
        factories.drain()
        assert (seen(job).error_code, service.asked["create"]) == ("ambiguous", 1)

    def test_a_message_within_two_minutes_is_soon_enough(
        self, alice: User, service: Replicate, later: Callable[[float], None]
    ) -> None:
        service.fault("create", "cut_after")
        job = sent(alice)
        for _ in range(4):
            later(20)
            factories.drain()
        service.tell()
        assert seen(job).phase == Phase.SUBMITTED
        later(6)
        factories.drain()
        look()
        assert (seen(job).state, service.asked["create"]) == (State.SUCCEEDED, 1)

    def test_a_message_after_the_end_is_kept_and_given_up(
        self, alice: User, service: Replicate, later: Callable[[float], None]
    ) -> None:
        """It was ambiguous, and somebody was told that it failed: nothing turns that round."""
        service.seconds = 400
        service.fault("create", "cut_after")
        job = sent(alice)
        later(130)
        factories.drain()
        assert seen(job).error_code == "ambiguous"
        [made] = service.predictions.values()
        message(job, said={"id": made.id, "status": "processing"})
        look()
        assert (seen(job).state, seen(job).remote_id) == (State.FAILED, made.id)
        assert made.canceled is not None

    def test_the_worker_may_be_slower_than_everything(
        self, alice: User, service: Replicate, later: Callable[[float], None]
    ) -> None:
        """Its answer comes when the job has long ended with what the message named: that is no other one."""
        job = sent(alice)
        stale = seen(job)
        later(5)
        service.tell()
        look()
        assert seen(job).state == State.SUCCEEDED
        remote._accept(stale, stale.remote_id)
        assert service.asked["cancel"] == 0

    def test_nothing_is_heard_of_a_try_that_was_not_sent(self, alice: User, service: Replicate) -> None:
        job = sent(alice)
        news = {"service": "replicate", "submit_key": job.submit_key, "now": clock.now()}
        assert not remote.heard_of(remote_id="another", **news)
        assert seen(job).remote_id == job.remote_id


class TestTheEnd:
    @pytest.mark.parametrize("end", [State.SUCCEEDED, State.FAILED, State.CANCELLED])
    def test_is_changed_by_no_message_in_any_order(
        self, alice: User, service: Replicate, later: Callable[[float], None], end: State
    ) -> None:
        service.fates += [{"status": "failed", "error": "X17"}] if end == State.FAILED else []
        job = sent(alice)
        if end == State.CANCELLED:
            lifecycle.cancel(job, by=alice, now=clock.now())
        later(LONG + 5)
        look()
        before = seen(job)
        assert before.state == end
        states = ["starting", "processing", "succeeded", "failed", "canceled", "dreaming"]
        for number, order in enumerate(itertools.permutations(states, 2)):
            for status in order:
                said = {"id": job.remote_id, "status": status, "error": "a lie"}
                assert message(job, said=said, id=f"msg_{number}_{status}") == 200
            look()
        after = seen(job)
        assert (after.state, after.key, after.error_code, after.settled, after.finished_at) == (
            before.state,
            before.key,
            before.error_code,
            before.settled,
            before.finished_at,
        )
        assert service.asked["create"] == 1


KEY = "5f0c1d9e-1111-4222-8333-444455556666"


def said(body: bytes = b'{"id": "x"}', *, at: str = "", age: float = 0, **headers: str) -> int:
    """A message in good form to an address of ours, unless something is said otherwise."""
    good = signed(body, id=f"msg_{uuid.uuid4().hex}", timestamp=int(time.time() - age))
    told = good | {name.replace("_", "-"): value for name, value in headers.items()}
    whole = {name: value for name, value in told.items() if value}
    return deliver(at or callbacks.address(provider="replicate", key=KEY), whole, body)


@pytest.mark.django_db
class TestForged:
    def test_is_told_from_what_is_true(self, service: Replicate) -> None:
        assert (said(), service.asked["secret"]) == (200, 1)

    def test_with_another_secret_is_refused(self) -> None:
        secret = "whsec_" + base64.b64encode(b"somebody else's").decode()
        forged = signed(b"{}", id="msg_1", timestamp=int(time.time()), secret=secret)
        assert said(webhook_signature=forged["webhook-signature"]) == 400

    def test_with_another_body_is_refused(self) -> None:
        other = signed(b'{"id": "y"}', id="msg_1", timestamp=int(time.time()))
        assert said(**{name.replace("-", "_"): value for name, value in other.items()}) == 400

    @pytest.mark.parametrize("age", [302, -320])
    def test_of_another_time_is_refused_and_asks_nobody(self, service: Replicate, age: float) -> None:
        assert (said(age=age), service.asked["secret"]) == (400, 0)

    @pytest.mark.parametrize("header", ["webhook_id", "webhook_timestamp", "webhook_signature"])
    def test_without_all_three_headers_is_refused_and_asks_nobody(
        self, service: Replicate, header: str
    ) -> None:
        assert (said(**{header: ""}), service.asked["secret"]) == (400, 0)

    @pytest.mark.parametrize(
        ("header", "value"),
        [("webhook_timestamp", "soon"), ("webhook_signature", "v1"), ("webhook_signature", "v1,%%%")],
    )
    def test_with_nonsense_in_its_headers_is_refused(self, header: str, value: str) -> None:
        assert said(**{header: value}) == 400

    def test_at_an_address_that_we_did_not_make_is_refused_and_asks_nobody(self, service: Replicate) -> None:
        good = callbacks.address(provider="replicate", key=KEY)
        other = good.replace(KEY, str(uuid.uuid4()))
        unsigned = f"/hooks/replicate/{KEY}/"
        for bad in (good[:-3] + "/", other, unsigned, good.replace("/replicate/", "/runway/")):
            assert said(at=bad) == 400
        assert service.asked["secret"] == 0

    @pytest.mark.parametrize(
        "body", [b"[]", b'"x"', b'{"id": 7}', b'{"id": "../files/x"}', b"no json", b"\xff"]
    )
    def test_signed_and_about_no_prediction_is_refused(self, body: bytes) -> None:
        assert said(body) == 400

    def test_that_is_too_long_is_not_read(self, service: Replicate) -> None:
        assert (said(b" " * (callbacks.MOST_BYTES + 1)), service.asked["secret"]) == (413, 0)

    def test_where_the_service_is_off_is_refused(self, settings: Any) -> None:
        good = callbacks.address(provider="replicate", key=KEY)
        settings.PROVIDERS = {**settings.PROVIDERS, "replicate": ("", "")}
        assert said(at=good) == 400

    def test_by_get_is_not_allowed(self, charlies: Client) -> None:
        path = urlsplit(callbacks.address(provider="replicate", key=KEY)).path
        assert charlies.get(path).status_code == 405


@pytest.mark.django_db
class TestTheSecret:
    def test_is_fetched_once(self, service: Replicate) -> None:
        assert [said() for _ in range(4)] == [200] * 4
        assert service.asked["secret"] == 1

    def test_that_was_exchanged_is_fetched_again_and_not_for_every_forgery(
        self, service: Replicate, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        said()
        service.whsec = "whsec_" + base64.b64encode(b"a new one").decode()
        new = signed(b'{"id": "x"}', id="msg_1", timestamp=int(time.time()), secret=service.whsec)
        headers = {name.replace("-", "_"): value for name, value in new.items()}
        assert [said(**headers) for _ in range(3)] == [400] * 3
        assert service.asked["secret"] == 1
        monkeypatch.setattr(webhooks, "NEW", 0.0)
        assert (said(**headers), service.asked["secret"]) == (200, 2)

    def test_that_cannot_be_fetched_has_the_message_sent_again(self, service: Replicate) -> None:
        service.fault("secret", "status", status=503)
        assert (said(), said()) == (503, 200)

    def test_fits_the_vector_of_the_specification(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The Standard Webhooks specification's own example; it is of 2021, so the clock is left alone."""
        monkeypatch.setattr(webhooks, "TOLERANCE", 10**10)
        headers = {
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp": "1614265330",
            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        }
        secret = WebhookSigningSecret(key="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        assert webhooks._fits(headers, b'{"test": 2432232314}', secret)
        assert not webhooks._fits(headers, b'{"test": 2432232315}', secret)
        body = b'{"test": 2432232314}'
        ours = signed(body, id=headers["webhook-id"], timestamp=1614265330, secret=secret.key)
        assert ours["webhook-signature"] == headers["webhook-signature"]


@pytest.mark.django_db
class TestTheAddress:
    def test_is_there_where_replicate_can_reach_us(self, settings: Any) -> None:
        settings.PROVIDERS = {**settings.PROVIDERS, "replicate": ("r8_real", "")}
        assert callbacks.address(provider="replicate", key=KEY) == ""
        settings.PUBLIC_URL = "https://films.example.org"
        found = callbacks.address(provider="replicate", key=KEY)
        assert found.startswith(f"https://films.example.org/hooks/replicate/{KEY}.")

    def test_is_there_for_a_simulated_service_on_this_machine(self) -> None:
        assert callbacks.address(provider="replicate", key=KEY).startswith("http://127.0.0.1")

    def test_is_not_there_for_services_that_tell_us_nothing(self, settings: Any) -> None:
        settings.PUBLIC_URL = "https://films.example.org"
        assert callbacks.address(provider="runway", key=KEY) == ""
