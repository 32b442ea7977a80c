"""What the dashboard finds, in which order, and what that costs."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from clips import clips as clip_verbs
from clips.models import Take
from echoes import dashboard, tray
from echoes.dashboard import Wanted
from echoes.kernel import clock
from jobs import lifecycle
from library.models import Asset
from projects.models import Project
from tests import factories
from tests.notices import made

pytestmark = pytest.mark.django_db(transaction=True)


def found(user: User, **wanted: str) -> list[str]:
    return [card.title for card in dashboard.page(user, Wanted(**wanted), now=clock.now()).cards]


def many(user: User, number: int) -> None:
    """All changed at one moment, which is the hardest for a key."""
    now = clock.now()
    Project.objects.bulk_create(
        Project(owner=user, title=f"Film {place % 7}", created_at=now, updated_at=now)
        for place in range(number)
    )


def asked_for(project: Project, asset: Asset, *, user: User) -> Take:
    clip = clip_verbs.add(project=project, asset=asset, by=user, now=clock.now())
    return clip.takes.get()


def finish(take: Take, *, by: User, now: datetime) -> None:
    claimed = lifecycle.claim(take, now=now)
    lifecycle.succeed(claimed, now=now, key="a.mp4")


class TestPage:
    @pytest.mark.parametrize("sort", dashboard.SORTED)
    def test_shows_each_once_there_and_back(self, alice: User, sort: str) -> None:
        many(alice, 60)
        pages = [dashboard.page(alice, Wanted(sort=sort), now=clock.now())]
        while pages[-1].later:
            wanted = Wanted(sort=sort, after=pages[-1].later)
            pages.append(dashboard.page(alice, wanted, now=clock.now()))
        there = [[card.id for card in page.cards] for page in pages]
        assert sorted(map(len, there)) == [12, 24, 24]
        assert len({pk for page in there for pk in page}) == 60
        back = [pages[-1]]
        while back[-1].earlier:
            wanted = Wanted(sort=sort, before=back[-1].earlier)
            back.append(dashboard.page(alice, wanted, now=clock.now()))
        assert [[card.id for card in page.cards] for page in reversed(back)] == there

    def test_is_sorted_by_name_whatever_the_letters(self, alice: User) -> None:
        for title in ("beach", "Apples", "apricots", "Beams"):
            factories.project(by=alice, title=title)
        assert found(alice, sort="name") == ["Apples", "apricots", "beach", "Beams"]

    def test_begins_at_the_beginning_for_what_nobody_offered(self, alice: User, alices: Client) -> None:
        factories.project(by=alice, title="Lake")
        for odd in ("sort=size", "show=all", "after=nonsense", "before=%00", "q=%00%07"):
            page = alices.get(f"{reverse('projects:dashboard')}?{odd}")
            assert "Lake" in page.text, odd

    def test_takes_the_same_queries_whatever_is_looked_for(self, alice: User, alices: Client) -> None:
        counts = []
        for number in (1, 59):
            many(alice, number)
            with CaptureQueriesContext(connection) as asked:
                alices.get(reverse("projects:dashboard"), {"q": "film", "show": "open", "sort": "name"})
            counts.append(len(asked))
        assert counts[0] == counts[1] <= 14


class TestSearch:
    def test_looks_at_titles_photos_and_films(self, alice: User, tmp_path: Path) -> None:
        beach = factories.clip(tmp_path, project=factories.project(by=alice, title="Summer"))
        Asset.objects.filter(pk=beach.asset_id).update(name="grandma at the sea.jpg")
        made.film(factories.project(by=alice, title="Untitled"), title="Our wedding")
        factories.project(by=alice, title="Lake in May")
        assert found(alice, search="GRANDMA") == ["Summer"]
        assert found(alice, search="wedd") == ["Untitled"]
        assert found(alice, search="may lake") == ["Lake in May"]
        assert found(alice, search="summer sea") == ["Summer"]
        assert found(alice, search="100%") == []

    def test_finds_nothing_of_others(self, alice: User, bob: User) -> None:
        factories.project(by=bob, title="Secret")
        assert found(alice, search="secret") == []

    def test_says_what_it_looked_at_when_nothing_is_found(self, alice: User, alices: Client) -> None:
        factories.project(by=alice)
        page = alices.get(reverse("projects:dashboard"), {"q": "<b>zebra", "show": "film"})
        assert "Nothing is called “&lt;b&gt;zebra” here" in page.text
        assert 'href="?q=%3Cb%3Ezebra"' in page.text


class TestShown:
    def test_tells_what_is_made_from_what_is_open(self, alice: User) -> None:
        factories.project(by=alice, title="Open")
        made.film(factories.project(by=alice, title="Making"))
        made.ready(made.film(factories.project(by=alice, title="Done")))
        assert found(alice, shown="making") == ["Making"]
        assert found(alice, shown="film") == ["Done"]
        assert found(alice, shown="open") == ["Making", "Open"]


class TestHistory:
    @pytest.mark.parametrize(
        ("here", "there", "header", "address"),
        [
            ("", "q=&show=&sort=changed", "HX-Push-Url", "false"),
            ("", "q=l&show=&sort=changed", "HX-Push-Url", "?q=l"),
            ("q=l", "q=la&show=&sort=changed", "HX-Replace-Url", "?q=la"),
            ("q=l", "q=l&show=film&sort=name", "HX-Push-Url", "?q=l&show=film&sort=name"),
        ],
    )
    def test_keeps_pages_to_go_back_to_and_no_half_words(
        self, alices: Client, here: str, there: str, header: str, address: str
    ) -> None:
        home = reverse("projects:dashboard")
        headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{home}?{here}"}
        answer = alices.get(f"{home}?{there}", headers=headers)
        assert answer[header] == (address if address == "false" else f"{home}{address}")


class TestTray:
    def test_shows_what_is_in_the_making_on_every_page(
        self, alice: User, alices: Client, tmp_path: Path
    ) -> None:
        project = factories.project(by=alice, title="Lake")
        made.film(project)
        factories.arrived(factories.footage(tmp_path / "a.mp4"), by=alice)
        for name in ("projects:dashboard", "billing:credits", "accounts:settings", "notices:all"):
            assert "Making “Summer”" in alices.get(reverse(name)).text

    def test_is_away_when_nothing_is(self, alice: User, alices: Client) -> None:
        made.ready(made.film(factories.project(by=alice)))
        assert "<details" not in alices.get(reverse("tray")).text

    def test_counts_clips_by_project_with_what_is_done_of_them(
        self, alice: User, alices: Client, tmp_path: Path
    ) -> None:
        project = factories.project(by=alice, title="Lake")
        assets = [factories.photo(tmp_path, by=alice, seed=seed) for seed in (1, 2, 3)]
        for asset in assets:
            clip_verbs.add(project=project, asset=asset, by=alice, now=clock.now())
        assert "3 clips of “Lake” to come" in alices.get(reverse("tray")).text

    def test_tells_how_much_of_all_that_was_asked_for_is_done(self, alice: User, tmp_path: Path) -> None:
        """However it ends, what is done counts until nothing is in the making; then all begins anew."""
        project = factories.project(by=alice, title="Lake")
        *assets, last = [factories.photo(tmp_path, by=alice, seed=seed) for seed in range(5)]
        takes = [asked_for(project, asset, user=alice) for asset in assets]
        shown = []
        for number, take in enumerate(takes):
            found = tray._tray(alice, is_open=False)
            shown.append((found.percent, found.lines[0].percent, found.title))
            end = lifecycle.cancel if number == 1 else finish
            end(take, by=alice, now=clock.now())
        assert shown == [
            (0, 0, "4 of 4 clips to come"),
            (25, 25, "3 of 4 clips to come"),
            (50, 50, "2 of 4 clips to come"),
            (75, 75, "1 of 4 clips to come"),
        ]
        past = clock.now() - timedelta(minutes=1)
        Take.objects.update(created_at=past, finished_at=past)
        asked_for(project, last, user=alice)
        again = tray._tray(alice, is_open=False)
        assert (again.percent, again.title) == (0, "1 of 1 clip to come")

    def test_counts_files_that_are_read_among_the_clips_to_come(self, alice: User, tmp_path: Path) -> None:
        project = factories.project(by=alice, title="Lake")
        assets = [factories.photo(tmp_path, by=alice, seed=seed) for seed in (1, 2)]
        take, made_already = (asked_for(project, asset, user=alice) for asset in assets)
        ingest = factories.arrived(factories.footage(tmp_path / "a.mp4"), by=alice)
        clip_verbs.await_photo(project=project, ingest=ingest, by=alice)
        finish(made_already, by=alice, now=clock.now())
        found = tray._tray(alice, is_open=False)
        assert found.title == "1 clip and 1 file"
        assert {line.kind: line.percent for line in found.lines} == {"placement": 0, "take": 33}
        before = found.percent
        finish(take, by=alice, now=clock.now())
        assert before < tray._tray(alice, is_open=False).percent < 100

    def test_stays_open_for_who_opened_it(self, alice: User, alices: Client) -> None:
        made.film(factories.project(by=alice))
        assert '<details class="work" >' in alices.get(reverse("tray")).text
        alices.cookies["tray"] = "open"
        assert '<details class="work" open>' in alices.get(reverse("tray")).text

    def test_takes_two_queries_for_any_number(self, alice: User) -> None:
        for number in (1, 5):
            for _ in range(number):
                made.film(factories.project(by=alice))
            with CaptureQueriesContext(connection) as asked:
                lines = tray._tray(alice, is_open=False).lines
            assert len(asked) == 2
            assert all(line.kind == "film" for line in lines)

    def test_shows_nothing_of_others(self, bob: User, alices: Client) -> None:
        made.film(factories.project(by=bob))
        assert "Summer" not in alices.get(reverse("tray")).text
