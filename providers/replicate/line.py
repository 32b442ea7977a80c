"""The way to Replicate and back, under the SDK 1.0.7.

What the SDK does by itself, and what stands here against it:

- A create has no time limit at all: one is filled in, for each wait and for the whole.
- What it gets by GET it gets again up to ten times after a 429, 503 or 504, and sleeps for as long as it is
  told: those answers are raised here, before it sees them. So is every other refusal, since it forgets
  `Retry-After` and which fields were wrong.
- Its own types know no "aborted" and no prediction without a version, and then the id of something that we
  pay for would be lost: what was said is remembered as it came (`told`), and read by `outputs`.
- A line that was kept open may be closed by the other side just when a create is sent over it, and then
  nobody knows: each create has a line of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import json
import time
from collections.abc import AsyncGenerator, Iterator
from functools import cache
from typing import Any

import httpx
from replicate.client import Client

from providers.connections import Connection

ADDRESS = "https://api.replicate.com"
CREATE = {"connect": 5.0, "read": 45.0, "write": 45.0, "pool": 10.0}  # seconds; an upload may be sent before
CREATE_WHOLE = 60.0
ASK = {"connect": 5.0, "read": 10.0, "write": 10.0, "pool": 10.0}
ASK_WHOLE = 10.0
MOST_BYTES = 8 * 1024 * 1024  # of an answer: an hour of speech with its times is two
IDENTITY = {"Accept-Encoding": "identity"}  # so that the bytes that come are the bytes that are counted

FRESH = httpx.Limits(max_keepalive_connections=0)  # a line for each request

NOTHING_WAS_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)

_told: contextvars.ContextVar[list[Any]] = contextvars.ContextVar("what Replicate has told")


class Declined(Exception):
    """An answer of Replicate's that is not what was asked for."""

    def __init__(self, status: int, detail: str, *, retry_after: float | None = None) -> None:
        super().__init__(f"{status}: {detail}")
        self.status, self.detail, self.retry_after = status, detail, retry_after


class Strange(Exception):
    """What came is no answer at all."""


# ---- clients --------------------------------------------------------------------------------


@cache
def client(connection: Connection) -> Client:
    """For sending; safe in threads."""
    return _client(connection, Line(httpx.HTTPTransport(limits=FRESH), CREATE, CREATE_WHOLE))


@cache
def quick_client(connection: Connection) -> Client:
    """For short questions outside of any loop."""
    return _client(connection, Line(httpx.HTTPTransport(limits=FRESH), ASK, ASK_WHOLE))


async def asking(connection: Connection) -> Client:
    """The client of the loop that runs; it keeps its lines open for the next question."""
    loop = asyncio.get_running_loop()
    if (loop, connection) not in _kept:
        keeper = _of_loop(loop, connection)
        _kept[loop, connection] = (keeper, await anext(keeper))
    return _kept[loop, connection][1]


_kept: dict[tuple[Any, Connection], tuple[AsyncGenerator[Client, None], Client]] = {}


async def _of_loop(loop: Any, connection: Connection) -> AsyncGenerator[Client, None]:
    """A generator, because a loop that ends closes those that it knows: then the lines are closed as well."""
    line = AsyncLine(httpx.AsyncHTTPTransport(), ASK, ASK_WHOLE)
    try:
        yield _client(connection, line)
    finally:
        _kept.pop((loop, connection), None)
        await line.aclose()


def _client(connection: Connection, line: Any) -> Client:
    return Client(
        api_token=connection.key,
        base_url=connection.url or ADDRESS,
        timeout=httpx.Timeout(**ASK),
        headers=dict(IDENTITY),
        transport=line,
    )


# ---- what was said --------------------------------------------------------------------------


@contextlib.contextmanager
def told() -> Iterator[list[Any]]:
    """All that Replicate says while the context lasts, as JSON, in its order."""
    heard: list[Any] = []
    token = _told.set(heard)
    try:
        yield heard
    finally:
        _told.reset(token)


class Line(httpx.BaseTransport):
    def __init__(self, wrapped: httpx.BaseTransport, waits: dict[str, float], whole: float) -> None:
        self._wrapped, self._waits, self._whole = wrapped, waits, whole

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        ends = time.monotonic() + self._whole
        _limit(request, self._waits)
        response = self._wrapped.handle_request(request)
        with contextlib.closing(response):
            pieces = _Pieces(ends)
            for piece in response.iter_raw():
                pieces.add(piece)
        return _understood(request, response, pieces.joined())

    def close(self) -> None:
        self._wrapped.close()


class AsyncLine(httpx.AsyncBaseTransport):
    def __init__(self, wrapped: httpx.AsyncBaseTransport, waits: dict[str, float], whole: float) -> None:
        self._wrapped, self._waits, self._whole = wrapped, waits, whole

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        ends = time.monotonic() + self._whole
        _limit(request, self._waits)
        response = await self._wrapped.handle_async_request(request)
        async with contextlib.aclosing(response):
            pieces = _Pieces(ends)
            async for piece in response.aiter_raw():
                pieces.add(piece)
        return _understood(request, response, pieces.joined())

    async def aclose(self) -> None:
        await self._wrapped.aclose()


class _Pieces:
    """What comes, as long as it is not too late and not too much."""

    def __init__(self, ends: float) -> None:
        self._ends, self._pieces, self._size = ends, [b""], 0

    def add(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._size += len(piece)
        if time.monotonic() > self._ends:
            raise httpx.ReadTimeout("the whole took too long")
        if self._size > MOST_BYTES:
            raise Strange("the answer is too long")

    def joined(self) -> bytes:
        return b"".join(self._pieces)


def _limit(request: httpx.Request, waits: dict[str, float]) -> None:
    """No wait is longer than ours, whatever the SDK asks for."""
    asked = request.extensions.get("timeout", {})
    limits = {name: min(asked.get(name) or most, most) for name, most in waits.items()}
    request.extensions = {**request.extensions, "timeout": limits}


def _understood(request: httpx.Request, response: httpx.Response, content: bytes) -> httpx.Response:
    """The answer for the SDK, once it is one. Raises Declined, Strange."""
    said = _json(content)
    if not 200 <= response.status_code < 300:
        raise _declined(response, said, content)
    if content and said is None:
        raise Strange(f"{response.status_code} with what is no JSON")
    if (heard := _told.get(None)) is not None:
        heard.append(said)
    return httpx.Response(response.status_code, headers=response.headers, content=content, request=request)


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None


def _declined(response: httpx.Response, said: Any, content: bytes) -> Declined:
    if isinstance(said, dict):
        wrong = f" {json.dumps(said['invalid_fields'])}" if said.get("invalid_fields") else ""
        detail = f"{said.get('title') or ''} {said.get('detail') or ''}{wrong}".strip()
    else:
        detail = content[:200].decode(errors="replace")
    return Declined(response.status_code, detail[:2_000], retry_after=_seconds(response.headers))


def _seconds(headers: httpx.Headers) -> float | None:
    """How long to wait, as one of two headers says; Replicate's own counts where there is no other."""
    for name in ("retry-after", "ratelimit-reset"):
        with contextlib.suppress(ValueError):
            if name in headers and (seconds := float(headers[name])) >= 0:
                return min(seconds, 3_600.0)
    return None
