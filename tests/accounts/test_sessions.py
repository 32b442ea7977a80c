from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from accounts import sessions
from accounts.models import User
from echoes import consumers
from echoes.kernel import clock, live
from tests import cast
from tests.echoes.test_live import registered

CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
)
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:147.0) Gecko/20100101 Firefox/147.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/19.0 Mobile/15E148 Safari/604.1"
)


def signed_in(user: User, user_agent: str = CHROME) -> Client:
    """By the page, as people are."""
    client = Client(headers={"User-Agent": user_agent})
    words = {"login": user.email, "password": cast.PASSWORD}
    assert client.post(reverse("account_login"), words).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get(reverse("accounts:settings")).status_code == 200


def shown(client: Client) -> list[sessions.SignIn]:
    found: list[sessions.SignIn] = client.get(reverse("accounts:settings")).context["security"].sign_ins
    return found


def others(client: Client) -> list[int]:
    return [each.id for each in shown(client) if not each.is_here]


@pytest.mark.django_db
class TestList:
    def test_names_devices_this_one_first(self, alice: User) -> None:
        signed_in(alice, FIREFOX)
        here = signed_in(alice, PHONE)
        signed_in(alice)
        assert [(each.device, each.is_here) for each in shown(here)] == [
            ("Safari on iPhone", True),
            ("Chrome on Linux", False),
            ("Firefox on Windows", False),
        ]

    def test_shows_nobody_elses(self, alice: User, bob: User) -> None:
        signed_in(bob)
        assert len(shown(signed_in(alice))) == 1

    def test_leaves_out_what_has_ended(self, alice: User) -> None:
        here, there = signed_in(alice), signed_in(alice)
        there.post(reverse("account_logout"))
        assert len(shown(here)) == 1

    def test_leaves_out_what_a_new_password_has_ended(self, alice: User) -> None:
        here = signed_in(alice)
        signed_in(alice)
        words = {"oldpassword": cast.PASSWORD, "password1": "another horse", "password2": "another horse"}
        here.post(reverse("account_change_password"), words)
        assert [each.is_here for each in shown(here)] == [True]

    def test_takes_two_queries_however_many_there_are(
        self, alice: User, django_assert_num_queries: Any
    ) -> None:
        for _ in range(4):
            key = signed_in(alice).session.session_key
            with django_assert_num_queries(2):
                sessions.list_of(user=alice, here=key, now=clock.now())

    def test_escapes_what_a_browser_says_of_itself(self, alice: User) -> None:
        page = signed_in(alice, "<script>alert(1)</script>").get(reverse("accounts:settings")).text
        assert "<script>alert" not in page

    def test_replaces_allauths_own_page(self, alices: Client) -> None:
        assert alices.get("/accounts/sessions/")["Location"] == reverse("accounts:settings")


@pytest.mark.django_db
class TestEnding:
    def test_one_leaves_the_others(self, alice: User) -> None:
        here, second = signed_in(alice), signed_in(alice)
        third_id = max(others(here))
        signed_in(alice)
        here.post(reverse("accounts:end_session", args=[third_id]))
        assert (is_in(here), is_in(second)) == (True, False)
        assert len(others(here)) == 1

    def test_all_others_keeps_this_one(self, alice: User) -> None:
        here, *elsewhere = [signed_in(alice) for _ in range(3)]
        here.post(reverse("accounts:end_other_sessions"))
        assert is_in(here)
        assert not any(is_in(client) for client in elsewhere)

    def test_of_somebody_elses_does_not_happen(self, alice: User, bob: User) -> None:
        his = signed_in(bob)
        answer = signed_in(alice).post(reverse("accounts:end_session", args=[shown(his)[0].id]))
        assert answer.status_code == 404
        assert is_in(his)

    def test_needs_a_form(self, alice: User) -> None:
        assert signed_in(alice).get(reverse("accounts:end_other_sessions")).status_code == 405


@pytest.mark.django_db(transaction=True)
class TestSockets:
    async def test_of_a_session_that_is_ended_elsewhere_close(self, alice: User) -> None:
        here, there = [await sync_to_async(signed_in)(alice) for _ in range(2)]
        async with registered(here) as mine, registered(there) as other:
            await sync_to_async(here.post)(reverse("accounts:end_other_sessions"))
            assert await other.is_closed() == consumers.SIGNED_OUT
            assert await mine.hears_nothing()

    async def test_close_too_when_allauth_ends_the_session(self, alice: User) -> None:
        from allauth.usersessions.adapter import get_adapter

        there = await sync_to_async(signed_in)(alice)
        async with registered(there) as other:
            rows = await sync_to_async(lambda: list(UserSession.objects.filter(user=alice)))()
            await sync_to_async(get_adapter().end_sessions)(rows)
            assert await other.is_closed() == consumers.SIGNED_OUT

    async def test_would_stay_if_nobody_told_them(self, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
        """The twin."""
        monkeypatch.setattr(live, "recheck", lambda **words: None)
        here, there = [await sync_to_async(signed_in)(alice) for _ in range(2)]
        async with registered(there) as other:
            await sync_to_async(here.post)(reverse("accounts:end_other_sessions"))
            assert await other.hears_nothing()


@pytest.mark.django_db
class TestSweep:
    def test_forgets_what_has_run_out_and_where_it_was(self, alice: User) -> None:
        old, new = signed_in(alice), signed_in(alice)
        Session.objects.filter(session_key=old.session.session_key).update(expire_date=clock.now())
        sessions.sweep(now=clock.now())
        assert list(UserSession.objects.values_list("session_key", flat=True)) == [new.session.session_key]
        assert Session.objects.count() == 1
        assert is_in(new)


class TestDevice:
    @pytest.mark.parametrize(
        ("user_agent", "device"),
        [
            (CHROME, "Chrome on Linux"),
            (FIREFOX, "Firefox on Windows"),
            (PHONE, "Safari on iPhone"),
            (CHROME + " Edg/156.0", "Edge on Linux"),
            (re.sub("X11; Linux x86_64", "Linux; Android 16", CHROME), "Chrome on Android"),
            ("curl/8.9", "A browser"),
            ("", "A browser"),
        ],
    )
    def test_is_what_people_call_it(self, user_agent: str, device: str) -> None:
        assert sessions.device(user_agent) == device
