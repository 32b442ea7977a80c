"""Signing in with Google: allauth's provider, spoken to as Google speaks (tests/contracts/google.py)."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialToken
from allauth.socialaccount.providers.google import views as google_views
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.accounts.conftest import mailed_code
from tests.accounts.test_sessions import is_in
from tests.contracts import google as googles
from tests.contracts.google import Google

pytestmark = pytest.mark.django_db

NEW = {
    "sub": "1001",
    "email": "grace@gmail.example",
    "email_verified": True,
    "given_name": "Grace",
    "family_name": "Hopper",
}


@pytest.fixture(scope="module")
def running() -> Iterator[Google]:
    with googles.running() as google:
        yield google


@pytest.fixture
def google(running: Google, monkeypatch: pytest.MonkeyPatch) -> Google:
    adapter = google_views.GoogleOAuth2Adapter
    monkeypatch.setattr(adapter, "authorize_url", f"{running.url}/auth")
    monkeypatch.setattr(adapter, "access_token_url", f"{running.url}/token")
    monkeypatch.setattr(google_views, "ID_TOKEN_ISSUER", running.url)
    running.registered = {"http://testserver" + googles.CALLBACK}
    running.person, running.consents, running.tamper = dict(NEW), True, lambda claims: None
    running.refused.clear()
    return running


def ask(client: Client, **words: str) -> str:
    """Press the button; gives the address at Google's that the browser is sent to."""
    query = {"process": "login"} | words
    answer = client.post(reverse("google_login", query=query))
    assert answer.status_code == 302
    return str(answer["Location"])


def come_back(client: Client, asked: str) -> Any:
    """What the browser does at Google's, and with what Google answers."""
    opener = urllib.request.build_opener(_Stay)
    with opener.open(asked) as answer:
        back = answer.headers["Location"]
    return client.get(back.removeprefix("http://testserver"))


def go(client: Client, **words: str) -> Any:
    return come_back(client, ask(client, **words))


class TestNewcomer:
    def test_whose_address_google_knows_is_in_at_once(self, google: Google, charlies: Client) -> None:
        assert go(charlies)["Location"] == reverse("projects:dashboard")
        person = User.objects.get(email=NEW["email"])
        assert person.name == "Grace Hopper"
        assert not person.has_usable_password()
        assert EmailAddress.objects.get(user=person).verified
        assert google.refused == []

    def test_whose_address_google_does_not_vouch_for_needs_the_code(
        self, google: Google, charlies: Client
    ) -> None:
        google.person["email_verified"] = False
        assert go(charlies)["Location"] == reverse("account_email_verification_sent")
        assert not is_in(charlies)
        charlies.post(reverse("account_email_verification_sent"), {"code": mailed_code()})
        assert is_in(charlies)

    def test_comes_back_to_the_same_account(self, google: Google, charlies: Client) -> None:
        go(charlies)
        google.person["email"] = "grace@elsewhere.example"
        go(Client())
        assert User.objects.count() == 1


class TestSomebodyWeKnow:
    def test_is_connected_when_both_have_verified_the_address(
        self, google: Google, alice: User, charlies: Client
    ) -> None:
        google.person["email"] = alice.email
        go(charlies)
        assert is_in(charlies)
        assert SocialAccount.objects.get().user == alice
        assert User.objects.count() == 1

    def test_is_not_opened_by_an_address_that_google_does_not_vouch_for(
        self, google: Google, alice: User, charlies: Client
    ) -> None:
        google.person |= {"email": alice.email, "email_verified": False}
        go(charlies)
        assert not is_in(charlies)
        assert not SocialAccount.objects.exists()

    def test_whose_address_somebody_else_had_signed_up_with_gets_it_without_their_password(
        self, google: Google, charlies: Client, nothing_counted: Callable[[], None]
    ) -> None:
        """Whoever signed up first, without the code, does not keep a way in."""
        words = {"email": NEW["email"], "password1": "the squatter's own"}
        Client().post(reverse("account_signup"), words)
        nothing_counted()
        go(charlies)
        charlies.post(reverse("account_email_verification_sent"), {"code": mailed_code()})
        assert is_in(charlies)
        person = User.objects.get(email=NEW["email"])
        assert not person.check_password("the squatter's own")

    def test_connects_from_the_settings_and_hears_of_it(
        self, google: Google, alice: User, alices: Client
    ) -> None:
        session = alices.session
        _just_signed_in(session, alice)
        go(alices, process="connect")
        assert SocialAccount.objects.get().user == alice
        assert mail.outbox[-1].subject == "Google is connected"

    def test_keeps_one_way_in(self, google: Google, charlies: Client) -> None:
        go(charlies)
        account = SocialAccount.objects.get()
        page = charlies.post(reverse("socialaccount_connections"), {"account": account.pk})
        assert "Set a password first" in page.text
        assert SocialAccount.objects.exists()


class TestQuestion:
    def test_is_pkce_with_a_state_and_asks_for_no_more_than_needed(
        self, google: Google, charlies: Client
    ) -> None:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(ask(charlies)).query).items()}
        assert asked["code_challenge_method"] == "S256"
        assert len(asked["code_challenge"]) == 43
        assert asked["state"]
        assert set(asked["scope"].split()) == {"openid", "profile", "email"}

    def test_needs_a_form(self, google: Google, charlies: Client) -> None:
        assert charlies.get(reverse("google_login")).status_code == 200

    def test_leaves_no_token_with_us(self, google: Google, charlies: Client) -> None:
        go(charlies)
        assert not SocialToken.objects.exists()

    def test_is_offered_where_people_sign_in_and_up(self, charlies: Client) -> None:
        for name in ("account_login", "account_signup"):
            assert "Go on with Google" in charlies.get(reverse(name)).text

    def test_is_not_offered_without_a_key(self, charlies: Client, settings: Any) -> None:
        settings.SOCIALACCOUNT_PROVIDERS = {}
        for name in ("account_login", "account_signup"):
            assert "Google" not in charlies.get(reverse(name)).text


class TestAnswer:
    @pytest.mark.parametrize("claims", [{"iss": "http://evil.example"}, {"aud": "another site"}, {"exp": 1}])
    def test_that_is_not_meant_for_us_is_not_believed(
        self, google: Google, charlies: Client, claims: dict[str, Any]
    ) -> None:
        google.tamper = lambda told: told.update(claims)
        answer = go(charlies)
        assert answer.status_code == 401
        assert "did not work with Google" in answer.text
        assert not User.objects.exists()

    def test_of_another_browser_is_not_believed(self, google: Google, charlies: Client) -> None:
        answer = come_back(Client(), ask(charlies))
        assert answer.status_code == 401
        assert not User.objects.exists()

    def test_works_once(self, google: Google, charlies: Client) -> None:
        asked = ask(charlies)
        opener = urllib.request.build_opener(_Stay)
        with opener.open(asked) as answer:
            back = answer.headers["Location"].removeprefix("http://testserver")
        charlies.get(back)
        charlies.post(reverse("account_logout"))
        assert charlies.get(back).status_code == 401

    def test_no_is_taken_for_a_no(self, google: Google, charlies: Client) -> None:
        google.consents = False
        assert "did not go on with Google" in charlies.get(go(charlies)["Location"]).text


class TestContract:
    """The stand-in is strict: without what we do it refuses."""

    def test_refuses_a_verifier_that_does_not_fit(self, google: Google, charlies: Client) -> None:
        asked = ask(charlies)
        sent = parse_qs(urlsplit(asked).query)["code_challenge"][0]
        answer = come_back(charlies, asked.replace(sent, googles.challenge("somebody else's")))
        assert answer.status_code == 401
        assert google.refused == ["invalid_grant: the verifier does not fit"]

    def test_refuses_a_wrong_secret(
        self, google: Google, charlies: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = ask(charlies)
        monkeypatch.setattr(googles, "CLIENT_SECRET", "another")
        assert come_back(charlies, asked).status_code == 401
        assert google.refused == ["invalid_client"]


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None

    def http_error_302(self, request: Any, answer: Any, *_: Any) -> Any:
        return answer


def _just_signed_in(session: Any, user: User) -> None:
    import time

    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time(), "reauthenticated": True}
    ]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
