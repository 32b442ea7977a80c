from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts import languages
from accounts.models import User
from billing.pricing import NoPrice
from jobs.states import State
from tests import cast, factories, pictures

pytestmark = pytest.mark.django_db(transaction=True)

COOKIE = settings.LANGUAGE_COOKIE_NAME
NEW = "new@example.org"


def browser(accepts: str = "", *, of: User | None = None) -> Client:
    """One that asks for these languages, of somebody who is signed in or of a stranger."""
    client = Client(headers={"Accept-Language": accepts} if accepts else {})
    if of:
        client.force_login(of)
    return client


def choose(client: Client, code: str, **words: str) -> Any:
    return client.post(reverse("accounts:language"), {"language": code, **words})


def spoken(client: Client, name: str = "pricing") -> str:
    """What a page says of itself, and to the browser."""
    answer = client.get(reverse(name))
    [marked] = re.findall(r'<html lang="([^"]*)"', answer.text)
    assert answer["Content-Language"] == marked
    return str(marked)


def speak(user: User, code: str) -> User:
    languages.choose(user=user, code=code)
    user.refresh_from_db()
    return user


class TestAPage:
    @pytest.mark.parametrize(
        ("accepts", "language"),
        [("", "en"), ("de", "de"), ("de-AT,en;q=0.5", "de"), ("fr,es;q=0.8,de;q=0.5", "es"), ("fr", "en")],
    )
    def test_speaks_as_the_browser_asks_and_english_otherwise(self, accepts: str, language: str) -> None:
        assert spoken(browser(accepts)) == language

    def test_is_kept_apart_by_what_was_asked_for(self) -> None:
        assert "Accept-Language" in browser("de").get(reverse("pricing"))["Vary"]

    def test_says_every_language_by_its_own_name(self) -> None:
        page = browser("de").get(reverse("pricing")).text
        for code, name in settings.LANGUAGES:
            assert re.search(rf'value="{code}" lang="{code}"[^>]*>{name}</button>', page)
        assert re.findall(r'value="(\w+)"[^>]* aria-current="true"', page) == ["de"]

    def test_says_so_too_when_something_broke(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def break_down() -> None:
            raise RuntimeError

        monkeypatch.setattr("echoes.prices.page", break_down)
        client = browser("es")
        client.raise_request_exception = False
        page = client.get(reverse("pricing"))
        assert page.status_code == 500
        assert '<html lang="es">' in page.text
        assert "Algo se ha roto por nuestra parte" in page.text

    def test_is_looked_at_without_asking_who_it_is(self, alice: User, django_assert_num_queries: Any) -> None:
        client = browser(of=speak(alice, "de"))
        client.cookies[COOKIE] = "de"
        with django_assert_num_queries(0):
            assert client.get(reverse("fonts_css"))["Content-Language"] == "de"


class TestChoosing:
    def test_is_kept_by_the_browser_of_a_stranger(self) -> None:
        client = browser("en")
        answer = choose(client, "de", next=reverse("pricing"))
        assert (answer.status_code, answer["Location"]) == (302, reverse("pricing"))
        assert answer.cookies[COOKIE].value == "de"
        assert spoken(client) == "de"

    def test_is_kept_by_the_account_and_wins_on_every_device(self, alice: User) -> None:
        here, there = browser("en", of=alice), browser("es", of=alice)
        choose(here, "de")
        alice.refresh_from_db()
        assert alice.language == "de"
        assert spoken(here, "accounts:settings") == "de"
        assert spoken(there, "accounts:settings") == "de"

    def test_of_the_account_reaches_the_pages_that_are_open_to_all_by_the_cookie(self, alice: User) -> None:
        client = browser("es", of=speak(alice, "de"))
        assert spoken(client) == "es"
        answer = client.get(reverse("accounts:settings"))
        assert answer.cookies[COOKIE].value == "de"
        assert spoken(client) == "de"
        assert COOKIE not in client.get(reverse("accounts:settings")).cookies

    def test_of_the_account_wins_over_the_cookie_of_a_stranger(self, alice: User) -> None:
        client = browser()
        choose(client, "es")
        speak(alice, "de")
        client.force_login(alice)
        assert spoken(client, "accounts:settings") == "de"
        assert client.cookies[COOKIE].value == "de"

    def test_is_the_browsers_where_the_account_has_none(self, alice: User) -> None:
        assert spoken(browser("es", of=speak(alice, "")), "accounts:settings") == "es"

    @pytest.mark.parametrize("code", ["fr", "", "de-AT", "tlh", "../de"])
    def test_of_one_that_is_not_ours_changes_nothing(self, alice: User, code: str) -> None:
        for client in (browser("es"), browser("es", of=speak(alice, "de"))):
            assert COOKIE not in choose(client, code).cookies
            alice.refresh_from_db()
            assert alice.language == "de"
        assert spoken(browser("es")) == "es"

    @pytest.mark.parametrize("address", ["https://example.com/", "//example.com/", "javascript:alert(1)"])
    def test_leads_to_no_other_place(self, address: str) -> None:
        assert choose(browser(), "de", next=address)["Location"] == "/"

    def test_is_no_link(self, alice: User) -> None:
        client = browser(of=alice)
        assert client.get(reverse("accounts:language"), {"language": "de"}).status_code == 405
        alice.refresh_from_db()
        assert alice.language == "en"

    def test_is_no_other_sites_affair(self) -> None:
        assert choose(Client(enforce_csrf_checks=True), "de").status_code == 403


class TestANewAccount:
    def test_speaks_what_it_was_made_in(self) -> None:
        browser("de").post(reverse("account_signup"), {"email": NEW, "password1": cast.PASSWORD})
        assert User.objects.get(email=NEW).language == "de"
        assert mail.outbox[-1].subject.startswith("Dein Code für Echoes: ")


class TestAMail:
    def test_is_marked_with_its_language(self, alice: User) -> None:
        browser().post(reverse("account_reset_password"), {"email": speak(alice, "es").email})
        [(html, _)] = mail.outbox[-1].alternatives  # type: ignore[union-attr]
        assert '<html lang="es">' in str(html)

    def test_speaks_its_readers_language_whoever_asked_for_it(self, alice: User) -> None:
        browser("en").post(reverse("account_reset_password"), {"email": speak(alice, "de").email.upper()})
        assert mail.outbox[-1].subject == "Neues Passwort wählen"
        assert "Hier kannst du eines wählen:" in mail.outbox[-1].body

    def test_to_nobody_we_know_speaks_as_the_page(self) -> None:
        browser("de").post(reverse("account_reset_password"), {"email": NEW})
        assert mail.outbox[-1].subject == "Zu dieser Adresse gibt es kein Konto"


class TestWork:
    def test_that_fails_says_why_in_its_owners_language(
        self, alice: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(job: Any, work: Any) -> None:
            raise NoPrice

        monkeypatch.setattr("library.execution.ingest", refuse)
        job = factories.arrived(pictures.jpeg(tmp_path / "photo.jpg"), by=speak(alice, "de"))
        factories.drain()
        job.refresh_from_db()
        assert job.state == State.FAILED
        assert job.error_message.startswith("Diese Art, einen Clip zu machen, wird zurzeit nicht angeboten.")
        assert languages.current() == "en"


class TestSpeaking:
    def test_ends_with_what_it_is_for(self) -> None:
        with languages.speaking("de"):
            assert (languages.current(), str(NoPrice())[:10]) == ("de", "Diese Art,")
        assert languages.current() == "en"

    @pytest.mark.parametrize("code", ["", "fr", "xx"])
    def test_of_none_of_ours_is_english(self, code: str) -> None:
        with languages.speaking("de"), languages.speaking(code):
            assert languages.current() == "en"

    def test_knows_nothing_of_who_is_gone(self, alice: User) -> None:
        speak(alice, "de")
        assert (languages.of(alice.pk), languages.of_address("ALICE@example.org")) == ("de", "de")
        alice.delete()
        assert (languages.of(alice.pk), languages.of_address("alice@example.org")) == ("", "")
