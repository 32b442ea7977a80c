"""One suite for every adapter of a capability, this machine's own too: what they make is held to the same.

A provider's module here lists its `MAKERS`, one for each model; a capability's test module takes all of them
with `makers(capability)`. A maker's context starts what it needs (a simulated service) and gives `produce`,
which carries one order from the sending to files on disk.

With ECHOES_LIVE_USD in the environment the same tests are also collected with the real services, for which
there is a key (`pytest -m live`): no order is sent that could spend more than is left of that many dollars.
Without it there are no such tests, and nothing to skip.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import importlib.util
import os
import socket
import time
import urllib.request
import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_socket
from django.test import override_settings

from echoes import settings as product
from echoes.kernel import http
from jobs.remote import Pending
from providers.capabilities import Answer, Capability, Direct, Order, Remote, Spec
from providers.errors import Failed

Produce = Callable[[Order, Path], Answer]
Download = Callable[[str, Path, int], Path]

PROVIDERS = ("local", "runway", "replicate", "openai")
CAP = "ECHOES_LIVE_USD"
LIVE_PATIENCE = 1_200.0  # seconds
QUESTIONS = 400  # to a simulated service, about one order
DOWNLOAD_SECONDS = 120.0
MOST_BYTES = 500_000_000
SUFFIXES = {
    "video/mp4": ".mp4",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "audio/mpeg": ".mp3",
    "audio/wav": ".wav",
}


@dataclass(frozen=True)
class Maker:
    """A model of a provider. `open` is the context that gives `produce`; `real` is the same with the real
    service, where there is one, and `most` the dollars that one order of the suite may cost there."""

    name: str
    spec: Spec
    open: Callable[[], AbstractContextManager[Produce]]
    real: Callable[[], AbstractContextManager[Produce]] | None = None
    most: Decimal = Decimal(1)
    provider: str = ""


def makers(capability: Capability) -> list[Any]:
    """All makers of a capability, as parameters of a test."""
    found = [maker for provider in PROVIDERS for maker in _listed(provider)]
    mine = [maker for maker in found if maker.spec.capability == capability]
    live = [_live(maker) for maker in mine if _may_be_live(maker)]
    return [pytest.param(maker, id=_id(maker)) for maker in mine] + [
        pytest.param(maker, id=_id(maker), marks=pytest.mark.live) for maker in live
    ]


def maker(
    *,
    name: str,
    spec: Spec,
    provider: str,
    adapter: Direct | Remote,
    running: Callable[[], AbstractContextManager[Any]],
    key: str,
    most: Decimal = Decimal(1),
) -> Maker:
    """A maker whose service is simulated by `running()`, a `tests.contracts.server.Fake` that knows `key`."""
    return Maker(
        name,
        spec,
        lambda: simulated(provider=provider, adapter=adapter, running=running, key=key),
        lambda: real(provider=provider, adapter=adapter),
        most,
        provider,
    )


def direct(*, name: str, spec: Spec, adapter: Direct) -> Maker:
    """A maker that needs nothing but this machine."""

    @contextlib.contextmanager
    def open() -> Iterator[Produce]:
        yield lambda order, folder: adapter.answer(order, folder=folder)

    return Maker(name, spec, open)


# ---- contexts -------------------------------------------------------------------------------


@contextlib.contextmanager
def simulated(
    *,
    provider: str,
    adapter: Direct | Remote,
    running: Callable[[], AbstractContextManager[Any]],
    key: str,
) -> Iterator[Produce]:
    """The simulated service runs while the context lasts, and nobody has broken its contract at the end."""
    with running() as fake, connected(provider, key=key, url=fake.url):
        yield producing(adapter, passing=fake.clock.advance)
        assert fake.violations == []


@contextlib.contextmanager
def real(*, provider: str, adapter: Direct | Remote) -> Iterator[Produce]:
    """The real service, with the key of the environment, and results by the product's own fetcher. What
    pytest-socket forbids is allowed meanwhile."""
    key, _ = product.PROVIDERS[provider]
    hosts = importlib.import_module(type(adapter).__module__).HOSTS
    guarded = socket.socket.connect
    pytest_socket._remove_restrictions()
    try:
        with connected(provider, key=key, url=""):
            yield producing(adapter, passing=time.sleep, download=partial(fetched, hosts=hosts))
    finally:
        socket.socket.connect = guarded  # type: ignore[method-assign]


@contextlib.contextmanager
def connected(provider: str, *, key: str, url: str) -> Iterator[None]:
    """Where `providers.connections` finds a service, while the context lasts."""
    from django.conf import settings

    with override_settings(PROVIDERS={**settings.PROVIDERS, provider: (key, url)}):
        yield


# ---- from submit to files -------------------------------------------------------------------


def producing(
    adapter: Direct | Remote, *, passing: Callable[[float], None], download: Download | None = None
) -> Produce:
    """How that adapter makes something. `passing` lets seconds pass: a fake's clock, or ours."""
    if hasattr(adapter, "submit"):
        return lambda order, folder: carried(
            adapter, order, folder, passing=passing, download=download or downloaded
        )
    return lambda order, folder: adapter.answer(order, folder=folder)


def carried(
    adapter: Remote, order: Order, folder: Path, *, passing: Callable[[float], None], download: Download
) -> Answer:
    """Submit, ask until there is an answer, download. Raises what the adapter raises, and Failed."""
    receipt = adapter.submit(order, key=str(uuid.uuid4()))
    ended = asked(adapter, receipt.remote_id, passing=passing)
    data, usd = ended.data, ended.data.get("usd")
    cost = None if usd is None else Decimal(usd)
    if ended.status != "succeeded":
        raise Failed(data["code"], detail=data.get("detail", ""), usd=cost)
    files = tuple(download(url, folder, number) for number, url in enumerate(data["urls"]))
    return Answer(files, data["said"], cost)


def asked(adapter: Remote, remote_id: str, *, passing: Callable[[float], None]) -> Any:
    """The end of an order (`jobs.remote.Answered`), asked for no more often than the service allows."""

    async def ask() -> Any:
        for _ in range(int(LIVE_PATIENCE / adapter.min_poll) if passing is time.sleep else QUESTIONS):
            passing(adapter.min_poll)
            said = await adapter.ask(remote_id)
            if not isinstance(said, Pending):
                return said
        raise AssertionError(f"{remote_id} has no end")

    return asyncio.run(ask())


def downloaded(url: str, folder: Path, number: int) -> Path:
    with urllib.request.urlopen(url, timeout=DOWNLOAD_SECONDS) as answer:  # noqa: S310 (a service's own)
        kind = answer.headers.get_content_type()
        path = folder / f"{number}{SUFFIXES.get(kind, '')}"
        path.write_bytes(answer.read())
    return path


def fetched(url: str, folder: Path, number: int, *, hosts: Collection[str]) -> Path:
    """As the product does it: by https, from the adapter's HOSTS, and what it says that it is."""
    path = folder / str(number)
    found = http.fetch(
        url, to=path, hosts=hosts, max_bytes=MOST_BYTES, seconds=DOWNLOAD_SECONDS, types=list(SUFFIXES)
    )
    return path.rename(path.with_suffix(SUFFIXES[found.content_type]))


# ---- which there are ------------------------------------------------------------------------


def _listed(provider: str) -> list[Maker]:
    name = f"tests.provider_suite.{provider}"
    if importlib.util.find_spec(name) is None:
        return []
    found: list[Maker] = importlib.import_module(name).MAKERS
    return found


def _id(maker: Maker) -> str:
    return maker.name.replace(" ", "-")


def _may_be_live(maker: Maker) -> bool:
    """There is a cap and a key, and the key is the real service's."""
    key, url = product.PROVIDERS.get(maker.provider, ("", ""))
    return bool(os.environ.get(CAP) and maker.real and key and not url)


class Purse:
    """What may still be spent at real services in this run."""

    def __init__(self) -> None:
        self.left = Decimal(os.environ.get(CAP) or 0)

    def take(self, usd: Decimal) -> None:
        """Fails the test when there is not so much left; nothing is sent then."""
        if "PYTEST_XDIST_WORKER" in os.environ:
            pytest.fail(
                "several workers would each spend all of it: run the live tests without -n", pytrace=False
            )
        if usd > self.left:
            pytest.fail(f"{CAP} has {self.left} dollars left, and this may cost {usd}", pytrace=False)
        self.left -= usd

    def give_back(self, usd: Decimal) -> None:
        self.left += usd


PURSE = Purse()


def _live(maker: Maker) -> Maker:
    @contextlib.contextmanager
    def open() -> Iterator[Produce]:
        assert maker.real is not None
        with maker.real() as produce:
            yield lambda order, folder: _paid(maker, produce, order, folder)

    return replace(maker, name=f"live {maker.name}", open=open)


def _paid(maker: Maker, produce: Produce, order: Order, folder: Path) -> Answer:
    """The most that it may cost is taken before it is sent, and what it did not cost is given back after."""
    PURSE.take(maker.most)
    answer = produce(order, folder)
    if answer.usd is not None:
        PURSE.give_back(maker.most - answer.usd)
    return answer
