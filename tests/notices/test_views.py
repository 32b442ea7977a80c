from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from echoes.kernel import clock
from notices import exports, leaving, notices, queries
from notices.models import Notice, Wish
from projects import projects
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def several(user: User, number: int) -> list[Notice]:
    project = factories.project(by=user)
    return [
        notices.give(
            owner_id=user.pk, key=f"{user.pk} {place}", topic="clips", words=f"Word {place}.", project=project
        )
        for place in range(number)
    ]


class TestBell:
    def test_counts_what_nobody_has_looked_at(self, alice: User, alices: Client) -> None:
        several(alice, 3)
        assert 'aria-label="Notices, 3 new"' in alices.get(reverse("notices:bell")).text

    def test_says_no_number_that_nobody_would_read(self, alice: User, alices: Client) -> None:
        several(alice, 120)
        assert "Notices, 99+ new" in alices.get(reverse("notices:bell")).text

    def test_is_one_query_of_any_page(self, alice: User) -> None:
        several(alice, 5)
        with CaptureQueriesContext(connection) as asked:
            assert queries.bell(alice, now=clock.now()).count == 5
        assert len(asked) == 1

    def test_tells_by_itself_only_what_is_fresh_and_was_not_told(self, alice: User, alices: Client) -> None:
        old, shown, new = several(alice, 3)
        Notice.objects.filter(pk=old.pk).update(created_at=clock.now() - timedelta(hours=2))
        notices.mark(by=alice, shown=[shown.pk], seen=[], now=clock.now())
        told = queries.bell(alice, now=clock.now()).told
        assert [line.id for line in told if line.is_fresh] == [new.pk]

    def test_knows_nothing_of_others(self, bob: User, alices: Client) -> None:
        several(bob, 1)
        assert "Word" not in alices.get(reverse("notices:bell")).text


class TestTold:
    def test_writes_down_what_was_shown_and_seen(self, alice: User, alices: Client) -> None:
        first, second = several(alice, 2)
        alices.post(reverse("notices:told"), {"shown": f"{first.pk} nonsense", "seen": str(second.pk)})
        first.refresh_from_db()
        second.refresh_from_db()
        assert first.shown_at
        assert first.seen_at is None
        assert second.seen_at

    def test_touches_nothing_of_others(self, bob: User, alices: Client) -> None:
        [notice] = several(bob, 1)
        alices.post(reverse("notices:told"), {"shown": str(notice.pk), "seen": str(notice.pk)})
        notice.refresh_from_db()
        assert (notice.shown_at, notice.seen_at) == (None, None)


class TestAll:
    def test_is_read_in_pages_without_gaps(self, alice: User, alices: Client) -> None:
        several(alice, queries.PAGE + 5)
        first = alices.get(reverse("notices:all")).context["page"]
        second = alices.get(reverse("notices:all"), {"after": first.older}).context["page"]
        assert len(first.lines) == queries.PAGE
        assert [line.words for line in second.lines] == [f"Word {place}." for place in (4, 3, 2, 1, 0)]
        assert second.older == ""

    def test_begins_at_its_beginning_for_a_key_that_nobody_gave_out(
        self, alice: User, alices: Client
    ) -> None:
        several(alice, 1)
        assert "Word 0." in alices.get(reverse("notices:all"), {"after": "nonsense"}).text

    def test_takes_as_many_queries_for_many_as_for_one(self, alice: User, alices: Client) -> None:
        counts = []
        for number in (1, 20):
            Notice.objects.all().delete()
            several(alice, number)
            with CaptureQueriesContext(connection) as asked:
                alices.get(reverse("notices:all"))
            counts.append(len(asked))
        assert counts[0] == counts[1]

    def test_teaches_what_will_stand_here(self, alices: Client) -> None:
        assert "Nothing to tell yet" in alices.get(reverse("notices:all")).text

    def test_leads_nowhere_that_was_removed(self, alice: User, alices: Client) -> None:
        [notice] = several(alice, 1)
        assert notice.project
        projects.remove(project=notice.project, now=clock.now())
        assert "Word" not in alices.get(reverse("notices:all")).text

    def test_is_seen_by_a_button_without_script(self, alice: User, alices: Client) -> None:
        several(alice, 2)
        answer = alices.post(reverse("notices:seen"))
        assert answer["Location"] == reverse("notices:all")
        assert not Notice.objects.filter(seen_at=None).exists()


class TestWishes:
    def test_are_a_part_of_the_settings(self, alices: Client) -> None:
        assert reverse("notices:wishes") in alices.get(reverse("accounts:settings")).text

    def test_are_saved_with_and_without_script(self, alice: User, alices: Client) -> None:
        part = alices.post(reverse("notices:wishes"), headers={"HX-Request": "true"})
        assert "Saved: no more mails." in part.text
        assert not notices.wants_mail(user_id=alice.pk)
        assert alices.post(reverse("notices:wishes"), {"mail": "on"})["Location"] == reverse(
            "accounts:settings"
        )
        assert notices.wants_mail(user_id=alice.pk)


class TestLeaving:
    def test_takes_all_of_it_along_and_leaves_nothing(self, alice: User, bob: User) -> None:
        several(alice, 2)
        several(bob, 1)
        notices.wish(user_id=alice.pk, mail=False)
        told, wishes = exports.owned(user=alice)
        assert "Word 1." in told.text
        assert '"notices_by_mail": false' in wishes.text
        leaving.forget(user=alice, now=clock.now())
        assert list(Notice.objects.values_list("owner", flat=True)) == [bob.pk]
        assert not Wish.objects.exists()


class TestForgetOld:
    def test_lets_go_of_what_is_a_season_old(self, alice: User) -> None:
        old, _ = several(alice, 2)
        Notice.objects.filter(pk=old.pk).update(created_at=clock.now() - timedelta(days=91))
        assert notices.forget_old(now=clock.now()) == 1
        assert Notice.objects.count() == 1
