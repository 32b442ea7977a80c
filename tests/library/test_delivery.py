"""Pages get their links in one call for each store, however much they show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.models import User
from echoes.kernel import clock
from echoes.kernel.storage.local import LocalStorage
from library import delivery
from projects.models import Project
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def project(alice: User, tmp_path: Path) -> Project:
    made = factories.project(by=alice, seconds=1)
    factories.film(tmp_path, project=made, seeds=(1, 2))
    return made


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each store was asked for the links of a list, and for a single one elsewhere than there."""
    counted: Counter[str] = Counter()
    urls, url_for = LocalStorage.urls, delivery.url_for

    def count_lists(self: LocalStorage, keys: Iterable[str], **words: Any) -> dict[str, str]:
        found = urls(self, list(keys), **words)
        counted[self.name] += bool(found)
        return found

    def count_single(*arguments: Any, **words: Any) -> str:
        counted["single"] += 1
        return url_for(*arguments, **words)

    monkeypatch.setattr(LocalStorage, "urls", count_lists)
    monkeypatch.setattr(delivery, "url_for", count_single)
    return counted


class TestPages:
    def test_sign_all_that_they_show_at_once(
        self, alice: User, alices: Client, project: Project, calls: Counter[str], subtests: Any
    ) -> None:
        factories.project(by=alice, title="Without a photo")
        clip = project.clips.first()
        assert clip
        shown = {
            # What is made of the clips is shown, and saved under its name.
            reverse("projects:show", args=[project.pk]): (6, {"photos": 1, "films": 2}),
            # The picture of the film and its moving one; in their place, a project's first photo.
            reverse("projects:dashboard"): (2, {"photos": 1, "films": 1}),
            # Two clips, each of the seven ways from one to the other with both of them, the picture of a film
            # and its moving one.
            reverse("compiler:finish", args=[project.pk]): (4 + 7 * 2, {"photos": 1, "films": 2}),
            # The takes, the one that can be cut shorter, and the card of the clip itself.
            reverse("clips:takes", args=[clip.pk]): (3, {"photos": 2}),
        }
        for address, (links, asked) in shown.items():
            with subtests.test(address):
                calls.clear()
                first = _links(alices.get(address))
                assert (len(first), {name: count for name, count in calls.items() if count}) == (links, asked)
                assert _links(alices.get(address)) == first


class TestUrlsFor:
    def test_an_empty_key_has_an_empty_link(self, alice: User) -> None:
        now = clock.now()
        links = delivery.urls_for("films", ["", "1/a.mp4", ""], now=now, names={"1/a.mp4": "Our film.mp4"})
        assert links == {
            "": "",
            "1/a.mp4": delivery.url_for("films", "1/a.mp4", now=now, download_name="Our film.mp4"),
        }


class TestLogs:
    def test_hold_no_link(self) -> None:
        """The web process writes no line for a request: a link is a key, and logs are read by many."""
        procfile = (settings.ROOT / "Procfile").read_text()
        assert "--no-access-log" in procfile


def _links(response: Any) -> list[str]:
    page = response.content.decode()
    found = (part.split('"')[0] for part in page.split(' src="')[1:])
    return sorted(link for link in found if link.startswith("/media/"))
