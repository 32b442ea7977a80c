from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from echoes.kernel import clock
from echoes.kernel.storage import base as storages
from library import usage
from library.models import Space
from tests import cast, factories

pytestmark = pytest.mark.django_db(transaction=True)
HTMX = {"HX-Request": "true"}
KINDS = {
    ("photos", "assets/x/original.jpg"): "photos",
    ("photos", "assets/x/original.mp4"): "videos",
    ("photos", "takes/x.mp4"): "takes",
    ("films", "films/x/film.mp4"): "films",
    ("films", "pieces/x.mp4"): "pieces",
    ("films", "exports/x/echoes.zip"): "exports",
    ("music", "assets/x/song.mp3"): "music",
}


def fill(user: User, folder: Path) -> dict[str, int]:
    """Something of each kind, all of another size; gives the sizes."""
    sizes = {}
    for number, ((store, key), kind) in enumerate(KINDS.items(), start=1):
        (folder / "x").write_bytes(b"x" * number * 1000)
        storages.get(store).put(f"{user.pk}/{key}", folder / "x")
        sizes[kind] = number * 1000
    return sizes


class TestCount:
    def test_tells_what_lies_in_the_stores(self, alice: User, bob: User, tmp_path: Path) -> None:
        sizes = fill(alice, tmp_path)
        fill(bob, tmp_path)
        usage.ask(by=alice, now=clock.now())
        factories.drain()
        found = usage.of(alice)
        assert {line.kind: line.size for line in found.lines} == sizes
        assert (found.total, found.counting) == (sum(sizes.values()), False)

    def test_takes_one_query_to_read(
        self, alice: User, tmp_path: Path, django_assert_num_queries: Callable[..., object]
    ) -> None:
        usage.ask(by=alice, now=clock.now())
        factories.drain()
        with django_assert_num_queries(1):  # type: ignore[attr-defined]
            usage.of(alice)

    def test_keeps_the_last_counting_only(
        self, alice: User, tmp_path: Path, wait: Callable[[float], None]
    ) -> None:
        for _ in range(2):
            usage.ask(by=alice, now=clock.now())
            factories.drain()
            wait(usage.STALE.total_seconds() + 1)
        assert Space.objects.count() == 1


class TestPage:
    def test_counts_and_then_shows(self, alice: User, alices: Client, tmp_path: Path) -> None:
        fill(alice, tmp_path)
        first = alices.get(reverse("library:usage"), headers=HTMX).content.decode()
        assert "Counting what you have" in first
        factories.drain()
        page = alices.get(reverse("library:usage"), headers=HTMX).content.decode()
        assert "<html" not in page
        assert "27.3\xa0KB" in page
        assert page.count("<rect") == page.count("<dt>") == len(KINDS)

    def test_counts_once_a_minute_at_most(self, alice: User, alices: Client) -> None:
        for _ in range(3):
            alices.get(reverse("library:usage"), headers=HTMX)
            factories.drain()
        assert Space.objects.count() == 1

    def test_is_a_whole_page_for_whoever_has_no_script(self, alices: Client) -> None:
        page = alices.get(reverse("library:usage")).content.decode()
        assert "<html" in page
        assert "Take everything with you" in page


class TestStaff:
    def test_see_how_much_each_person_has(self, alice: User, tmp_path: Path) -> None:
        fill(alice, tmp_path)
        usage.ask(by=alice, now=clock.now())
        factories.drain()
        robins = Client()
        robins.force_login(cast.robin())
        person = robins.get(reverse("admin:accounts_user_change", args=[alice.pk])).content.decode()
        link = f"{reverse('admin:library_space_changelist')}?q=alice%40example.org"
        assert link in person
        assert "27.3\xa0KB" in robins.get(link).content.decode()
