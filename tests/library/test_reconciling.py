"""Files that no row knows, and rows whose file is gone."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.models import User
from clips.models import Clip, Take
from compiler.models import Film, Piece
from echoes.kernel import clock
from echoes.kernel.storage import base as storages
from jobs.states import State
from library import reconciling, uploads, usage
from library.models import Asset
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
LATER = timedelta(days=2)


@pytest.fixture(autouse=True)
def _from_the_start() -> Iterator[None]:
    """Another module's housekeeping may have been half way through."""
    cache.delete_many([reconciling.PLACE, reconciling.REST])
    yield
    cache.delete_many([reconciling.PLACE, reconciling.REST])


def put(store: str, key: str, folder: Path) -> str:
    (folder / "x.bin").write_bytes(b"12345")
    storages.get(store).put(key, folder / "x.bin")
    return key


def everything() -> dict[str, int]:
    return {
        f"{store}/{found.key}": found.size
        for store in usage.STORES
        for found in storages.get(store).listing("")
    }


def sweep(*, rounds: int = 2) -> None:
    for _ in range(rounds):
        reconciling.sweep(now=clock.now() + LATER)


class TestOrphans:
    def test_go_when_they_are_a_day_old(self, alice: User, tmp_path: Path) -> None:
        asset = factories.photo(tmp_path, by=alice)
        put("photos", f"{alice.pk}/assets/{asset.pk}/more of it.jpg", tmp_path)
        known = everything()
        orphan = put("films", f"{alice.pk}/films/x/film.mp4", tmp_path)
        put("photos", f"{alice.pk}/assets/x/forgotten.jpg", tmp_path)
        reconciling.sweep(now=clock.now())
        assert f"films/{orphan}" in everything()
        cache.delete(reconciling.PLACE)
        sweep()
        assert everything() == known

    def test_of_somebody_who_is_gone_go_as_well(self, alice: User, tmp_path: Path) -> None:
        put("photos", f"{alice.pk + 1000}/assets/x/original.jpg", tmp_path)
        catalogue = put("music", "catalogue/dawn-1.m4a", tmp_path)
        sweep()
        assert list(everything()) == [f"music/{catalogue}"]

    def test_are_not_what_is_still_coming(self, alice: User, tmp_path: Path) -> None:
        """A ticket that is open, and what a job that is not over has put down."""
        ticket, _ = uploads.start(
            name="a.jpg", size=5, content_type="", kind="photo", by=alice, now=clock.now()
        )
        put("photos", ticket.key, tmp_path)
        job = factories.arrived(tmp_path / "x.bin", by=alice)
        put("photos", f"{alice.pk}/assets/{job.pk}/original.jpeg", tmp_path)
        sweep()
        assert len(everything()) == 3

    def test_are_looked_for_once_a_day(self, alice: User, tmp_path: Path) -> None:
        sweep()
        put("films", f"{alice.pk}/films/x/film.mp4", tmp_path)
        sweep()
        assert len(everything()) == 1


class TestMissing:
    @pytest.fixture
    def film(self, alice: User, tmp_path: Path) -> Film:
        return factories.film(tmp_path, project=factories.project(by=alice, seconds=1))

    def test_films_takes_and_pieces_say_so_and_are_made_again(self, film: Film, alices: Client) -> None:
        take = Take.objects.earliest("created_at")
        piece = Piece.objects.earliest("created_at")
        for store, key in (("films", film.key), ("photos", take.key), ("films", piece.key)):
            storages.get(store).delete(key)
        sweep()
        film.refresh_from_db()
        assert (film.state, film.error_code, film.key, film.poster) == (
            State.FAILED, "file_missing", "", "",
        )  # fmt: skip
        page = alices.get(reverse("compiler:film", args=[film.pk])).content.decode()
        assert "A file that this needs is not there any more." in page
        assert "Make it again" in page
        clip = Clip.objects.get(pk=take.clip_id)
        assert (clip.chosen, clip.approved) == (None, False)
        grid = alices.get(reverse("clips:card", args=[clip.pk]), headers={"HX-Request": "true"})
        assert "Try again" in grid.content.decode()
        assert not Piece.objects.filter(pk=piece.pk).exists()

        alices.post(reverse("clips:animate", args=[clip.pk]))
        alices.post(reverse("compiler:retry", args=[film.pk]))
        factories.drain()
        clip.refresh_from_db()
        assert clip.chosen
        assert storages.get("photos").exists(clip.chosen.key)

    def test_nothing_is_done_if_a_store_seems_to_be_away(
        self, alice: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        clip = factories.clip(tmp_path, project=factories.project(by=alice, seconds=1))
        assert clip.chosen
        storages.get("photos").delete(clip.chosen.key)
        monkeypatch.setattr(reconciling, "MANY", 0)
        sweep()
        assert Take.objects.get().state == State.SUCCEEDED
        assert "1 files are missing" in caplog.text

    def test_nothing_is_done_if_the_rows_seem_to_be_of_an_older_backup(
        self, alice: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        asset = factories.photo(tmp_path, by=alice)
        known = everything()
        Asset.objects.filter(pk=asset.pk).delete()
        monkeypatch.setattr(reconciling, "MANY", 0)
        sweep()
        assert everything() == known
        assert "the database an older one?" in caplog.text

    def test_a_photo_that_is_gone_is_told_to_staff(
        self, alice: User, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        asset = factories.photo(tmp_path, by=alice)
        storages.get("photos").delete(asset.original)
        sweep()
        assert Asset.objects.get() == asset
        assert asset.original in caplog.text


class TestMediaCheck:
    def told(self, *words: str) -> str:
        out = io.StringIO()
        call_command("media_check", *words, stdout=out)
        return out.getvalue()

    def test_lists_and_only_removes_when_it_is_told(
        self, alice: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asset = factories.photo(tmp_path, by=alice)
        storages.get("photos").delete(asset.thumbnail)
        orphan = put("films", f"{alice.pk}/films/x/film.mp4", tmp_path)
        monkeypatch.setattr(reconciling, "LEFT_ALONE", -LATER)
        said = self.told()
        assert "3 files seen. 1 (5\xa0bytes)" in said
        assert orphan in said
        assert str(asset.pk) in said
        assert storages.get("films").exists(orphan)
        self.told("--remove")
        assert not storages.get("films").exists(orphan)
        assert "0 (0\xa0bytes) that nobody knows" in self.told()
