"""Sockets are opened by pages of ours alone. A browser sends cookies along with a socket from any page, and
no CSRF token; what it cannot be made to lie about is where the page came from."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

from echoes.limits import App

DEFAULT_PORTS = {"http": 80, "https": 443}


def only_from(origins: Collection[str], app: App) -> App:
    """The application behind a door that asks for one Origin, which is one of these, letter for letter.

    Channels' own validator parses what it is sent: names and paths pass, and some of it breaks the parser.
    """
    known = {origin.encode() for origin in origins}

    async def guarded(scope: Any, receive: Any, send: Any) -> None:
        sent = [value for name, value in scope["headers"] if name == b"origin"]
        if len(sent) == 1 and sent[0] in known:
            return await app(scope, receive, send)
        await send({"type": "websocket.close"})  # before it was accepted this is an HTTP 403

    return guarded


def of(url: str) -> str:
    """The origin of an address, written as browsers write it."""
    parts = urlsplit(url)
    name = parts.hostname or ""
    host = f"[{name}]" if ":" in name else name.encode("idna").decode()
    port = "" if parts.port in (None, DEFAULT_PORTS.get(parts.scheme)) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"
