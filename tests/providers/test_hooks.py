"""Which messages are believed to be a service's, and at which address."""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from replicate.webhook import WebhookSigningSecret

from providers import callbacks
from providers.replicate import webhooks
from tests.contracts.replicate import fake
from tests.contracts.replicate.fake import Replicate
from tests.contracts.replicate.signing import signed
from tests.providers.hooked import deliver

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def service(settings: Any) -> Iterator[Replicate]:
    with fake.running(stopped=True) as replicate:
        settings.PROVIDERS = {**settings.PROVIDERS, "replicate": (fake.KEY, replicate.url)}
        yield replicate
        assert replicate.violations == []


KEY = "5f0c1d9e-1111-4222-8333-444455556666"


def said(body: bytes = b'{"id": "x"}', *, at: str = "", age: float = 0, **headers: str) -> int:
    """A message in good form to an address of ours, unless something is said otherwise."""
    good = signed(body, id=f"msg_{uuid.uuid4().hex}", timestamp=int(time.time() - age))
    told = good | {name.replace("_", "-"): value for name, value in headers.items()}
    whole = {name: value for name, value in told.items() if value}
    return deliver(at or callbacks.address(provider="replicate", key=KEY), whole, body)


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
