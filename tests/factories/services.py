"""Services and their models for tests: the rows that every deployment begins with, and keys for services.

A test with transactions of its own ends with empty tables, so the rows that migrations wrote are gone for the
next one.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings

from billing.models import Price
from jobs import polling
from providers.models import Model
from tests import factories
from tests.contracts.runway import fake as runway
from tests.contracts.runway.fake import Runway

_FIRST = importlib.import_module("providers.migrations.0002_todays_models")


def install(*slugs: str, **fields: Any) -> list[Model]:
    """The models of those names (all of them without a name), with their prices, as deployments begin with
    them; `fields` overrule what the rows say. Those that are there stay."""
    return [_model(row, fields) for row in _FIRST.MODELS if not slugs or row[0] in slugs]


def connect(monkeypatch: pytest.MonkeyPatch, *names: str, url: str = "", key: str = "key") -> None:
    """Keys for these services, and for no others; `url` is where a simulated one is."""
    monkeypatch.setattr(
        settings,
        "PROVIDERS",
        {name: ((key, url) if name in names else ("", "")) for name in settings.PROVIDERS},
    )


@contextmanager
def connected_runway(settings: Any, **behaviour: Any) -> Iterator[Runway]:
    """A simulated Runway that is asked instead of the real one; at its end it has nothing to complain of."""
    with runway.running(**behaviour) as fake:
        settings.PROVIDERS = {**settings.PROVIDERS, "runway": (runway.KEY, fake.url)}
        yield fake
        assert fake.violations == []


def look() -> None:
    """The clock looks, asks, and writes down what it hears."""

    async def turn() -> None:
        poller = polling.Poller()
        await poller.turn()
        await poller.settled()

    async_to_sync(turn)()


def goes_on(fake: Any, wait: Callable[[float], None], seconds: float = 60, *, step: float = 10) -> None:
    """Time passes, here (`wait` is the fixture) and at a service; the clock looks and the workers work."""
    factories.drain()
    for _ in range(round(seconds / step)):
        wait(step)
        fake.clock.advance(step)
        look()
        factories.drain()


def _model(row: tuple[Any, ...], fields: dict[str, Any]) -> Model:
    slug, capability, provider, wire, title, note, more = row
    known = {"capability": capability, "provider": provider, "wire": wire, "title": title, "note": note}
    retires = {"retires_on": _FIRST.RETIRES.get(slug)}
    found, _ = Model.objects.update_or_create(
        slug=slug, defaults=fields, create_defaults={**known, **more, **retires, **fields}
    )
    if slug in _FIRST.PRICES:
        Price.objects.get_or_create(model=slug, defaults={"credits": _FIRST.PRICES[slug]})
    return found
