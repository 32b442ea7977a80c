from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as outbox
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.urls import reverse

from accounts import languages
from accounts.models import User
from echoes.kernel import clock
from notices import links, mails, notices
from notices.models import Notice
from projects import projects
from projects.models import Project
from tests import factories
from tests.notices import made

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = 60.0


@pytest.fixture
def project(alice: User) -> Project:
    return factories.project(by=alice)


def sweep() -> list[Any]:
    """The mails of one look of the clock."""
    before = len(outbox.outbox)
    mails.sweep(now=clock.now())
    return outbox.outbox[before:]


class TestSweep:
    def test_waits_five_minutes_for_a_page_to_tell_it(
        self, project: Project, wait: Callable[[float], None]
    ) -> None:
        made.ready(made.film(project))
        assert sweep() == []
        wait(6 * MINUTE)
        [sent] = sweep()
        assert (sent.to, sent.subject) == (["alice@example.org"], "“Summer” is ready to watch.")
        film = Notice.objects.get().film
        assert film
        assert reverse("compiler:film", args=[film.pk]) in sent.body
        assert sweep() == []

    def test_writes_nothing_of_what_a_page_has_told(
        self, alice: User, project: Project, wait: Callable[[float], None]
    ) -> None:
        made.ready(made.film(project))
        notices.mark(by=alice, shown=[Notice.objects.get().pk], seen=[], now=clock.now())
        wait(6 * MINUTE)
        assert sweep() == []

    def test_writes_once_an_hour_for_a_project_and_then_all_of_it(
        self, project: Project, wait: Callable[[float], None]
    ) -> None:
        made.ready(made.film(project))
        wait(6 * MINUTE)
        assert len(sweep()) == 1
        made.ready(made.film(project, title="Autumn"))
        made.broken(made.film(project, title="Winter"))
        wait(30 * MINUTE)
        assert sweep() == []
        wait(31 * MINUTE)
        [sent] = sweep()
        assert sent.subject == "2 things are ready, or need a look"
        assert "“Autumn” is ready" in sent.body
        assert "“Winter” could not be made. The disk is full." in sent.body

    def test_writes_in_its_readers_language(
        self, alice: User, project: Project, wait: Callable[[float], None]
    ) -> None:
        languages.choose(user=alice, code="de")
        made.ready(made.film(project))
        wait(6 * MINUTE)
        [sent] = sweep()
        assert sent.subject == "„Summer“ ist bereit zum Ansehen."
        assert "Keine solchen Mails mehr, mit einem Klick:" in sent.body
        [(html, _)] = sent.alternatives
        assert '<html lang="de">' in html
        made.ready(made.film(project, title="Autumn"))
        made.broken(made.film(project, title="Winter"))
        wait(61 * MINUTE)
        assert [mail.subject for mail in sweep()] == ["2 Dinge sind fertig oder brauchen einen Blick"]
        assert languages.current() == "en"

    def test_writes_of_two_projects_apart(
        self, alice: User, project: Project, wait: Callable[[float], None]
    ) -> None:
        made.ready(made.film(project))
        made.ready(made.film(factories.project(by=alice, title="Other"), title="Other"))
        wait(6 * MINUTE)
        assert len(sweep()) == 2

    def test_writes_nothing_to_who_does_not_wish_it(
        self, alice: User, project: Project, wait: Callable[[float], None]
    ) -> None:
        notices.wish(user_id=alice.pk, mail=False)
        made.ready(made.film(project))
        wait(6 * MINUTE)
        assert sweep() == []

    def test_writes_to_confirmed_addresses_alone(self, wait: Callable[[float], None]) -> None:
        nobody = User.objects.create_user("machine@echoes.invalid")
        made.ready(made.film(factories.project(by=nobody)))
        wait(6 * MINUTE)
        assert sweep() == []

    def test_writes_nothing_of_a_project_that_was_removed(
        self, project: Project, wait: Callable[[float], None]
    ) -> None:
        made.ready(made.film(project))
        projects.remove(project=project, now=clock.now())
        wait(6 * MINUTE)
        assert sweep() == []

    def test_is_no_news_any_more_after_a_day(self, project: Project, wait: Callable[[float], None]) -> None:
        made.ready(made.film(project))
        wait(25 * 60 * MINUTE)
        assert sweep() == []

    def test_tries_again_when_the_mail_server_was_away(
        self, project: Project, wait: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made.ready(made.film(project))
        wait(6 * MINUTE)

        def away(self: Any, messages: Any) -> int:
            raise ConnectionRefusedError

        with monkeypatch.context() as broken:
            broken.setattr(EmailBackend, "send_messages", away)
            assert sweep() == []
        assert len(sweep()) == 1

    def test_is_not_sent_twice_when_the_claim_was_lost(
        self, alice: User, project: Project, wait: Callable[[float], None]
    ) -> None:
        """A second clock that chose the same person a moment later finds it claimed."""
        made.ready(made.film(project))
        wait(6 * MINUTE)
        now = clock.now()
        [whose] = mails._due(now=now)
        assert mails._send(*whose, now=now)
        assert not mails._send(*whose, now=now + timedelta(seconds=1))
        assert len(outbox.outbox) == 1


class TestHeaders:
    def test_offer_one_click_by_https(self, alice: User, project: Project, settings: Any) -> None:
        settings.PUBLIC_URL = "https://films.example"
        made.ready(made.film(project))
        sent = mails.message([Notice.objects.get()], to=alice.email)
        assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert re.fullmatch(
            r"<https://films\.example/notices/off/[^>]+>", sent.extra_headers["List-Unsubscribe"]
        )

    def test_cannot_be_broken_by_a_title(self, alice: User, project: Project) -> None:
        made.ready(made.film(project, title="Summer\nBcc: everybody@example.org"))
        sent = mails.message([Notice.objects.get()], to=alice.email)
        assert "\n" not in sent.subject
        assert "Bcc" not in sent.message()


class TestOff:
    def test_is_one_post_without_a_cookie_as_rfc_8058_has_it(self, alice: User) -> None:
        stranger = Client(enforce_csrf_checks=True)
        answer = stranger.post(_path(alice), {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        assert not notices.wants_mail(user_id=alice.pk)

    def test_changes_nothing_by_looking(self, alice: User) -> None:
        page = Client().get(_path(alice))
        assert "Do not write to me" in page.text
        assert notices.wants_mail(user_id=alice.pk)

    def test_can_be_taken_back(self, alice: User) -> None:
        Client().post(_path(alice))
        Client().post(_path(alice), {"again": "1"})
        assert notices.wants_mail(user_id=alice.pk)

    @pytest.mark.parametrize("change", [str.upper, lambda sealed: sealed[:-1], lambda sealed: f"9{sealed}"])
    def test_takes_no_other_link(self, alice: User, change: Callable[[str], str]) -> None:
        sealed = links.off_url(alice.pk).rstrip("/").rsplit("/", 1)[1]
        answer = Client().post(reverse("notices:off", args=[change(sealed)]))
        assert answer.status_code == 404
        assert notices.wants_mail(user_id=alice.pk)

    def test_is_quiet_about_somebody_who_has_left(self, alice: User) -> None:
        path = _path(alice)
        alice.delete()
        assert Client().post(path).status_code == 200


def _path(user: User) -> str:
    found = re.sub(r"^https?://[^/]+", "", links.off_url(user.pk))
    assert found.startswith("/notices/off/")
    return found
