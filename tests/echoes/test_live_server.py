"""The live socket behind the very command of the Procfile: what uvicorn itself must refuse."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from echoes import consumers
from tests import site as sites
from tests.echoes.test_live import OTHERS
from tests.site import Site

Person = dict[str, Any]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with sites.running() as running:
        yield running


@pytest.fixture(scope="module")
def person(site: Site) -> Person:
    found: Person = site.ask("person", email="alice@example.org")
    return found


def dial(site: Site, person: Person | None, *, origin: str | None) -> connect:
    headers = {"Cookie": f"sessionid={person['cookie']}"} if person else {}
    address = f"{site.url.replace('http', 'ws')}/ws/live/"
    return connect(address, origin=origin, additional_headers=headers, proxy=None)  # type: ignore[arg-type]


@contextlib.asynccontextmanager
async def registered(site: Site, person: Person) -> AsyncIterator[ClientConnection]:
    async with dial(site, person, origin=site.url) as line:
        assert (await hears(line))["topic"] == "hello"
        yield line


async def hears(line: ClientConnection) -> Any:
    async with asyncio.timeout(5):
        return json.loads(await line.recv())


async def closes(line: ClientConnection) -> int | None:
    """The code with which it ends, whatever is said before."""
    with contextlib.suppress(ConnectionClosed):
        async with asyncio.timeout(5):
            while True:
                await line.recv()
    return line.close_code


class TestDoor:
    @pytest.mark.parametrize("origin", OTHERS)
    async def test_answers_403_to_pages_of_other_sites(
        self, site: Site, person: Person, origin: bytes | None
    ) -> None:
        sent = origin.decode().replace("8000", str(site.port)) if origin is not None else None
        with pytest.raises(InvalidStatus) as refused:
            async with dial(site, person, origin=sent):
                pass
        assert refused.value.response.status_code == 403

    async def test_opens_to_our_own_pages_by_both_names(self, site: Site, person: Person) -> None:
        for name in ("127.0.0.1", "localhost"):
            async with dial(site, person, origin=f"http://{name}:{site.port}") as line:
                assert (await hears(line))["topic"] == "hello"

    async def test_closes_on_who_is_not_signed_in(self, site: Site) -> None:
        async with dial(site, None, origin=site.url) as line:
            assert await closes(line) == consumers.SIGNED_OUT


class TestWhatPagesSay:
    async def test_a_frame_over_64_kb_ends_the_socket(self, site: Site, person: Person) -> None:
        async with registered(site, person) as line:
            await line.send("x" * 65_536)
            await line.send("there?")
            assert (await hears(line))["topic"] == "here"
            await line.send("x" * 65_537)
            assert await closes(line) == 1009

    async def test_a_flood_ends_the_socket(self, site: Site, person: Person) -> None:
        async with registered(site, person) as line:
            with contextlib.suppress(ConnectionClosed):
                for _ in range(10_000):
                    await line.send("x")
            assert await closes(line) == consumers.TOO_MUCH


class TestRedisGone:
    async def test_open_pages_are_told_and_new_ones_are_put_off(self, site: Site, person: Person) -> None:
        async with registered(site, person) as line:
            site.stop_redis()
            try:
                assert await hears(line) == {"topic": "deaf"}
                async with dial(site, person, origin=site.url) as other:
                    assert await closes(other) == consumers.TRY_LATER
            finally:
                site.start_redis()
            assert await hears(line) == {"topic": "resync"}
        assert "Traceback" not in site.log()
