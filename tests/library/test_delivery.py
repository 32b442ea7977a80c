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
    made = factories.project(by=alice)
    factories.film(tmp_path, project=made, seeds=(1, 2, 3))
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


class TestAPage:
    def test_of_a_project_signs_its_clips_at_once(
        self, alices: Client, project: Project, calls: Counter[str]
    ) -> None:
        assert len(_links(alices.get(reverse("projects:show", args=[project.pk])))) == 8
        assert calls == {"photos": 1, "films": 2}  # its films are shown, and saved under their names

    def test_of_all_projects_signs_their_covers_at_once(
        self, alices: Client, alice: User, project: Project, calls: Counter[str]
    ) -> None:
        factories.project(by=alice, title="Without a photo")
        assert len(_links(alices.get(reverse("projects:dashboard")))) == 3
        assert calls == {"photos": 1, "films": 2}

    def test_to_finish_a_film_signs_its_strip_at_once(
        self, alices: Client, project: Project, calls: Counter[str]
    ) -> None:
        assert alices.get(reverse("compiler:finish", args=[project.pk])).status_code == 200
        assert (calls["photos"], calls["single"]) == (1, 0)

    def test_of_takes_signs_them_at_once(self, alices: Client, project: Project, calls: Counter[str]) -> None:
        clip = project.clips.first()
        assert clip
        assert alices.get(reverse("clips:takes", args=[clip.pk])).status_code == 200
        assert calls == {"photos": 2}  # the takes, and the card of the clip itself

    def test_has_the_same_links_when_it_is_asked_for_again(self, alices: Client, project: Project) -> None:
        address = reverse("clips:grid", args=[project.pk])
        first, second = (_links(alices.get(address, headers={"HX-Request": "true"})) for _ in range(2))
        assert first == second
        assert len(first) == 6


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
