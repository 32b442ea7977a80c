"""The SDK's clients, made once. They never send anything again by themselves: a create has no idempotency
key, and questions are asked again by the clock.
"""

from __future__ import annotations

import asyncio
import functools
import ssl
from typing import Any
from weakref import WeakKeyDictionary

import httpx
from runwayml import AsyncRunwayML, DefaultAsyncHttpxClient, RunwayML

from providers.connections import Connection, Provider, connection

ADDRESS = "https://api.dev.runwayml.com"
CREATE_SECONDS, ASK_SECONDS, CONNECT_SECONDS = 60.0, 8.0, 5.0

_of_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Connection, AsyncRunwayML]] = WeakKeyDictionary()


def sending() -> RunwayML:
    """For workers, which wait."""
    return _sending(connection(Provider.RUNWAY))


def asking() -> AsyncRunwayML:
    """For the clock. It belongs to the loop that runs, as its locks do. No line is kept open for the next
    question: it would hold its loop in memory when that has ended, and the few tasks that Runway makes at
    once are asked about every five seconds, which is when the SDK closes idle lines anyway."""
    mine = _of_loops.setdefault(asyncio.get_running_loop(), {})
    here = connection(Provider.RUNWAY)
    if here not in mine:
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=0)
        line = DefaultAsyncHttpxClient(limits=limits, verify=_trust())
        mine[here] = AsyncRunwayML(**_options(here, ASK_SECONDS), http_client=line)
    return mine[here]


@functools.cache
def _trust() -> ssl.SSLContext:
    """Read once: reading it takes long enough to hold up everything else on a loop."""
    return httpx.create_ssl_context()


@functools.cache
def _sending(here: Connection) -> RunwayML:
    return RunwayML(**_options(here, CREATE_SECONDS))


def _options(here: Connection, seconds: float) -> dict[str, Any]:
    return {
        "api_key": here.key,
        "base_url": here.url or ADDRESS,
        "max_retries": 0,
        "timeout": httpx.Timeout(seconds, connect=CONNECT_SECONDS),
        "_strict_response_validation": here.strict,
    }
