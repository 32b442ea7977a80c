"""What holds for every question to OpenAI: each is sent once, and every error has a name."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import get_args

import openai
import pytest
from django.test import override_settings
from openai.types.responses.response_error import ResponseError

from echoes.kernel.errors import Cancelled
from jobs.remote import NotNow
from providers.capabilities import Capability, Order
from providers.errors import FAILURES, Failed
from providers.openai import OPENAI, WAYS, client, models_retiring, troubles
from tests.contracts.openai import fake
from tests.providers import openai_orders as orders

ROUTES = ["responses", "images", "edits", "transcriptions", "moderations"]


@pytest.fixture
def service() -> Iterator[fake.OpenAI]:
    with orders.serving() as running:
        yield running
        assert running.violations == []


@pytest.fixture
def every(tmp_path: Path) -> dict[str, Order]:
    return orders.every(tmp_path)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


class TestSending:
    @pytest.mark.parametrize("route", ROUTES)
    def test_happens_once(self, service: fake.OpenAI, every: dict[str, Order], out: Path, route: str) -> None:
        OPENAI.answer(every[route], folder=out)
        assert service.made == {route: 1}
        [(_, call)] = service.calls
        assert call.headers["x-stainless-retry-count"] == "0"
        assert call.headers["authorization"] == f"Bearer {fake.KEY}"

    @pytest.mark.parametrize("route", ROUTES)
    @pytest.mark.parametrize("kind", ["cut", "cut_after"])
    def test_that_is_answered_by_nothing_is_not_repeated(
        self, service: fake.OpenAI, every: dict[str, Order], out: Path, route: str, kind: str
    ) -> None:
        """Nobody knows whether it was made: it may have been, and paid for, so it is not sent again."""
        service.fault(route, kind)
        with pytest.raises(openai.APIConnectionError):
            OPENAI.answer(every[route], folder=out)
        assert service.asked == {route: 1}
        assert service.made[route] == (1 if kind == "cut_after" else 0)
        assert list(out.iterdir()) == []

    @pytest.mark.parametrize("route", ROUTES)
    def test_that_takes_too_long_is_not_repeated(
        self,
        service: fake.OpenAI,
        every: dict[str, Order],
        out: Path,
        route: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        for module in ("words", "images", "ears", "moderation"):
            monkeypatch.setattr(f"providers.openai.{module}.SECONDS", 0.2)
        service.fault(route, "hang", seconds=3)
        with pytest.raises(openai.APITimeoutError):
            OPENAI.answer(every[route], folder=out)
        assert service.asked == {route: 1}

    def test_does_not_happen_for_what_is_cancelled(self, service: fake.OpenAI, out: Path) -> None:
        with pytest.raises(Cancelled):
            OPENAI.answer(orders.writer(), folder=out, cancelled=lambda: True)
        assert service.calls == []

    def test_is_possible_for_these_capabilities(self, service: fake.OpenAI, out: Path) -> None:
        assert set(WAYS) == set(Capability) - {Capability.MOTION, Capability.MUSIC, Capability.CUTOUT}
        with pytest.raises(Failed, match=FAILURES["bad_input"].message):
            OPENAI.answer(orders.order(orders.writer().request, Capability.MUSIC, wire="x"), folder=out)
        assert service.calls == []


class TestErrors:
    @pytest.mark.parametrize("route", ROUTES)
    @pytest.mark.parametrize(
        ("kind", "code"),
        [("quota", "service_account"), ("model_gone", "model_gone")],
    )
    def test_that_waiting_does_not_help_are_for_staff(
        self,
        service: fake.OpenAI,
        every: dict[str, Order],
        out: Path,
        caplog: pytest.LogCaptureFixture,
        route: str,
        kind: str,
        code: str,
    ) -> None:
        service.fault(route, kind)
        with caplog.at_level(logging.ERROR), pytest.raises(Failed) as caught:
            OPENAI.answer(every[route], folder=out)
        assert caught.value.code == code
        assert caught.value.permanent
        assert "req_" in caught.value.detail  # what its support asks for
        assert "OpenAI does not serve us" in caplog.text
        assert fake.KEY not in caplog.text

    @pytest.mark.parametrize("route", ROUTES)
    @pytest.mark.parametrize("status", [408, 409, 429, 503])
    def test_that_pass_are_for_later(
        self, service: fake.OpenAI, every: dict[str, Order], out: Path, route: str, status: int
    ) -> None:
        service.fault(route, "status", status=status, retry_after=7)
        with pytest.raises(NotNow) as caught:
            OPENAI.answer(every[route], folder=out)
        assert caught.value.retry_after == 7
        assert service.asked == {route: 1}

    def test_of_a_rate_say_for_how_long(self, service: fake.OpenAI, out: Path) -> None:
        service.fault("responses", "rate_limit", retry_after=0.25)
        with pytest.raises(NotNow) as caught:
            OPENAI.answer(orders.writer(), folder=out)
        assert caught.value.retry_after == 0.25

    @pytest.mark.parametrize("route", ROUTES)
    @pytest.mark.parametrize(
        ("kind", "status"), [("status", 500), ("status", 502), ("status", 504), ("html", 502)]
    )
    def test_that_may_come_after_the_deed_are_nobodys_knowledge(
        self, service: fake.OpenAI, every: dict[str, Order], out: Path, route: str, kind: str, status: int
    ) -> None:
        """Who takes them for "later" sends, and pays, a second time."""
        service.fault(route, kind, status=status)
        with pytest.raises(openai.APIStatusError):
            OPENAI.answer(every[route], folder=out)
        assert service.asked == {route: 1}

    @pytest.mark.parametrize("status", [401, 402, 403])
    def test_of_our_account_are_for_staff(self, service: fake.OpenAI, out: Path, status: int) -> None:
        service.fault("moderations", "status", status=status)
        with pytest.raises(Failed) as caught:
            OPENAI.answer(orders.moderation("a"), folder=out)
        assert caught.value.code == "service_account"

    @pytest.mark.parametrize("strict", [True, False])
    def test_of_half_an_answer_are_nobodys_knowledge(self, out: Path, strict: bool) -> None:
        with orders.serving(strict=strict) as service:
            service.fault("responses", "truncated")
            with pytest.raises((ValueError, openai.APIError)):
                OPENAI.answer(orders.writer(), folder=out)
            assert service.asked == {"responses": 1}

    @pytest.mark.parametrize("route", ROUTES)
    def test_of_a_page_that_says_it_is_an_answer_are_nobodys_knowledge(
        self, every: dict[str, Order], out: Path, route: str
    ) -> None:
        with orders.serving(strict=False) as service:
            service.fault(route, "html", status=200)
            with pytest.raises(troubles.Unreadable, match="Bad Gateway"):
                OPENAI.answer(every[route], folder=out)
        assert service.asked == {route: 1}

    def test_of_a_line_that_never_was_are_for_later(self, out: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with override_settings(PROVIDERS={"openai": (fake.KEY, nobody)}), pytest.raises(NotNow):
            OPENAI.answer(orders.writer(), folder=out)

    def test_of_a_wrong_key_are_for_staff(self, out: Path) -> None:
        with (
            orders.serving(key="sk-of-theirs") as service,
            service.provoking(),
            pytest.raises(Failed) as caught,
        ):
            OPENAI.answer(orders.writer(), folder=out)
        assert caught.value.code == "service_account"
        assert "sk-of-theirs" not in caught.value.detail


class TestCodes:
    def test_are_all_in_the_table(self) -> None:
        assert set(troubles.CODES.values()) | set(troubles.STATUSES.values()) <= set(FAILURES)

    @pytest.mark.parametrize(
        ("code", "key"),
        [
            ("invalid_image_url", "bad_input"),
            ("image_too_large", "bad_input"),
            ("image_content_policy_violation", "unsafe_picture"),
            ("misalignment_policy_violation", "unsafe_words"),
            ("billing_hard_limit_reached", "service_account"),
            ("something_new", "provider_failed"),
        ],
    )
    def test_are_known_by_their_beginning(self, code: str, key: str) -> None:
        failure = troubles.failed(code, "said so")
        assert (failure.code, failure.detail) == (key, f"{code}: said so")

    def test_of_the_sdk_are_all_thought_of(self) -> None:
        codes = get_args(ResponseError.model_fields["code"].annotation)
        known = tuple(troubles.CODES) + tuple(troubles.PASSING)
        assert {code for code in codes if not code.startswith(known)} == {
            "data_residency_mismatch",
            "vector_store_timeout",
        }


class TestTheClient:
    def test_is_one_for_a_key_and_an_address(self, service: fake.OpenAI) -> None:
        assert client.client() is client.client()
        assert client.client().max_retries == 0

    @pytest.mark.parametrize(
        ("given", "asked"),
        [
            ("", "https://api.openai.com/v1"),
            ("http://127.0.0.1:9000", "http://127.0.0.1:9000/v1"),
            ("http://127.0.0.1:9000/", "http://127.0.0.1:9000/v1"),
            ("https://eu.api.openai.com/v1", "https://eu.api.openai.com/v1"),
        ],
    )
    def test_knows_where_version_1_is(self, given: str, asked: str) -> None:
        assert client.address(given) == asked

    def test_is_the_sdk_that_the_facts_were_read_from(self) -> None:
        assert openai.__version__ == fake.forms.FACTS["source"]["version"]


class TestModelsRetiring:
    def test_names_last_days(self, service: fake.OpenAI) -> None:
        found = models_retiring()
        assert found["whisper-1"] == date(2027, 2, 26)
        assert "gpt-6-luna" not in found

    def test_says_when_it_cannot_be_asked(self, service: fake.OpenAI) -> None:
        service.fault("models", "status", status=503)
        with pytest.raises(NotNow):
            models_retiring()
