from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from asgiref.sync import sync_to_async
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts import languages, leaving
from accounts.models import User
from echoes import consumers
from echoes.kernel import clock
from echoes.kernel.errors import EchoesError
from tests import cast, factories
from tests.accounts.conftest import prove
from tests.accounts.test_sessions import is_in, signed_in
from tests.echoes.test_live import registered

pytestmark = pytest.mark.django_db(transaction=True)

LET_GO: list[str] = []


def let_go(*, user: User, now: datetime) -> None:
    """What an app does of its own when somebody leaves."""
    assert not User.objects.get(pk=user.pk).is_active
    LET_GO.append(user.email)


def stumble(*, user: User, now: datetime) -> None:
    if user.email == "bob@example.org":
        raise OSError("the disk is full")


def still_at_work(*, user: User, now: datetime) -> None:
    raise EchoesError("A film is still being made.")


@pytest.fixture(autouse=True)
def _apps(settings: Any) -> None:
    LET_GO.clear()
    settings.LEAVING = ["tests.accounts.test_leaving.let_go"]


def in_a_week() -> datetime:
    return clock.now() + leaving.GRACE + timedelta(seconds=1)


class TestAsking:
    def test_asks_who_it_is_first(self, alice: User) -> None:
        client = signed_in(alice)
        for answer in (client.get(reverse("accounts:leave")), client.post(reverse("accounts:leave"))):
            assert answer["Location"].startswith(reverse("account_reauthenticate"))
        alice.refresh_from_db()
        assert alice.leaving_at is None

    def test_goes_on_after_the_password(self, alice: User) -> None:
        client = signed_in(alice)
        door = client.post(reverse("accounts:leave"))["Location"]
        client.post(door, {"password": cast.PASSWORD}, follow=True)
        alice.refresh_from_db()
        assert alice.leaving_at is not None

    def test_refuses_who_comes_by_google_alone_and_signed_in_long_ago(self, alice: User) -> None:
        client = signed_in(alice)
        alice.set_unusable_password()
        alice.save()
        client.force_login(alice)
        session = client.session
        session["account_authentication_methods"] = []
        session.save()
        page = client.post(reverse("accounts:leave"), follow=True)
        assert "Sign out, sign in with Google again" in " ".join(page.text.split())
        alice.refresh_from_db()
        assert alice.leaving_at is None

    def test_sets_the_day_and_says_so_by_mail(self, alice: User) -> None:
        client = signed_in(alice)
        prove(client)
        client.post(reverse("accounts:leave"))
        alice.refresh_from_db()
        left = alice.leaving_at - clock.now()
        assert timedelta(days=6, hours=23) < left <= timedelta(days=7)
        assert mail.outbox[-1].to == [alice.email]
        assert f"{alice.leaving_at:%B}" in mail.outbox[-1].subject

    def test_writes_in_the_language_of_whoever_leaves(self, alice: User) -> None:
        languages.choose(user=alice, code="de")
        alice.refresh_from_db()
        day = leaving.ask(user=alice, now=datetime(2026, 3, 5, 12, tzinfo=UTC))
        leaving.sweep(now=day + timedelta(seconds=1))
        asked, done = mail.outbox
        assert (asked.subject, done.subject) == ("Du verlässt Echoes am 12. März", "Dein Konto ist gelöscht")
        assert "Am 12. März 2026, 12:00 UTC entfernen wir deine Fotos" in asked.body
        assert "drücke „Bleiben“:" in asked.body
        for sent in (asked, done):
            assert '<html lang="de">' in sent.alternatives[0][0]  # type: ignore[attr-defined]
        assert languages.current() == "en"

    def test_is_kept_up_by_no_mail_server(self, alice: User, settings: Any) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # where nobody listens
        assert leaving.ask(user=alice, now=clock.now())
        alice.refresh_from_db()
        assert alice.leaving_at is not None

    def test_again_does_not_move_the_day(self, alice: User) -> None:
        first = leaving.ask(user=alice, now=clock.now())
        assert leaving.ask(user=alice, now=clock.now() + timedelta(days=1)) == first
        assert len(mail.outbox) == 1


class TestTheWeek:
    def test_goes_on_as_before_with_a_bar_that_leads_back(self, alice: User) -> None:
        leaving.ask(user=alice, now=clock.now())
        client = signed_in(alice)
        page = client.get(reverse("projects:dashboard")).text
        assert "Your account ends on" in page
        assert reverse("accounts:stay") in page

    def test_ends_with_staying(self, alice: User) -> None:
        leaving.ask(user=alice, now=clock.now())
        client = signed_in(alice)
        client.post(reverse("accounts:stay"))
        assert "Your account ends on" not in client.get(reverse("projects:dashboard")).text
        leaving.sweep(now=in_a_week())
        assert User.objects.filter(pk=alice.pk).exists()
        assert mail.outbox[-1].subject == "You stay"

    def test_is_not_cut_short(self, alice: User) -> None:
        leaving.ask(user=alice, now=clock.now())
        leaving.sweep(now=clock.now() + timedelta(days=6, hours=23))
        assert User.objects.get(pk=alice.pk).is_active
        assert LET_GO == []

    def test_cannot_be_ended_when_it_is_over(self, alice: User) -> None:
        leaving.ask(user=alice, now=clock.now())
        with pytest.raises(leaving.TooLateToStay):
            leaving.stay(user=alice, now=in_a_week())


class TestTheDay:
    def test_leaves_nothing_of_the_person(self, alice: User) -> None:
        client = signed_in(alice)
        factories.project(by=alice)
        leaving.ask(user=alice, now=clock.now())
        leaving.sweep(now=in_a_week())
        assert _rows_of(alice.pk) == {}
        assert not EmailAddress.objects.exists()
        assert not UserSession.objects.exists()
        assert not is_in(client)

    def test_lets_every_app_let_go_first(self, alice: User) -> None:
        leaving.ask(user=alice, now=clock.now())
        leaving.sweep(now=in_a_week())
        assert [alice.email] == LET_GO

    def test_says_goodbye_by_mail(self, alice: User) -> None:
        leaving.ask(user=alice, now=clock.now())
        leaving.sweep(now=in_a_week())
        assert mail.outbox[-1].to == [alice.email]
        assert mail.outbox[-1].subject == "Your account is gone"

    def test_leaves_others_alone(self, alice: User, bob: User) -> None:
        leaving.ask(user=alice, now=clock.now())
        leaving.sweep(now=in_a_week())
        assert User.objects.get().email == bob.email

    def test_of_one_that_stumbles_keeps_no_other_back_and_comes_again(
        self, alice: User, bob: User, settings: Any
    ) -> None:
        settings.LEAVING = ["tests.accounts.test_leaving.stumble"]
        for person in (bob, alice):
            leaving.ask(user=person, now=clock.now())
        leaving.sweep(now=in_a_week())
        assert User.objects.get().email == bob.email
        settings.LEAVING = []
        leaving.sweep(now=in_a_week())
        assert not User.objects.exists()

    def test_may_come_to_two_clocks_at_once(self, alice: User) -> None:
        leaving.ask(user=alice, now=clock.now())
        threads = [threading.Thread(target=_sweep) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not User.objects.exists()
        assert [sent.subject for sent in mail.outbox].count("Your account is gone") == 1

    async def test_ends_sessions_and_sockets(self, alice: User) -> None:
        client = await sync_to_async(signed_in)(alice)
        await sync_to_async(leaving.ask)(user=alice, now=clock.now())
        async with registered(client) as page:
            await sync_to_async(leaving.sweep)(now=in_a_week())
            assert await page.is_closed() == consumers.SIGNED_OUT

    def test_a_mail_server_that_is_away_keeps_nobody(
        self, alice: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        leaving.ask(user=alice, now=clock.now())
        monkeypatch.setattr("accounts.mail.send", _refuse)
        leaving.sweep(now=in_a_week())
        assert not User.objects.exists()

    def test_can_be_brought_on_by_staff(self, alice: User, robins: Client) -> None:
        path = reverse("admin:accounts_user_delete", args=[alice.pk])
        robins.post(path, {"post": "yes"})
        assert not User.objects.get(pk=alice.pk).is_active
        leaving.sweep(now=clock.now())
        assert not User.objects.filter(pk=alice.pk).exists()
        assert [alice.email] == LET_GO

    def test_is_brought_on_by_staff_whatever_there_is(
        self, alice: User, robins: Client, tmp_path: Any
    ) -> None:
        """The admin alone would refuse: a clip protects its photo."""
        factories.film(tmp_path, project=factories.project(by=alice))
        path = reverse("admin:accounts_user_delete", args=[alice.pk])
        assert "Are you sure" in robins.get(path).text
        robins.post(path, {"post": "yes"})
        assert not User.objects.get(pk=alice.pk).is_active

    def test_is_put_off_without_alarm_while_something_is_at_work(
        self, alice: User, settings: Any, caplog: Any
    ) -> None:
        settings.LEAVING = ["tests.accounts.test_leaving.still_at_work"]
        leaving.ask(user=alice, now=clock.now())
        leaving.sweep(now=in_a_week())
        assert not User.objects.get(pk=alice.pk).is_active
        assert [record.levelname for record in caplog.records if record.name == "accounts.leaving"] == [
            "INFO"
        ]


def _refuse(*_: Any, **__: Any) -> None:
    raise OSError("no answer")


def _sweep() -> None:
    try:
        leaving.sweep(now=in_a_week())
    finally:
        connection.close()


def _rows_of(pk: int) -> dict[str, int]:
    """The tables that still hold something of a person, by every foreign key that there is."""
    left = {}
    for relation in User._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete:
            model: Any = relation.related_model
            if found := model._base_manager.filter(**{relation.field.name: pk}).count():  # type: ignore[union-attr]
                left[model._meta.label] = found
    return left
