"""The live socket, spoken to as uvicorn speaks to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import redis
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from channels.layers import get_channel_layer
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from accounts import sessions
from accounts.models import User
from clips import clips
from echoes import consumers, origins
from echoes.kernel import clock, live, pubsub
from tests import cast, factories

pytestmark = pytest.mark.django_db(transaction=True)
HERE = b"http://127.0.0.1:8000"
OTHERS = [
    pytest.param(None, id="none"),
    b"",
    b"null",
    b"http://evil.example",
    b"https://127.0.0.1:8000",
    b"http://127.0.0.1",
    b"http://127.0.0.1:8001",
    b"http://127.0.0.1:80000",
    b"http://127.0.0.1.evil.example:8000",
    b"http://evil.127.0.0.1:8000",
    b"http://127.0.0.1:8000.evil.example",
    b"http://user@127.0.0.1:8000",
    b"http://127.0.0.1:8000/",
    b"HTTP://127.0.0.1:8000",
    b"ws://127.0.0.1:8000",
    b"127.0.0.1:8000",
    b"http://[",
    b"http://127.0.0.1:8000 http://evil.example",
]


def signed_in(user: User | None) -> Client:
    client = Client()
    if user:
        client.force_login(user)
    return client


def cookies(client: Client) -> bytes:
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items()).encode()


class Page:
    """One page's end of the live socket."""

    def __init__(self, client: Client, *sent: bytes) -> None:
        from echoes.asgi import application

        headers = [(b"cookie", cookies(client)), *((b"origin", origin) for origin in sent)]
        scope = {"type": "websocket", "path": "/ws/live/", "query_string": b"", "headers": headers}
        self._talk = ApplicationCommunicator(application, scope)

    async def opens(self) -> str:
        """`accept`, or `close` for the refusal that becomes an HTTP 403."""
        await self._talk.send_input({"type": "websocket.connect"})
        said: str = (await self._talk.receive_output())["type"]
        return said.removeprefix("websocket.")

    async def hears(self, *, within: float = 5) -> Any:
        return json.loads((await self._talk.receive_output(within))["text"])

    async def is_closed(self, *, within: float = 5) -> int:
        """The code of the close that comes next."""
        said = await self._talk.receive_output(within)
        assert said["type"] == "websocket.close", said
        return int(said["code"])

    async def hears_nothing(self) -> bool:
        return bool(await self._talk.receive_nothing(timeout=0.3))

    async def says(self, **frame: Any) -> None:
        await self._talk.send_input({"type": "websocket.receive", **frame})

    async def leaves(self) -> None:
        await self._talk.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._talk.wait()


@asynccontextmanager
async def registered(client: Client) -> AsyncIterator[Page]:
    page = Page(client, HERE)
    assert await page.opens() == "accept"
    assert (await page.hears())["topic"] == "hello"
    yield page
    await page.leaves()


@pytest.fixture
def bobs_other(bob: User) -> Client:
    return signed_in(bob)


@pytest.fixture
def deaf_to_rechecks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: nobody says that a session has ended."""
    monkeypatch.setattr(live, "recheck", lambda **words: None)


class TestDoor:
    async def test_lets_in_who_is_signed_in(self, alices: Client) -> None:
        async with registered(alices):
            pass

    async def test_closes_on_who_is_not_with_a_code_that_says_so(self, charlies: Client) -> None:
        page = Page(charlies, HERE)
        assert await page.opens() == "accept"
        assert await page.is_closed() == consumers.SIGNED_OUT

    @pytest.mark.parametrize("origin", OTHERS)
    async def test_refuses_pages_of_other_sites(self, alices: Client, origin: bytes | None) -> None:
        page = Page(alices, *([origin] if origin is not None else []))
        assert await page.opens() == "close"

    async def test_refuses_who_names_two_origins(self, alices: Client) -> None:
        page = Page(alices, HERE, b"http://evil.example")
        assert await page.opens() == "close"

    @pytest.mark.parametrize(
        ("url", "origin"),
        [
            ("https://films.example.org", "https://films.example.org"),
            ("https://Films.Example.org:443/", "https://films.example.org"),
            ("http://films.example.org:80", "http://films.example.org"),
            ("http://films.example.org:8000/start", "http://films.example.org:8000"),
            ("https://müsli.example", "https://xn--msli-0ra.example"),
            ("http://[::1]:8000", "http://[::1]:8000"),
        ],
    )
    def test_knows_how_browsers_write_our_address(self, url: str, origin: str) -> None:
        assert origins.of(url) == origin


class TestPokes:
    async def test_reach_the_owner_and_nobody_else(self, alice: User, alices: Client, bobs: Client) -> None:
        async with registered(alices) as hers, registered(bobs) as his:
            project = await sync_to_async(factories.project)(by=alice)
            await sync_to_async(clips.announce)(project)
            message = await hers.hears()
            assert (message["topic"], message["id"]) == ("project", str(project.pk))
            assert await his.hears_nothing()

    async def test_say_how_long_it_will_take(self, alice: User, alices: Client) -> None:
        async with registered(alices) as page:
            project = await sync_to_async(factories.project)(by=alice)
            poke = sync_to_async(live.poke)
            await poke(user_id=alice.pk, topic="film", id=project.pk, state="running", progress=31, left=38)
            message = await page.hears()
        assert (message["progress"], message["left"], message["left_words"]) == (31, 38, "about 40 s left")

    async def test_that_come_before_a_page_was_registered_are_owned_up_to(
        self, alice: User, alices: Client
    ) -> None:
        project = await sync_to_async(factories.project)(by=alice)
        await sync_to_async(clips.announce)(project)
        page = Page(alices, HERE)
        await page.opens()
        assert await page.hears() == {"topic": "hello", "quiet": 0}
        await page.leaves()

    async def test_are_known_to_be_none(self, bob: User, bobs: Client) -> None:
        await sync_to_async(_let_settle)(bob)
        page = Page(bobs, HERE)
        await page.opens()
        assert await page.hears() == {"topic": "hello", "quiet": pubsub.QUIET_SECONDS}
        await page.leaves()


class TestSessions:
    async def test_signing_out_closes_the_sockets_of_that_session_and_no_other(
        self, bobs: Client, bobs_other: Client
    ) -> None:
        async with registered(bobs) as here, registered(bobs_other) as there:
            await sync_to_async(bobs.post)(reverse("account_logout"))
            assert await here.is_closed() == consumers.SIGNED_OUT
            assert await there.hears_nothing()

    async def test_without_that_word_and_without_the_watch_it_would_stay(
        self, bobs: Client, deaf_to_rechecks: None
    ) -> None:
        async with registered(bobs) as page:
            await sync_to_async(bobs.post)(reverse("account_logout"))
            assert await page.hears_nothing()

    async def test_a_lost_word_is_made_up_for(
        self, bobs: Client, deaf_to_rechecks: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(consumers, "RECHECK_SECONDS", 0.2)
        async with registered(bobs) as page:
            await sync_to_async(bobs.post)(reverse("account_logout"))
            assert await page.is_closed() == consumers.SIGNED_OUT

    async def test_signing_out_of_the_admin_counts_as_well(self, db: Any) -> None:
        robins = await sync_to_async(lambda: signed_in(cast.robin()))()
        async with registered(robins) as page:
            await sync_to_async(robins.post)(reverse("admin:logout"))
            assert await page.is_closed() == consumers.SIGNED_OUT

    async def test_a_new_password_closes_all_and_leaves_the_changer_signed_in(
        self, bobs: Client, bobs_other: Client
    ) -> None:
        words = {"oldpassword": cast.PASSWORD, "password1": "another horse", "password2": "another horse"}
        async with registered(bobs) as here, registered(bobs_other) as there:
            answer = await sync_to_async(bobs.post)(reverse("account_change_password"), words)
            assert answer.status_code == 302
            assert await there.is_closed() == consumers.SIGNED_OUT
            assert await here.is_closed() == consumers.SIGNED_OUT  # its key is another one now
        async with registered(bobs):
            pass

    async def test_deactivation_closes_all(self, bob: User, bobs: Client, bobs_other: Client) -> None:
        async with registered(bobs) as here, registered(bobs_other) as there:
            bob.is_active = False
            await bob.asave()
            assert await here.is_closed() == consumers.SIGNED_OUT
            assert await there.is_closed() == consumers.SIGNED_OUT

    async def test_deletion_by_staff_closes_all(self, bob: User, bobs: Client) -> None:
        robins = await sync_to_async(lambda: signed_in(cast.robin()))()
        choice = {"action": "delete_selected", "_selected_action": [bob.pk], "post": "yes"}
        async with registered(bobs) as page:
            await sync_to_async(robins.post)(reverse("admin:accounts_user_changelist"), choice)
            assert await page.is_closed() == consumers.SIGNED_OUT

    async def test_one_that_ends_while_the_socket_opens_is_noticed(
        self, bobs: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stands = sessions.stands

        def ends_first(visit: sessions.Visit, *, now: Any) -> bool:
            Session.objects.filter(session_key=visit.session_key).delete()
            return stands(visit, now=now)

        monkeypatch.setattr(sessions, "stands", ends_first)
        page = Page(bobs, HERE)
        assert await page.opens() == "accept"
        assert await page.is_closed() == consumers.SIGNED_OUT

    def test_are_looked_up_in_one_query(self, bobs: Client, django_assert_num_queries: Any) -> None:
        user = User.objects.get(email="bob@example.org")
        seen = sessions.visit(user=user, session=bobs.session)
        with django_assert_num_queries(1):
            assert sessions.stands(seen, now=clock.now())

    async def test_no_socket_lives_for_ever(self, bobs: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(consumers, "LIFE_SECONDS", 0.2)
        async with registered(bobs) as page:
            assert await page.is_closed() == consumers.TOO_OLD


class TestWhatPagesSay:
    async def test_a_sign_of_life_is_given(self, alices: Client) -> None:
        async with registered(alices) as page:
            await page.says(text="there?")
            assert await page.hears() == {"topic": "here"}

    @pytest.mark.parametrize(
        "frame", [{"text": "{"}, {"text": "\x00" * 999}, {"bytes": b"\xff"}, {"text": ""}]
    )
    async def test_anything_else_is_dropped(self, alices: Client, frame: dict[str, Any]) -> None:
        async with registered(alices) as page:
            await page.says(**frame)
            assert await page.hears_nothing()

    async def test_too_much_of_it_ends_the_socket(self, alices: Client) -> None:
        async with registered(alices) as page:
            for _ in range(consumers.QUESTIONS + 1):
                await page.says(text="x")
            assert await page.is_closed() == consumers.TOO_MUCH


class TestLeaving:
    async def test_leaves_nothing_behind(self, alice: User, alices: Client) -> None:
        """Also when words and the goodbye come at the same moment."""
        await _come_and_go(alice, alices)
        layer: Any = get_channel_layer()
        assert layer._get_layer().channels == {}
        assert layer._get_layer().groups == {}

    async def test_channels_alone_would_leave_some(
        self, alice: User, alices: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The twin: the layer cleans up only after a reader who is cancelled while waiting."""
        monkeypatch.setattr(pubsub.LoopLayer, "forget", _nothing)
        await _come_and_go(alice, alices)
        layer: Any = get_channel_layer()
        assert layer._get_layer().channels != {}


async def _nothing(*_: Any) -> None:
    pass


async def _come_and_go(user: User, client: Client) -> None:
    layer: Any = get_channel_layer()
    for _ in range(20):
        async with registered(client):
            said = (layer.group_send(live.group(user.pk), {"type": "live.deaf"}) for _ in range(5))
            await asyncio.gather(*said)


class TestFragmentsForWhoWasSignedOut:
    def test_send_the_whole_page_to_the_sign_in(self, charlies: Client) -> None:
        headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/projects/?page=2"}
        answer = charlies.get(reverse("projects:dashboard"), headers=headers)
        assert answer.status_code == 401
        assert answer["HX-Redirect"] == f"{reverse('account_login')}?next=/projects/"


def _let_settle(user: User) -> None:
    """As if the last word to this person had been long ago."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.delete(pubsub.stirred("echoes", live.group(user.pk)))
