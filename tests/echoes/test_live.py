from __future__ import annotations

import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.test import Client

from accounts.models import User
from clips import clips
from tests import cast, factories

pytestmark = pytest.mark.django_db(transaction=True)


def cookie(user: User | None) -> bytes:
    client = Client()
    if user:
        client.force_login(user)
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items()).encode()


class Talk:
    """One page's end of the live socket."""

    def __init__(self, application: Any, headers: list[tuple[bytes, bytes]]) -> None:
        scope = {"type": "websocket", "path": "/ws/live/", "query_string": b"", "headers": headers}
        self._talk = ApplicationCommunicator(application, scope)

    async def is_let_in(self) -> bool:
        await self._talk.send_input({"type": "websocket.connect"})
        return (await self._talk.receive_output())["type"] == "websocket.accept"

    async def hears(self) -> Any:
        return json.loads((await self._talk.receive_output())["text"])

    async def hears_nothing(self) -> bool:
        return bool(await self._talk.receive_nothing(timeout=0.2))

    async def leaves(self) -> None:
        await self._talk.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._talk.wait()


async def socket(user: User | None, *, origin: bytes | None = b"http://127.0.0.1:8000") -> Talk:
    from echoes.asgi import application

    headers = [(b"cookie", await sync_to_async(cookie)(user))]
    if origin is not None:
        headers.append((b"origin", origin))
    return Talk(application, headers)


class TestDoor:
    async def test_lets_in_who_is_signed_in(self) -> None:
        alice = await sync_to_async(cast.alice)()
        talk = await socket(alice)
        assert await talk.is_let_in()
        assert await talk.hears() == {"topic": "hello"}
        await talk.leaves()

    async def test_refuses_who_is_not(self) -> None:
        talk = await socket(None)
        assert not await talk.is_let_in()

    @pytest.mark.parametrize(
        "origin",
        [None, b"null", b"http://evil.example", b"https://127.0.0.1:8000", b"http://127.0.0.1.evil:8000"],
    )
    async def test_refuses_pages_of_other_sites(self, origin: bytes | None) -> None:
        alice = await sync_to_async(cast.alice)()
        talk = await socket(alice, origin=origin)
        assert not await talk.is_let_in()


class TestPokes:
    async def test_reach_the_owner_and_nobody_else(self) -> None:
        alice, bob = await sync_to_async(cast.alice)(), await sync_to_async(cast.bob)()
        hers, his = await socket(alice), await socket(bob)
        for talk in (hers, his):
            await talk.is_let_in()
            await talk.hears()
        project = await sync_to_async(factories.project)(by=alice)
        await sync_to_async(clips.announce)(project)
        message = await hers.hears()
        assert (message["topic"], message["id"]) == ("project", str(project.pk))
        assert await his.hears_nothing()
        await hers.leaves()
        await his.leaves()
