"""The page of a film: its versions, making it again, its picture, and removal that can be undone."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import av
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from accounts.models import User
from clips import clips as clip_verbs
from clips.models import Clip
from compiler import film_page, films, housekeeping, poster, posters, queries
from compiler.models import Film, Piece, Poster
from echoes.kernel import clock
from echoes.kernel.storage import base as storages
from jobs.states import State
from projects.models import Project
from tests import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("small_in_every_shape")]

HTMX = {"HX-Request": "true"}


@pytest.fixture
def project(alice: User, tmp_path: Path) -> Project:
    made = factories.project(by=alice)
    factories.approved(tmp_path, project=made, seeds=(1, 2, 3))
    return made


def finish(project: Project, **changes: Any) -> None:
    start = {"title": "", "subtitle": "", "transition": "fade", "transition_frames": 12, "track": None}
    films.save_finish(project=project, volume=50, now=clock.now(), **{**start, **changes})


def made(project: Project) -> Film:
    film = films.make(project=project, by=project.owner, now=clock.now())[0]
    factories.drain()
    film.refresh_from_db()
    assert film.state == State.SUCCEEDED, film.error_detail
    return film


def address(name: str, film: Film) -> str:
    return reverse(f"compiler:{name}", args=[film.pk])


def page_of(film: Film) -> dict[str, Any]:
    return film_page.page(Film.objects.get(pk=film.pk), now=clock.now())


def text_of(client: Client, film: Film) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", client.get(address("film", film)).text).split())


class TestVersions:
    def test_say_what_changed_and_lead_to_each_other(self, project: Project, alices: Client) -> None:
        first = made(project)
        finish(project, title="Our summer")
        second = made(project)
        last_clip = Clip.objects.filter(project=project).in_order().last()
        assert last_clip is not None
        clip_verbs.approve(clip=last_clip, approved=False, now=clock.now())
        finish(project, title="Us", transition="wipe")
        third = made(project)
        lines = page_of(second)["versions"].lines
        assert [(line.number, line.film.id, line.is_shown) for line in lines] == [
            (3, third.pk, False),
            (2, second.pk, True),
            (1, first.pk, False),
        ]
        assert lines[0].changes == ["1 clip removed", "Title changed to “Us”", "Transition changed to Wipe"]
        assert lines[1].changes == ["Title “Our summer” added"]
        page = alices.get(address("film", second)).text
        assert address("film", first) in page
        assert "There is a newer one: version 3." in text_of(alices, second)

    def test_of_another_shape_are_counted_apart(self, project: Project) -> None:
        finish(project, made_in=["16:9", "9:16"])
        landscape = made(project)
        upright = Film.objects.exclude(pk=landscape.pk).get()
        assert page_of(landscape)["versions"].number == page_of(upright)["versions"].number == 1
        shown = page_of(landscape)
        assert [shape.aspect for shape in shown["shapes"]] == ["16:9", "9:16"]

    def test_keep_their_numbers_when_one_is_removed(self, project: Project) -> None:
        made(project)
        finish(project, title="Two")
        second = made(project)
        finish(project, title="Three")
        third = made(project)
        films.remove(film=second, by=project.owner, now=clock.now())
        lines = page_of(third)["versions"].lines
        assert [line.number for line in lines] == [3, 1]
        assert lines[0].changes == ["Title “Three” added"]

    def test_are_saved_under_names_that_tell_them_apart(self, project: Project) -> None:
        made(project)
        finish(project, title="Our / summer", made_in=["16:9", "9:16"])
        second = made(project)
        upright = Film.objects.get(timeline__aspect="9:16")
        assert queries.file_name(second, version=2) == "Our summer v2.mp4"
        assert queries.file_name(upright) == "Our summer 9x16.mp4"
        shown = page_of(second)
        assert "Our%20summer%20v2.mp4" in shown["film"].download_url
        assert "Our%20summer%209x16.mp4" in shown["shapes"][1].download_url

    def test_are_the_latest_twenty_and_the_one_that_is_shown(
        self, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(film_page, "SHOWN", 1)
        first = made(project)
        for title in ("Two", "Three"):
            finish(project, title=title)
            made(project)
        assert [line.number for line in page_of(first)["versions"].lines] == [3, 1]

    def test_take_as_many_queries_for_many_as_for_few(
        self, project: Project, alices: Client, tmp_path: Path
    ) -> None:
        counts = []
        made(project)
        finish(project, title="One")
        film = made(project)
        for title in ("Two", "Three"):
            finish(project, title=title, transition="wipe")
            with CaptureQueriesContext(connection) as captured:
                assert alices.get(address("film", film)).status_code == 200
            counts.append(len(captured))
            factories.approved(tmp_path, project=project, seeds=(len(counts) + 5,))
            film = made(project)
        assert counts[0] == counts[1]


class TestAgain:
    def test_says_nothing_while_the_project_is_as_it_was(self, project: Project, alices: Client) -> None:
        film = made(project)
        assert page_of(film)["again"] is None
        assert "Make it again" not in text_of(alices, film)

    def test_says_what_changed_and_what_is_made_anew(self, project: Project, alices: Client) -> None:
        film = made(project)
        finish(project, title="Our summer")
        found = page_of(film)["again"]
        assert found.changes == ["Title “Our summer” added"]
        assert found.words.startswith("1 of 3 clips anew, about ")
        assert "Changed since this film was made Title “Our summer” added" in text_of(alices, film)

    def test_knows_pieces_that_were_made_meanwhile(self, project: Project, alices: Client) -> None:
        film = made(project)
        finish(project, title="Our summer")
        alices.get(reverse("compiler:finish", args=[project.pk]))
        factories.drain()
        assert page_of(film)["again"].words.startswith("Only joined anew, about ")

    def test_makes_the_next_version_and_goes_there(self, project: Project, alices: Client) -> None:
        film = made(project)
        finish(project, title="Our summer")
        answer = alices.post(address("again", film))
        new = Film.objects.exclude(pk=film.pk).get()
        assert answer["Location"] == address("film", new)
        assert new.title == "Our summer"
        page = text_of(alices, film)
        assert "Version 2 is being made." in page
        assert alices.post(address("again", film))["Location"] == address("film", new)

    def test_makes_a_shape_that_is_not_chosen_any_more_alone(self, project: Project, alices: Client) -> None:
        finish(project, made_in=["9:16"])
        upright = made(project)
        finish(project, made_in=["16:9", "1:1"], title="Us")
        alices.post(address("again", upright))
        asked = Film.objects.exclude(pk=upright.pk)
        assert [film.timeline["aspect"] for film in asked] == ["9:16"]

    def test_leads_to_the_version_that_shows_what_is_chosen(self, project: Project, alices: Client) -> None:
        first = made(project)
        finish(project, title="Us")
        second = made(project)
        finish(project)
        assert page_of(second)["again"].there == first.pk
        assert "What is chosen now is in another version" in text_of(alices, second)

    def test_says_so_when_no_clip_is_approved(self, project: Project, alices: Client) -> None:
        film = made(project)
        for clip in Clip.objects.filter(project=project):
            clip_verbs.approve(clip=clip, approved=False, now=clock.now())
        assert "is approved any more" in text_of(alices, film)
        assert alices.post(address("again", film), headers=HTMX).status_code == 422


class TestPoster:
    def test_is_the_picture_that_was_clicked(self, project: Project, alices: Client, tmp_path: Path) -> None:
        film = made(project)
        before = film.poster
        assert alices.post(address("poster", film), {"cell": "3"})["Location"].endswith("#picture")
        assert "Taking the picture…" in text_of(alices, film)
        factories.drain()
        film.refresh_from_db()
        assert film.poster != before
        store = storages.get("films")
        with store.local_copy(film.key) as path, store.local_copy(film.poster) as shown:
            poster.make(film=path, out=tmp_path / "wanted.jpg", cell=3)
            assert shown.read_bytes() == (tmp_path / "wanted.jpg").read_bytes()
        page = alices.get(address("film", film)).text
        assert 'value="3" autocomplete="off" checked' in page
        assert "You chose the picture." in page
        assert film.poster.rpartition("/")[2] in alices.get(reverse("projects:dashboard")).text

    def test_is_the_very_frame_at_which_somebody_stopped(self, project: Project, alices: Client) -> None:
        film = made(project)
        alices.post(address("poster", film), {"cell": "1", "frame": "50"})
        factories.drain()
        chosen = Poster.objects.get()
        assert (chosen.cell, chosen.frame, chosen.state) == (None, 50, State.SUCCEEDED)
        store = storages.get("films")
        with store.local_copy(film.key) as path, av.open(str(path)) as container:
            wanted = next(frame for n, frame in enumerate(container.decode(video=0)) if n == 50)
            pixels = Image.fromarray(wanted.to_ndarray(format="rgb24")).resize((16, 9)).convert("L").tobytes()
        with store.local_copy(chosen.key) as shown, Image.open(shown) as picture:
            found = picture.resize((16, 9)).convert("L").tobytes()
        assert max(abs(one - other) for one, other in zip(pixels, found, strict=True)) < 12

    def test_is_ours_again_when_somebody_wants_that(self, project: Project, alices: Client) -> None:
        film = made(project)
        with storages.get("films").local_copy(film.poster) as path:
            ours = path.read_bytes()
        for cell in ("2", "ours"):
            alices.post(address("poster", film), {"cell": cell})
            factories.drain()
        film.refresh_from_db()
        with storages.get("films").local_copy(film.poster) as path:
            assert path.read_bytes() == ours
        assert "Echoes chose the picture." in text_of(alices, film)

    def test_is_the_one_that_was_asked_for_last(self, project: Project, alices: Client) -> None:
        film = made(project)
        for cell in ("1", "2", "0"):
            alices.post(address("poster", film), {"cell": cell}, headers=HTMX)
        factories.drain()
        film.refresh_from_db()
        assert list(Poster.objects.filter(state=State.SUCCEEDED).values_list("cell", flat=True)) == [0]
        assert film.poster == Poster.objects.get(cell=0).key

    @pytest.mark.parametrize("sent", [{}, {"cell": "x"}, {"cell": "-1"}, {"frame": "x"}, {"frame": "999999"}])
    def test_is_no_nonsense(self, project: Project, alices: Client, sent: dict[str, str]) -> None:
        assert alices.post(address("poster", made(project)), sent, headers=HTMX).status_code == 422
        assert not Poster.objects.exists()

    def test_waits_for_the_film(self, project: Project, alices: Client) -> None:
        film = films.make(project=project, by=project.owner, now=clock.now())[0]
        assert alices.post(address("poster", film), {"cell": "0"}, headers=HTMX).status_code == 422
        assert page_of(film)["poster"] is None

    def test_that_cannot_be_taken_says_so_and_leaves_the_one_before(
        self, project: Project, alices: Client
    ) -> None:
        film = made(project)
        posters.choose(film=film, by=project.owner, now=clock.now(), cell=1)
        storages.get("films").delete(film.key)
        factories.drain()
        film.refresh_from_db()
        assert film.poster.endswith("/poster.jpg")
        assert "A file that this needs is not there any more." in text_of(alices, film)

    def test_that_was_replaced_is_thrown_away_after_a_day(self, project: Project) -> None:
        film = made(project)
        for cell in (1, 2):
            posters.choose(film=film, by=project.owner, now=clock.now(), cell=cell)
            factories.drain()
        keys = dict(Poster.objects.values_list("cell", "key"))
        housekeeping.sweep(now=clock.now() + timedelta(days=2))
        assert list(Poster.objects.values_list("cell", flat=True)) == [2]
        assert [storages.get("films").exists(keys[cell]) for cell in (1, 2)] == [False, True]

    def test_offers_moments_of_the_whole_film(self, project: Project) -> None:
        found = page_of(made(project))["poster"]
        assert [moment.cell for moment in found.moments] == list(range(len(found.moments)))
        assert [moment.label for moment in found.moments] == ["0:00", "0:01", "0:02", "0:03", "0:04"]
        assert (found.sheet_width, found.is_ours) == (len(found.moments) * found.width, True)

    def test_offers_a_few_of_many_and_always_the_chosen_one(self) -> None:
        cells = list(film_page._cells(100, 7))
        assert len(cells) <= film_page.MOMENTS + 1
        assert cells == sorted(set(cells))
        assert 7 in cells
        assert min(cells) < 4
        assert max(cells) > 95


class TestRemoval:
    def test_is_undone_by_the_message_about_it(self, project: Project, alices: Client) -> None:
        film = made(project)
        page = alices.post(address("delete", film), follow=True).text
        assert "is removed." in page
        assert f'action="{address("restore", film)}"' in page
        assert alices.get(address("film", film)).status_code == 404
        assert alices.post(address("restore", film))["Location"] == address("film", film)
        assert alices.get(address("film", film)).status_code == 200

    def test_of_a_film_that_was_made_again_leads_to_that(self, project: Project, alices: Client) -> None:
        film = made(project)
        films.remove(film=film, by=project.owner, now=clock.now())
        again = made(project)
        assert again != film
        assert alices.post(address("restore", film))["Location"] == address("film", again)

    def test_leaves_its_pieces_for_the_next(self, project: Project) -> None:
        film = made(project)
        films.remove(film=film, by=project.owner, now=clock.now())
        before = Piece.objects.count()
        made(project)
        assert Piece.objects.count() == before
