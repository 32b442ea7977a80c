"""The suite spends nothing that nobody allowed, and says what became of an order as the product would."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from echoes import settings as product
from jobs.remote import Refused
from providers.capabilities import Answer, Capability
from providers.errors import Failed
from providers.runway import RUNWAY
from tests.contracts.runway import KEY, running
from tests.provider_suite import harness
from tests.provider_suite.runway import MAKERS
from tests.providers.motion import order


@pytest.fixture
def purse(monkeypatch: pytest.MonkeyPatch) -> harness.Purse:
    """One of a dollar."""
    monkeypatch.setenv(harness.CAP, "1.00")
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    found = harness.Purse()
    monkeypatch.setattr(harness, "PURSE", found)
    return found


def ids() -> list[str]:
    return [param.id for param in harness.makers(Capability.MOTION)]


@pytest.mark.parametrize(
    ("cap", "key", "url"),
    [("", "key_1", ""), ("5", "", ""), ("5", "key_1", "http://127.0.0.1:9101")],
    ids=["no cap", "no key", "simulated"],
)
def test_there_are_no_live_tests_without_a_cap_and_a_real_key(
    monkeypatch: pytest.MonkeyPatch, cap: str, key: str, url: str
) -> None:
    monkeypatch.setenv(harness.CAP, cap)
    monkeypatch.setitem(product.PROVIDERS, "runway", (key, url))
    assert "runway-gen4_turbo" in ids()
    assert not [id for id in ids() if id.startswith("live-runway")]


def test_with_both_there_is_one_for_each_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(harness.CAP, "5")
    monkeypatch.setitem(product.PROVIDERS, "runway", ("key_1", ""))
    live = [param for param in harness.makers(Capability.MOTION) if param.id.startswith("live-runway")]
    assert len(live) == len(MAKERS)
    assert all([mark.name for mark in param.marks] == ["live"] for param in live)


def live_maker(costs: str) -> harness.Maker:
    """One that says what it cost, and sends nothing."""

    @contextlib.contextmanager
    def real() -> Iterator[harness.Produce]:
        yield lambda order, folder: Answer(usd=Decimal(costs))

    first = MAKERS[0]
    maker = harness.Maker(first.name, first.spec, first.open, real, Decimal("0.60"), "runway")
    return harness._live(maker)


def test_what_an_order_did_not_cost_can_be_spent_again(purse: harness.Purse, tmp_path: Path) -> None:
    maker = live_maker("0.25")
    with maker.open() as produce:
        produce(order(tmp_path), tmp_path)
        assert purse.left == Decimal("0.75")
        produce(order(tmp_path), tmp_path)
        with pytest.raises(pytest.fail.Exception):
            produce(order(tmp_path), tmp_path)
    assert purse.left == Decimal("0.50")


def test_several_workers_do_not_spend_the_same_dollar(
    purse: harness.Purse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw1")
    with pytest.raises(pytest.fail.Exception):
        purse.take(Decimal("0.01"))
    assert purse.left == 1


def test_the_network_is_open_for_a_live_test_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def blocked(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(socket.socket, "connect", blocked)
    with harness.real(provider="runway", adapter=RUNWAY):
        assert socket.socket.connect is not blocked
    assert socket.socket.connect is blocked


def test_a_failure_of_the_service_is_raised_with_what_it_cost(tmp_path: Path) -> None:
    with running() as fake, harness.connected("runway", key=KEY, url=fake.url):
        fake.fates.append({"status": "FAILED", "failureCode": "SAFETY.OUTPUT.VIDEO", "credits": 25})
        produce = harness.producing(RUNWAY, passing=fake.clock.advance)
        with pytest.raises(Failed) as failed:
            produce(order(tmp_path), tmp_path)
    assert (failed.value.code, failed.value.usd, failed.value.permanent) == (
        "unsafe_result",
        Decimal("0.25"),
        True,
    )


def test_a_refusal_is_raised_as_it_is(tmp_path: Path) -> None:
    with MAKERS[0].open() as produce, pytest.raises(Refused):
        produce(order(tmp_path, seconds=60), tmp_path)


def test_a_service_is_asked_no_more_often_than_it_allows(tmp_path: Path) -> None:
    with running(seconds=60, still=True) as fake, harness.connected("runway", key=KEY, url=fake.url):
        harness.producing(RUNWAY, passing=fake.clock.advance)(order(tmp_path, seconds=2), tmp_path)
        assert fake.asked["task"] == 13
        assert fake.shortest_gap >= 5


def test_whoever_breaks_the_contract_of_a_simulated_service_fails(tmp_path: Path) -> None:
    @contextlib.contextmanager
    def provoked() -> Iterator[Any]:
        with running() as fake, fake.provoking():
            yield fake

    broken = harness.simulated(provider="runway", adapter=RUNWAY, running=provoked, key="key_old")
    with pytest.raises(AssertionError), broken as produce, pytest.raises(Refused):
        produce(order(tmp_path), tmp_path)
