"""What a browser does with links and tickets: at the real server for a bucket, at Echoes' own pages for the
disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
from asgiref.sync import async_to_sync
from django.core.asgi import get_asgi_application

from echoes.kernel.storage.base import Ticket


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: httpx.Headers


def get(link: str, **headers: str) -> Answer:
    return _ask("GET", link, headers=headers)


def head(link: str, **headers: str) -> Answer:
    return _ask("HEAD", link, headers=headers)


def post(ticket: Ticket, content: bytes, **other: str) -> Answer:
    """Send the ticket's form with a file; `other` fields replace the ticket's own."""
    return _ask(
        ticket.method,
        ticket.url,
        data={**ticket.fields, **other},
        files={"file": ("photo.jpg", content)},
    )


def put(link: str, content: bytes) -> Answer:
    return _ask("PUT", link, content=content)


@async_to_sync
async def _ask(method: str, link: str, **words: Any) -> Answer:
    ours = None if link.startswith("http") else httpx.ASGITransport(app=get_asgi_application())
    async with httpx.AsyncClient(transport=ours, base_url="http://127.0.0.1") as client:
        response = await client.request(method, link, **words)
    return Answer(response.status_code, response.content, response.headers)
