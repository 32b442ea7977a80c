"""Sends files as the browser does: a ticket, the bytes to storage, a word that they are there."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection
from pathlib import Path
from typing import Any

import httpx
from asgiref.sync import async_to_sync
from django.core.asgi import get_asgi_application
from django.test import Client
from django.urls import reverse

from echoes.kernel.storage.base import Ticket
from library.models import Kind
from tests.media import browser

PIECE = 256 * 1024


def ask(client: Client, address: str, **body: Any) -> Any:
    return client.post(address, json.dumps(body), content_type="application/json")


def begin(client: Client, *, size: int, name: str = "a.mp4", kind: str = Kind.VIDEO) -> dict[str, Any]:
    """The ticket for a file."""
    answer = ask(client, reverse("library:uploads"), name=name, size=size, kind=kind, type="video/mp4")
    assert answer.status_code == 201, answer.content
    told: dict[str, Any] = answer.json()
    return told


def links(client: Client, ticket: dict[str, Any], numbers: Collection[int]) -> dict[int, str]:
    answer = ask(client, ticket["parts"]["links"], numbers=list(numbers))
    assert answer.status_code == 200, answer.content
    return {int(number): link for number, link in answer.json()["links"].items()}


def send_whole(ticket: dict[str, Any], content: bytes) -> int:
    return browser.post(Ticket(**ticket["upload"]), content).status


def send_parts(client: Client, ticket: dict[str, Any], path: Path, numbers: Collection[int]) -> list[str]:
    """PUT these parts of a file; gives their tags."""
    each = ticket["parts"]["bytes"]
    found = links(client, ticket, numbers)
    return [_put(found[number], path, at=(number - 1) * each, most=each) for number in numbers]


@async_to_sync
async def _put(link: str, path: Path, *, at: int, most: int) -> str:
    """In pieces, so that it is not the sender who takes the memory."""
    size = min(most, path.stat().st_size - at)
    ours = None if link.startswith("http") else httpx.ASGITransport(app=get_asgi_application())
    async with httpx.AsyncClient(transport=ours, base_url="http://127.0.0.1", timeout=60) as line:
        response = await line.put(
            link, content=_Pieces(path, at, size), headers={"Content-Length": str(size)}
        )
    assert response.status_code == 200, response.text
    return response.headers["ETag"]


class _Pieces:
    def __init__(self, path: Path, at: int, size: int) -> None:
        self.path = path
        self.at = at
        self.size = size

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with self.path.open("rb") as file:
            file.seek(self.at)
            for start in range(0, self.size, PIECE):
                yield file.read(min(PIECE, self.size - start))
