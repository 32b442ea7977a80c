"""Signing up, in, and choosing a new password: what works, and what strangers cannot learn from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests import cast
from tests.accounts.conftest import mailed_code, prove

NEW = "new@example.org"


def sign_up(client: Client, email: str) -> Any:
    return client.post(reverse("account_signup"), {"email": email, "password1": cast.PASSWORD})


def sign_in(client: Client, email: str, password: str = cast.PASSWORD) -> Any:
    return client.post(reverse("account_login"), {"login": email, "password": password})


def confirm(client: Client, code: str) -> Any:
    return client.post(reverse("account_email_verification_sent"), {"code": code})


def is_in(client: Client) -> bool:
    return client.get(reverse("projects:dashboard")).status_code == 200


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each password that was hashed: nearly all the time that such a request takes."""
    counted: list[str] = []
    encode = PBKDF2PasswordHasher.encode

    def count(self: Any, password: str, *words: Any, **more: Any) -> str:
        counted.append(password)
        return encode(self, password, *words, **more)

    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", count)
    return counted


class TestSigningUp:
    def test_asks_for_the_code_of_a_mail_and_then_lets_in(self, charlies: Client) -> None:
        answer = sign_up(charlies, NEW)
        assert answer["Location"] == reverse("account_email_verification_sent")
        assert not is_in(charlies)
        answer = confirm(charlies, mailed_code())
        assert answer["Location"] == reverse("projects:dashboard")
        assert is_in(charlies)
        assert EmailAddress.objects.get(email=NEW).verified

    def test_says_where_the_mail_is_when_none_leaves_the_machine(self, db: Any) -> None:
        client = Client(headers={"host": "localhost"})
        sign_up(client, NEW)
        page = client.get(reverse("account_email_verification_sent")).text
        assert reverse("mailbox") in page
        assert "Enter the code" in client.get(reverse("mailbox")).text
        assert "Enter the code" not in Client(headers={"host": "localhost"}).get(reverse("mailbox")).text
        assert NEW in page

    def test_takes_no_other_code_and_only_three_tries(self, charlies: Client) -> None:
        sign_up(charlies, NEW)
        code = mailed_code()
        for _ in range(2):
            assert "not the code that we sent" in confirm(charlies, "AAAA-AAAA").text
        confirm(charlies, "AAAA-AAAA")
        confirm(charlies, code)
        assert not is_in(charlies)

    def test_asks_for_a_code_again_when_somebody_comes_back_without_having_given_it(
        self, charlies: Client, nothing_counted: Callable[[], None]
    ) -> None:
        sign_up(charlies, NEW)
        first, later = mailed_code(), Client()
        assert "tried too often" in sign_in(later, NEW).text  # one mail in ten seconds
        nothing_counted()
        assert sign_in(later, NEW)["Location"] == reverse("account_email_verification_sent")
        assert mailed_code() != first
        confirm(later, mailed_code())
        assert is_in(later)

    def test_sends_the_code_as_text_and_as_html(self, charlies: Client) -> None:
        sign_up(charlies, NEW)
        sent: Any = mail.outbox[-1]
        html, kind = sent.alternatives[0]
        assert kind == "text/html"
        assert f"<h1>{mailed_code()}</h1>" in html
        assert mailed_code() in sent.subject

    def test_refuses_a_weak_password_with_a_sentence_and_keeps_the_address(self, charlies: Client) -> None:
        page = charlies.post(reverse("account_signup"), {"email": NEW, "password1": "12345"}).text
        assert "too short" in page
        assert f'value="{NEW}"' in page

    def test_says_what_a_password_must_be_in_one_line(self, charlies: Client) -> None:
        page = charlies.get(reverse("account_signup")).text
        assert page.count("At least 8 characters.") == 1
        assert "commonly used" not in page
        assert "placeholder" not in page

    def test_asks_for_the_code_where_the_cursor_is(self, charlies: Client) -> None:
        sign_up(charlies, NEW)
        page = charlies.get(reverse("account_email_verification_sent")).text
        field = page.split('name="code"')[1].split(">")[0]
        assert 'autocomplete="one-time-code"' in field
        assert "autofocus" in field
        assert "placeholder" not in field


class TestStrangers:
    """Nobody learns whether an address has an account: same answers, as many mails, as much work."""

    def _trace(self, act: Any, hashes: list[str]) -> tuple[Any, ...]:
        mail.outbox.clear()
        hashes.clear()
        answer = act()
        page = Client()
        page.cookies = answer.client.cookies
        location = answer.get("Location", "")
        shown = page.get(location).text if location else answer.text
        return answer.status_code, location, shown, len(mail.outbox), len(hashes)

    def test_learn_nothing_from_signing_up(self, alice: User, hashes: list[str]) -> None:
        known = self._trace(lambda: sign_up(Client(), alice.email), hashes)
        unknown = self._trace(lambda: sign_up(Client(), NEW), hashes)
        assert _alike(known, alice.email) == _alike(unknown, NEW)
        assert known[3:] == (1, 1)

    def test_learn_nothing_from_a_code_that_is_wrong(self, alice: User) -> None:
        pages = []
        for email in (alice.email, NEW):
            client = Client()
            sign_up(client, email)
            pages.append(_alike((confirm(client, "AAAA-AAAA").text,), email))
        assert pages[0] == pages[1]

    def test_learn_nothing_from_signing_in(self, alice: User, hashes: list[str]) -> None:
        known = self._trace(lambda: sign_in(Client(), alice.email, "wrong"), hashes)
        unknown = self._trace(lambda: sign_in(Client(), NEW, "wrong"), hashes)
        assert _alike(known, alice.email) == _alike(unknown, NEW)
        assert known[3:] == (0, 1)

    def test_learn_nothing_from_asking_for_a_new_password(self, alice: User, hashes: list[str]) -> None:
        def ask(email: str) -> Any:
            return Client().post(reverse("account_reset_password"), {"email": email})

        known = self._trace(lambda: ask(alice.email), hashes)
        unknown = self._trace(lambda: ask(NEW), hashes)
        assert _alike(known, alice.email) == _alike(unknown, NEW)
        assert known[3:] == (1, 0)

    def test_learn_nothing_from_wanting_anothers_address(
        self, alice: User, bob: User, alices: Client, nothing_counted: Callable[[], None]
    ) -> None:
        answers = []
        for wanted in (bob.email, NEW):
            prove(alices)
            answer = alices.post(reverse("account_email"), {"action_add": "", "email": wanted})
            answers.append((answer.status_code, answer["Location"], len(mail.outbox)))
            mail.outbox.clear()
            nothing_counted()
        assert answers[0] == answers[1]

    def test_cannot_take_an_account_by_signing_up_again(self, alice: User, charlies: Client) -> None:
        charlies.post(reverse("account_signup"), {"email": alice.email, "password1": "another horse"})
        assert "has an account already" in str(mail.outbox[-1].body)
        assert sign_in(Client(), alice.email).status_code == 302
        assert User.objects.filter(email=alice.email).count() == 1


class TestANewPassword:
    def test_is_chosen_by_a_link_that_works_once(self, alice: User, charlies: Client) -> None:
        charlies.post(reverse("account_reset_password"), {"email": alice.email})
        link = next(word for word in str(mail.outbox[-1].body).split() if "/password/reset/key/" in word)
        form = charlies.get(link, follow=True)
        words = {"password1": "another horse", "password2": "another horse"}
        charlies.post(form.redirect_chain[-1][0], words)
        assert sign_in(Client(), alice.email, "another horse").status_code == 302
        assert "used already" in Client().get(link, follow=True).text

    def test_is_told_by_mail(self, alice: User, alices: Client) -> None:
        words = {"oldpassword": cast.PASSWORD, "password1": "another horse", "password2": "another horse"}
        alices.post(reverse("account_change_password"), words)
        assert mail.outbox[-1].subject == "Your password was changed"
        assert "127.0.0.1" in str(mail.outbox[-1].body)


def _alike(trace: tuple[Any, ...], email: str) -> tuple[Any, ...]:
    """What was seen, without the address that was asked about and without what is new each time."""
    import re

    def plain(seen: Any) -> Any:
        if not isinstance(seen, str):
            return seen
        seen = seen.replace(email, "…")
        return re.sub(r'(csrfmiddlewaretoken" value|name="csrf" content|nonce)="[^"]*"', "", seen)

    return tuple(plain(seen) for seen in trace)
