"""A body that is larger than anything we take is refused while it comes in, before it fills a disk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.conf import settings

from echoes.kernel.storage import base as storages

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]

FORM_BYTES = 1024 * 1024  # what a form may hold besides its file


def limited(app: App) -> App:
    """The application behind a limit on each request's body: 413 for one that says it is larger; one that
    lied is cut off as if its sender had gone."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return await app(scope, receive, send)
        limit = _limit(scope["path"])
        if _announced(scope) > limit:
            return await _refuse(send)
        return await app(scope, _counted(receive, limit), send)

    return wrapped


def _limit(path: str) -> int:
    """To storage comes a file as a whole, or one part of it."""
    if not path.startswith("/media/"):
        return FORM_BYTES
    return FORM_BYTES + max(storages.PARTS_FROM, storages.part_bytes(settings.VIDEO_MAX_BYTES))


def _announced(scope: Scope) -> int:
    length = dict(scope["headers"]).get(b"content-length", b"0")
    return int(length) if length.isdigit() else 0


def _counted(receive: Receive, limit: int) -> Receive:
    taken = 0

    async def counted() -> MutableMapping[str, Any]:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        return message if taken <= limit else {"type": "http.disconnect"}

    return counted


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": b"This is larger than anything that Echoes takes."})
