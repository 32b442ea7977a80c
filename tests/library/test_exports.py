"""Everything to take along: all that one owns, as it is, and nothing of anybody else."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from billing import ledger, queries
from clips.models import Take
from compiler.models import Film
from echoes.kernel import clock
from echoes.kernel.errors import Cancelled
from echoes.kernel.storage import base as storages
from jobs import execution
from jobs.states import State
from library import exports, housekeeping, packing
from library.exports import Item
from library.models import Asset, Export
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
HTMX = {"HX-Request": "true"}


def never() -> bool:
    return False


def silent(share: float) -> None:
    """Nobody wants to hear how far it is."""


def packed(items: list[Item], out: Path) -> dict[str, bytes]:
    packing.pack(items, out=out, now=clock.now(), total=len(items), cancelled=never, on_progress=silent)
    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def bytes_of(store: str, key: str) -> bytes:
    with storages.get(store).local_copy(key) as path:
        return path.read_bytes()


def made(by: User) -> Export:
    exports.ask(by=by, now=clock.now())
    factories.drain()
    found = exports.latest(by)
    assert found
    assert found.state == State.SUCCEEDED, found.error_detail
    return found


@pytest.fixture
def opened() -> Iterator[Callable[[Export], dict[str, bytes]]]:
    def read(export: Export) -> dict[str, bytes]:
        with storages.get("films").local_copy(export.key) as path, zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    yield read


class TestMake:
    def test_holds_all_that_one_owns_and_nothing_of_another(
        self, alice: User, bob: User, tmp_path: Path, opened: Callable[[Export], dict[str, bytes]]
    ) -> None:
        project = factories.project(by=alice, title="Summer / 夏?", seconds=1)
        film = factories.film(tmp_path, project=project, seeds=(1,))
        factories.photo(tmp_path, by=bob, seed=7)
        ledger.adjust(
            account=ledger.account_of(alice), amount=3, reason="hello", reference="x", by=bob, now=clock.now()
        )
        found = opened(made(alice))
        asset, take = Asset.objects.get(owner=alice), Take.objects.get(owner=alice)
        assert found["photos/photo 1.jpg"] == bytes_of("photos", asset.original)
        assert found["clips/Summer 夏/001 photo 1 take 1.mp4"] == bytes_of("photos", take.key)
        assert found["films/Summer 夏.mp4"] == bytes_of("films", film.key)
        texts = {name for name in found if name.endswith((".json", ".txt"))}
        assert len(found) == 3 + len(texts)
        assert json.loads(found["account.json"])[0]["email"] == alice.email
        assert json.loads(found["projects.json"])[0]["title"] == "Summer / 夏?"
        assert json.loads(found["clips.json"])[0]["approved"] is True
        assert sum(each["credits"] for each in json.loads(found["credits.json"])) == queries.balance(alice)
        assert json.loads(found["films.json"])[0]["timeline"] == Film.objects.get().timeline
        assert not any(bob.email.encode() in content for content in found.values())

    def test_of_somebody_who_has_nothing_is_a_file_even_so(
        self, alice: User, opened: Callable[[Export], dict[str, bytes]]
    ) -> None:
        export = made(alice)
        assert "read me.txt" in opened(export)
        assert (export.size > 0, export.files) == (True, len(opened(export)))


class TestAsk:
    def test_twice_is_one_job(self, alice: User, bob: User) -> None:
        first = exports.ask(by=alice, now=clock.now())
        assert exports.ask(by=alice, now=clock.now()) == first
        assert exports.ask(by=bob, now=clock.now()) != first


class TestSweep:
    def test_takes_it_away_after_a_week(self, alice: User) -> None:
        export = made(alice)
        housekeeping.sweep(now=clock.now() + timedelta(days=6))
        assert storages.get("films").exists(export.key)
        housekeeping.sweep(now=clock.now() + timedelta(days=8))
        assert not storages.get("films").exists(export.key)
        assert not Export.objects.exists()

    def test_keeps_only_the_newest(self, alice: User) -> None:
        older, newer = made(alice), made(alice)
        housekeeping.sweep(now=clock.now())
        assert Export.objects.get() == newer
        assert [storages.get("films").exists(export.key) for export in (older, newer)] == [False, True]


class TestPack:
    def test_gives_each_file_a_name_of_its_own(self, tmp_path: Path) -> None:
        names = ["photos/a.jpg", "photos/A.JPG", "photos/a.jpg", "../../etc/passwd", "/abs", "a:b|c?.txt",
                 "nul", "…/ . /x", "///", "photos/" + "é" * 300 + ".jpeg"]  # fmt: skip
        found = list(packed([Item(name, text=name) for name in names], tmp_path / "a.zip"))
        assert found[:9] == [
            "photos/a.jpg", "photos/A (2).JPG", "photos/a (3).jpg", "etc/passwd", "abs", "abc.txt", "nul_",
            "…/x", "file",
        ]  # fmt: skip
        assert found[9].endswith("é.jpeg")
        assert len(found[9]) < 140

    def test_names_what_was_not_there(self, tmp_path: Path) -> None:
        items = [Item("films/gone.mp4", storage="films", key="1/films/gone.mp4"), Item("a.txt", text="a")]
        found = packed(items, tmp_path / "a.zip")
        assert set(found) == {"a.txt", "missing.txt"}
        assert b"films/gone.mp4" in found["missing.txt"]

    def test_stops_when_it_is_cancelled(self, tmp_path: Path) -> None:
        with pytest.raises(Cancelled):
            packing.pack(
                [Item("a.txt", text="a")],
                out=tmp_path / "a.zip",
                now=clock.now(),
                total=1,
                cancelled=lambda: True,
                on_progress=silent,
            )


class TestPage:
    def test_offers_the_file_and_says_how_long_it_stays(self, alice: User, alices: Client) -> None:
        assert "Put everything together" in alices.get(reverse("library:export")).content.decode()
        alices.post(reverse("library:export"), headers=HTMX)
        waiting = alices.get(reverse("library:export"), headers=HTMX).content.decode()
        assert 'data-progress="export:' in waiting
        factories.drain()
        ready = alices.get(reverse("library:export"), headers=HTMX).content.decode()
        until = clock.now() + exports.KEPT
        assert f"It is kept until {until.day} {until:%B}." in ready
        link = ready.split('href="')[1].split('"')[0].replace("&amp;", "&")
        answer = alices.get(link)
        assert answer.status_code == 200
        assert answer["Content-Disposition"].startswith('attachment; filename="Echoes ')
        assert answer["X-Content-Type-Options"] == "nosniff"

    def test_can_stop_it_and_begin_anew(self, alice: User, alices: Client) -> None:
        alices.post(reverse("library:export"))
        assert alices.post(reverse("library:export_cancel")).status_code == 302
        assert execution.work_next("media") is None
        page = alices.get(reverse("library:export"), headers=HTMX).content.decode()
        assert "Put everything together" in page

    def test_says_what_went_wrong(self, alice: User, alices: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(**words: object) -> None:
            raise storages.Missing

        alices.post(reverse("library:export"))
        monkeypatch.setattr(packing, "pack", lambda *items, **words: fail())
        factories.drain()
        page = alices.get(reverse("library:export"), headers=HTMX).content.decode()
        assert "is not there any more" in page
        assert "Try again" in page
