"""The line to OpenAI: one client for each key and address, without retries."""

from __future__ import annotations

from functools import cache
from urllib.parse import urlsplit

import openai

from providers import connections
from providers.connections import Connection, Provider

URL = "https://api.openai.com/v1"
VERSION = "/v1"
CONNECT_SECONDS = 5.0


def client() -> openai.OpenAI:
    """The client for this deployment's key. Every request says for itself how long it may take."""
    return _client(connections.connection(Provider.OPENAI))


def within(seconds: float) -> openai.Timeout:
    """How long an answer may take."""
    return openai.Timeout(seconds, connect=CONNECT_SECONDS)


@cache
def _client(connection: Connection) -> openai.OpenAI:
    """One for the process: it is safe in threads, and keeps its lines open. Retries are off: there are no
    idempotency keys, so a second try after a lost answer is paid for a second time."""
    return openai.OpenAI(
        api_key=connection.key,
        base_url=address(connection.url),
        max_retries=0,
        _strict_response_validation=connection.strict,
    )


def address(url: str) -> str:
    """Where its version 1 is, whether or not the address that was given says so."""
    if not url:
        return URL
    return url if urlsplit(url).path.strip("/") else url.rstrip("/") + VERSION
