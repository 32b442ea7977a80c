"""The live socket's figures: memory, bursts, bad clients, and whether a page ever misses news.

`python -m tests.benchmarks.live` runs all; `sockets` or `news` runs one half; `--quick` does a tenth.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import random
import re
import socket
import statistics
import sys
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests import site as sites
from tests.site import Site

SOCKETS, EVENTS = 1_000, 1_000
AT_ONCE = 50
SWELL_MESSAGES, SWELL_BYTES = 30_000, 10_000
FLOOD_SECONDS = 10.0
STATE = re.compile(r'class="film"[^>]*data-state="(\w+)"')
SOON = 5.0
POLL, SLOWEST = 4.0, 8.0  # as in static/js/live.js

Person = dict[str, Any]


def main(arguments: list[str]) -> None:
    share = 0.1 if "--quick" in arguments else 1.0
    halves = {word for word in arguments if not word.startswith("-")} or {"sockets", "news"}
    with sites.running() as site:
        if "sockets" in halves:
            asyncio.run(_sockets(site, share))
        if "news" in halves:
            asyncio.run(_news(site, share))
            _browser(site, share)


def _table(title: str, *headings: str) -> Table:
    table = Table(title=f"{title}, {os.cpu_count()} cores")
    for heading in headings:
        table.add_column(heading)
    return table


# ---- a thousand sockets ---------------------------------------------------------------------


async def _sockets(site: Site, share: float) -> None:
    table = _table("the live socket of one uvicorn process", "what", "goal", "measured")
    number = int(SOCKETS * share)
    people = site.ask("people", number=number)
    async with _dial(site, people[0]) as line:  # whatever the first one brings along is not counted
        await line.recv()
    before = _rss(site)
    began = time.monotonic()
    lines = await _open_all(site, people)
    took = time.monotonic() - began
    await asyncio.sleep(2)
    each = (_rss(site) - before) / number
    table.add_row(f"memory of each of {number} sockets", "≤ 100 KB", f"{each:.0f} KB")
    table.add_row("sockets opened in a second", "", f"{number / took:.0f}")
    await _bursts(site, table, people, lines, int(EVENTS * share))
    for line in lines:
        await line.close()
    await _bad_clients(site, table, people[0], share)
    Console(width=110).print(table)


async def _bursts(
    site: Site, table: Table, people: list[Person], lines: list[ClientConnection], events: int
) -> None:
    ids = [person["id"] for person in people]
    for label, users, heard in (
        (f"{events} events to one person", ids[:1], lines[:1]),
        (f"an event to each of {len(ids)} people", ids, lines),
    ):
        each = events if len(users) == 1 else 1
        listening = [asyncio.create_task(_latencies(line, each)) for line in heard]
        took = await asyncio.to_thread(site.ask, "burst", users=users, each=each)
        found = sorted(itertools.chain.from_iterable(await asyncio.gather(*listening)))
        lost = each * len(users) - len(found)
        p50, p99 = (found[int(len(found) * part)] * 1000 for part in (0.5, 0.99))
        table.add_row(f"{label}, lost", "0", f"{lost} (sent in {took:.2f} s)")
        table.add_row(f"{label}, p50 / p99", "p99 ≤ 500 ms", f"{p50:.1f} / {p99:.1f} ms")


async def _latencies(line: ClientConnection, number: int) -> list[float]:
    """How late each event comes that comes within ten seconds of the one before."""
    found: list[float] = []
    with contextlib.suppress(TimeoutError):
        while len(found) < number:
            async with asyncio.timeout(10):
                said = json.loads(await line.recv())
            if said["topic"][0].isdigit():
                found.append(time.time() - float(said["topic"].split()[1]))
    return found


async def _bad_clients(site: Site, table: Table, person: Person, share: float) -> None:
    before = _rss(site)
    with _deaf_socket(site, person), _peak(site) as peak:
        number = int(SWELL_MESSAGES * share)
        await asyncio.to_thread(site.ask, "swell", user=person["id"], number=number, size=SWELL_BYTES)
        await asyncio.sleep(1)
    told = f"a reader who takes nothing of {number * SWELL_BYTES / 1e6:.0f} MB, growth"
    table.add_row(told, "≤ 30 MB", f"{(peak.highest - before) / 1024:.1f} MB")
    before = _rss(site)
    with _peak(site) as peak:
        sent, ended = await _flood(site, person, FLOOD_SECONDS * share)
    told = f"a flooding client ({sent} frames, cut off {ended} times), growth"
    table.add_row(told, "≤ 30 MB", f"{(peak.highest - before) / 1024:.1f} MB")


async def _flood(site: Site, person: Person, seconds: float) -> tuple[int, int]:
    """Small frames and the largest allowed ones, as fast as they go, from a client that always comes back."""
    until, sent, ended = time.monotonic() + seconds, 0, 0
    while time.monotonic() < until:
        with contextlib.suppress(WebSocketException, OSError, TimeoutError):
            async with _dial(site, person) as line:
                while time.monotonic() < until:
                    await line.send(random.choice(("x", "x" * 65_536)))
                    sent += 1
                    if sent % 1_000 == 0:  # only then it learns that it was cut off long ago
                        await asyncio.sleep(0)
        ended += 1
    return sent, ended


@contextlib.contextmanager
def _deaf_socket(site: Site, person: Person) -> Iterator[None]:
    """A handshake, and then nobody who reads."""
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.connect(("127.0.0.1", site.port))
        line.sendall(
            f"GET /ws/live/ HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {'A' * 22}==\r\nSec-WebSocket-Version: 13\r\n"
            f"Origin: {site.url}\r\nCookie: sessionid={person['cookie']}\r\n\r\n".encode()
        )
        assert b"101" in line.recv(64)
        time.sleep(1)
        yield


@dataclass
class _Peak:
    highest: float = 0.0


@contextlib.contextmanager
def _peak(site: Site) -> Iterator[_Peak]:
    """The most memory that the web process has meanwhile, looked at ten times a second."""
    found = _Peak()

    async def watch() -> None:
        while True:
            found.highest = max(found.highest, _rss(site))
            await asyncio.sleep(0.1)

    task = asyncio.get_running_loop().create_task(watch())
    try:
        yield found
    finally:
        task.cancel()


async def _open_all(site: Site, people: list[Person]) -> list[ClientConnection]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(person: Person) -> ClientConnection:
        async with gate:
            line = await _dial(site, person)
            assert json.loads(await line.recv())["topic"] == "hello"
            return line

    return await asyncio.gather(*map(one, people))


def _dial(site: Site, person: Person) -> connect:
    return connect(
        f"{site.url.replace('http', 'ws')}/ws/live/",
        origin=site.url,  # type: ignore[arg-type]
        additional_headers={"Cookie": f"sessionid={person['cookie']}"},
        proxy=None,
        ping_interval=None,
        max_queue=None,
    )


def _rss(site: Site) -> float:
    """Kilobytes of the web process."""
    assert site.web
    status = Path(f"/proc/{site.web.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found
    return float(found[1])


# ---- no missed news -------------------------------------------------------------------------


@dataclass
class Reader:
    """A film's page without a browser, which keeps to the rules of static/js/live.js."""

    site: Site
    person: Person
    film: str
    state: str = "processing"
    shown: str = ""
    hears: bool = False
    may_dial: asyncio.Event = field(default_factory=asyncio.Event)
    awake: asyncio.Event = field(default_factory=asyncio.Event)
    line: ClientConnection | None = None

    async def move(self) -> None:
        deed = "cancel" if self.state == "processing" else "retry"
        await asyncio.to_thread(self.site.ask, deed, film=self.film)
        self.state = "cancelled" if self.state == "processing" else "processing"

    async def live(self) -> None:
        self.may_dial.set()
        self.awake.set()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._poll())
            group.create_task(self._listen())

    async def look(self) -> None:
        request = urllib.request.Request(  # noqa: S310
            f"{self.site.url}/films/{self.film}/fragment/",
            headers={"Cookie": f"sessionid={self.person['cookie']}", "HX-Request": "true"},
        )
        with contextlib.suppress(OSError):
            text = await asyncio.to_thread(_read, request)
            found = STATE.search(text)
            self.shown = found[1] if found else ""

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL)
            await self.awake.wait()
            if not self.hears:
                await self.look()

    async def _listen(self) -> None:
        born, tries = time.time(), 0
        await self.look()
        while True:
            await self.may_dial.wait()
            with contextlib.suppress(WebSocketException, OSError, TimeoutError):
                async with asyncio.timeout(10) as opening, _dial(self.site, self.person) as self.line:
                    quiet = json.loads(await self.line.recv()).get("quiet", 0)
                    opening.reschedule(None)
                    self.hears = True
                    if tries or time.time() - born >= quiet:
                        await self.look()
                    tries = 0
                    await self._hear(self.line)
            self.hears, self.line = False, None
            await asyncio.sleep(min(SLOWEST, 0.5 * 2**tries) * random.uniform(0.5, 1))
            tries += 1

    async def _hear(self, line: ClientConnection) -> None:
        async for word in line:
            await self.awake.wait()
            topic = json.loads(word)["topic"]
            self.hears = topic != "deaf"
            if topic in {"deaf", "resync", "film"}:
                await self.look()


Trouble = Callable[[Site, list[Reader]], Awaitable[None]]


async def _socket_drops(site: Site, readers: list[Reader]) -> None:
    for reader in readers:
        reader.may_dial.clear()
        if reader.line:
            reader.line.transport.abort()
    await _move_all(readers)
    for reader in readers:
        reader.may_dial.set()


async def _web_restarts(site: Site, readers: list[Reader]) -> None:
    await asyncio.to_thread(site.stop_web)
    await _move_all(readers)
    await asyncio.to_thread(site.start_web)


async def _redis_blinks(site: Site, readers: list[Reader]) -> None:
    await asyncio.to_thread(site.stop_redis)
    await _move_all(readers)
    await asyncio.to_thread(site.start_redis)


async def _page_sleeps(site: Site, readers: list[Reader]) -> None:
    for reader in readers:
        reader.awake.clear()
    await _move_all(readers)
    for reader in readers:
        reader.awake.set()


TROUBLES: dict[str, Trouble] = {
    "the socket drops": _socket_drops,
    "the web process restarts": _web_restarts,
    "Redis is stopped and started": _redis_blinks,
    "the page sleeps": _page_sleeps,
}
PAGES, ROUNDS = 9, 5
HEADINGS = ("a job moves while", "runs", f"over {SOON:.0f} s", "p50", "max")


async def _news(site: Site, share: float) -> None:
    table = _table("no missed news: seconds to the true state", *HEADINGS)
    readers = [await asyncio.to_thread(_reader, site, number) for number in range(PAGES)]
    pages = [asyncio.create_task(reader.live()) for reader in readers]
    for label, trouble in TROUBLES.items():
        waits = []
        for _ in range(max(1, int(ROUNDS * share))):
            await asyncio.gather(*(_until(reader, lambda reader: reader.hears, 30) for reader in readers))
            await trouble(site, readers)
            waits += await asyncio.gather(
                *(_until(reader, lambda reader: reader.shown == reader.state, 60) for reader in readers)
            )
        late = sum(wait > SOON for wait in waits)
        table.add_row(
            label, str(len(waits)), str(late), f"{statistics.median(waits):.2f}", f"{max(waits):.2f}"
        )
    for page in pages:
        page.cancel()
    await asyncio.gather(*pages, return_exceptions=True)
    Console(width=110).print(table)


def _reader(site: Site, number: int) -> Reader:
    person = site.ask("person", email=f"reader-{number}@example.org")
    return Reader(site=site, person=person, film=site.ask("film", user=person["id"]))


async def _move_all(readers: list[Reader]) -> None:
    for reader in readers:  # there is one mover
        await reader.move()


async def _until(reader: Reader, is_so: Callable[[Reader], bool], patience: float) -> float:
    """Seconds until it is so; gives the patience when it never was."""
    began = time.monotonic()
    while not is_so(reader) and time.monotonic() - began < patience:
        await asyncio.sleep(0.01)
    return time.monotonic() - began


def _read(request: urllib.request.Request) -> str:
    with urllib.request.urlopen(request, timeout=8) as answer:  # noqa: S310
        text: str = answer.read().decode()
    return text


def _browser(site: Site, share: float) -> None:
    from tests.e2e import browser, test_live

    table = _table("the same in Chromium", *HEADINGS)
    with browser.chromium() as chromium:
        for trouble in test_live.TROUBLES[1:]:
            context = chromium.new_context(base_url=site.url)
            page = context.new_page()
            film = test_live.open_film(site, page)
            waits = []
            for _ in range(max(1, int(ROUNDS * share))):
                test_live.is_live(page)
                state = trouble(site, page, film.move)
                began = time.monotonic()
                test_live.shows(page, state, within=60_000)
                waits.append(time.monotonic() - began)
            late = sum(wait > SOON for wait in waits)
            table.add_row(
                trouble.__name__.replace("_", " "),
                str(len(waits)),
                str(late),
                f"{statistics.median(waits):.2f}",
                f"{max(waits):.2f}",
            )
            context.close()
    Console(width=110).print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
