"""Pieces as jobs: made once, shared by films, and begun before anybody waits for them."""

from __future__ import annotations

import collections
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import av
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from clips import clips as clip_verbs
from clips.models import Clip, Take
from compiler import films, housekeeping, making, pieces, recipes
from compiler.models import Film, Piece
from echoes.kernel import clock, shapes
from echoes.kernel.ffmpeg import run
from echoes.kernel.storage import base as storages
from jobs import execution, lifecycle, sweep
from jobs.models import JobEvent
from jobs.states import LIVE, State
from library.models import Recording
from projects.models import Project
from tests import factories, pictures

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("small_in_every_shape")]


@pytest.fixture
def project(alice: User, tmp_path: Path) -> Project:
    """Three approved clips, and nothing chosen yet."""
    made = factories.project(by=alice)
    factories.approved(tmp_path, project=made, seeds=(1, 2, 3))
    return made


def finish(project: Project, **changes: Any) -> None:
    start = {"title": "", "subtitle": "", "transition": "fade", "transition_frames": 12, "track": None}
    films.save_finish(project=project, volume=50, now=clock.now(), **{**start, **changes})


def ordered(project: Project) -> Film:
    return films.make(project=project, by=project.owner, now=clock.now())[0]


def made(project: Project) -> Film:
    film = ordered(project)
    factories.drain()
    film.refresh_from_db()
    assert film.state == State.SUCCEEDED, film.error_detail
    return film


def kinds() -> list[str]:
    return sorted(Piece.objects.values_list("what", flat=True))


def looks(alices: Client, project: Project) -> None:
    """Alice looks at the finish page."""
    assert alices.get(reverse("compiler:finish", args=[project.pk])).status_code == 200


class TestPieces:
    def test_are_made_once_for_all_versions_of_a_film(self, project: Project) -> None:
        made(project)
        assert kinds() == ["sound", "window", "window"]
        finish(project, title="Our summer")
        made(project)
        # The card, the window that leads from it, and a longer sound; the windows between clips are there.
        assert kinds() == ["card", "sound", "sound", "window", "window", "window"]
        assert not JobEvent.objects.filter(kind="piece", new=State.FAILED).exists()

    def test_that_did_not_change_are_not_made_after_a_swap(self, project: Project) -> None:
        made(project)
        before = set(Piece.objects.values_list("digest", flat=True))
        first, second, _ = Clip.objects.filter(project=project).in_order()
        Clip.objects.filter(pk=first.pk).update(position=second.position)
        Clip.objects.filter(pk=second.pk).update(position=first.position)
        made(project)
        assert Piece.objects.exclude(digest__in=before).count() == 2

    def test_of_two_films_at_once_are_made_once(self, project: Project) -> None:
        one = ordered(project)
        finish(project, title="Our summer")
        other = ordered(project)
        factories.drain()
        assert {film.state for film in Film.objects.filter(pk__in=[one.pk, other.pk])} == {State.SUCCEEDED}
        digests = list(Piece.objects.values_list("digest", flat=True))
        assert len(digests) == len(set(digests))

    def test_are_kept_by_their_owner_alone(self, project: Project, bob: User, tmp_path: Path) -> None:
        film = made(project)
        for piece in Piece.objects.all():
            assert piece.key.startswith(f"{film.owner_id}/pieces/{piece.digest}.")
            assert storages.get(making.STORE).exists(piece.key)

    def test_in_hand_are_all_that_a_crash_costs(
        self, project: Project, monkeypatch: Any, wait: Callable[[float], None]
    ) -> None:
        rendered: list[str] = []
        original = pieces.render

        def count(**arguments: Any) -> None:
            rendered.append(arguments["window"].digest)
            original(**arguments)

        monkeypatch.setattr(pieces, "render", count)
        film = ordered(project)
        execution.work_next("media")
        done = execution.work_next("media")
        assert isinstance(done, Piece)
        lost = execution.claim_next("media", now=clock.now())  # and its worker dies
        assert isinstance(lost, Piece)
        wait(lifecycle.LEASE.total_seconds() + 1)
        sweep.tick(now=clock.now())
        factories.drain()
        film.refresh_from_db()
        assert film.state == State.SUCCEEDED
        assert len(rendered) == len(set(rendered)) == 2

    def test_that_fail_end_the_film_with_their_sentence_and_can_be_tried_again(
        self, project: Project, monkeypatch: Any, wait: Callable[[float], None]
    ) -> None:
        def fail(**_: Any) -> None:
            raise run.FfmpegFailed("This part could not be made.", stderr="the reason, for staff")

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pieces, "render", fail)
            film = ordered(project)
            for _ in range(4):
                factories.drain()
                wait(30)
        film.refresh_from_db()
        assert (film.state, film.error_message) == (State.FAILED, "This part could not be made.")
        assert "the reason, for staff" in film.error_detail
        films.retry(film=film, by=project.owner, now=clock.now())
        factories.drain()
        film.refresh_from_db()
        assert film.state == State.SUCCEEDED

    def test_tell_how_far_their_film_is(self, project: Project) -> None:
        film = ordered(project)
        told = []
        while execution.work_next("media"):
            film.refresh_from_db()
            told.append(film.progress)
        assert told == sorted(told)
        assert told[0] == 0
        assert 30 < told[1] < 60
        assert told[-1] == 100


def record_the_shelf() -> None:
    """It goes before everything that is long."""
    while Recording.objects.filter(state__in=LIVE).exists():
        execution.work_next("media")


class TestAhead:
    def test_begins_with_what_is_chosen_so_far(self, project: Project, alices: Client) -> None:
        looks(alices, project)
        assert kinds() == ["sound", "window", "window"]
        assert set(Piece.objects.values_list("priority", flat=True)) == {making.IDLE}

    def test_leaves_the_film_only_to_be_joined(self, project: Project, alices: Client) -> None:
        looks(alices, project)
        factories.drain()
        film = ordered(project)
        execution.work_next("media")
        film.refresh_from_db()
        assert film.state == State.SUCCEEDED
        assert Piece.objects.count() == 3

    def test_comes_after_everything_that_somebody_waits_for(
        self, project: Project, alices: Client, bob: User, tmp_path: Path
    ) -> None:
        looks(alices, project)
        record_the_shelf()
        other = factories.project(by=bob)
        lifecycle.enqueue(
            Piece(
                owner=bob,
                project=other,
                what=recipes.SOUND,
                digest="0" * 64,
                frames=24,
                spec={"music": None, "fps": 24},
                stored={},
            )
        )
        first = execution.claim_next("media", now=clock.now())
        assert first is not None
        assert first.owner == bob

    def test_hurries_when_the_film_is_wanted(self, project: Project, alices: Client) -> None:
        looks(alices, project)
        record_the_shelf()
        ordered(project)
        execution.work_next("media")
        assert set(Piece.objects.values_list("priority", flat=True)) == {0}

    def test_forgets_an_earlier_choice_that_nobody_took_up(self, project: Project, alices: Client) -> None:
        looks(alices, project)
        before = set(Piece.objects.filter(what="window").values_list("digest", flat=True))
        finish(project, transition="wipe")
        looks(alices, project)
        after = set(Piece.objects.filter(what="window").values_list("digest", flat=True))
        assert len(after) == 2
        assert not before & after

    def test_takes_as_many_queries_for_many_clips_as_for_few(
        self, project: Project, alices: Client, tmp_path: Path
    ) -> None:
        looks(alices, project)  # the first visit asks for the catalogue's music, too
        counts = []
        for seeds in ((), (4, 5, 6, 7)):
            if seeds:
                factories.approved(tmp_path, project=project, seeds=seeds)
            Piece.objects.all().delete()
            with CaptureQueriesContext(connection) as captured:
                looks(alices, project)
            counts.append(len(captured))
            finish(project, transition="slide")
        assert counts[0] == counts[1]

    def test_of_a_cancelled_film_is_in_no_hurry(self, project: Project) -> None:
        film = ordered(project)
        execution.work_next("media")
        film.refresh_from_db()
        lifecycle.cancel(film, by=film.owner, now=clock.now())
        assert set(Piece.objects.values_list("priority", flat=True)) == {making.IDLE}


class TestHousekeeping:
    def test_throws_away_what_no_film_has_asked_for_in_a_month(self, project: Project) -> None:
        made(project)
        keys = list(Piece.objects.values_list("key", flat=True))
        housekeeping.sweep(now=clock.now() + timedelta(days=29))
        assert Piece.objects.count() == 3
        housekeeping.sweep(now=clock.now() + timedelta(days=31))
        assert Piece.objects.count() == 0
        assert not any(storages.get(making.STORE).exists(key) for key in keys)

    def test_does_not_stop_the_same_film_from_being_made_again(self, project: Project) -> None:
        first = made(project)
        housekeeping.sweep(now=clock.now() + timedelta(days=31))
        films.remove(film=first, by=project.owner, now=clock.now())
        again = made(project)
        with (
            storages.get("films").local_copy(first.key) as one,
            storages.get("films").local_copy(again.key) as two,
        ):
            assert one.read_bytes() == two.read_bytes()


def shots(project: Project) -> list[Clip]:
    return list(Clip.objects.filter(project=project).in_order())


def size_of(film: Film) -> tuple[int, int, int]:
    with storages.get("films").local_copy(film.key) as path, av.open(str(path)) as container:
        stream = container.streams.video[0]
        return stream.codec_context.width, stream.codec_context.height, stream.frames


class TestShapes:
    def test_are_films_of_one_edit(self, project: Project) -> None:
        finish(project, made_in=["9:16", "16:9", "4:5"], title="Us", end_title="The end")
        asked = films.make(project=project, by=project.owner, now=clock.now())
        assert [film.timeline["aspect"] for film in asked] == ["16:9", "9:16", "4:5"]
        factories.drain()
        found = list(Film.objects.order_by("created_at"))
        assert {film.state for film in found} == {State.SUCCEEDED}, [film.error_detail for film in found]
        frames = 3 * 48 + 2 * 72 - 4 * 12
        sizes = {(*shapes.size(shape), frames) for shape in ("16:9", "9:16", "4:5")}
        assert {size_of(film) for film in found} == sizes
        assert len({film.edit for film in found}) == 1
        # The clips of the project's own shape were there; the sound is one for all.
        counted = collections.Counter(kinds())
        assert counted == {"card": 6, "cut": 6, "sound": 1, "window": 12}

    def test_are_cut_once_for_all_films(self, project: Project) -> None:
        finish(project, made_in=["1:1"])
        made(project)
        cuts = Piece.objects.filter(what=recipes.CUT).count()
        finish(project, made_in=["1:1"], title="Our summer")
        made(project)
        assert Piece.objects.filter(what=recipes.CUT).count() == cuts == 3

    def test_are_begun_while_somebody_is_choosing(self, project: Project, alices: Client) -> None:
        finish(project, made_in=["16:9", "9:16"])
        looks(alices, project)
        factories.drain()
        assert collections.Counter(kinds()) == {"cut": 3, "sound": 1, "window": 4}
        assert {piece.priority for piece in Piece.objects.all()} == {making.IDLE}

    def test_keep_in_view_what_somebody_chose(self, project: Project) -> None:
        first = made(project)
        clip = shots(project)[0]
        films.save_clip_finish(clip=clip, focus={"16:9": [100, 100]}, now=clock.now())
        second = made(project)
        assert first.digest != second.digest
        (cut,) = Piece.objects.filter(what=recipes.CUT)
        assert cut.spec["focus"] == [100, 100]
        # Its own cut, and the window that it shares with the next clip.
        assert collections.Counter(kinds()) == {"cut": 1, "sound": 1, "window": 3}


class TestSizes:
    @pytest.mark.parametrize("quality", ["draft", "high"])
    def test_are_made_from_the_photos(self, project: Project, quality: str) -> None:
        finish(project, quality=quality)
        assert size_of(made(project)) == (*shapes.size("16:9", quality), 3 * 48 - 2 * 12)
        assert all(piece.spec["filmed"] for piece in Piece.objects.filter(what=recipes.CUT))

    def test_beyond_what_a_photo_holds_are_refused(self, project: Project) -> None:
        finish(project, quality="ultra")
        with pytest.raises(films.PhotosTooSmall):
            ordered(project)

    def test_of_the_largest_kind_show_the_photo_as_it_came(self, alice: User, tmp_path: Path) -> None:
        project = factories.project(by=alice)
        large = pictures.jpeg(tmp_path / "large.jpg", seed=5, size=(4_000, 3_000))
        ingest = factories.arrived(large, by=alice)
        factories.drain()
        ingest.refresh_from_db()
        assert ingest.asset is not None
        clip = clip_verbs.add(project=project, asset=ingest.asset, by=alice, now=clock.now())
        factories.drain()
        clip_verbs.approve_all(project=project, now=clock.now())
        finish(project, quality="ultra")
        assert size_of(made(project)) == (*shapes.size("16:9", "ultra"), 48)
        cut = Piece.objects.get(what=recipes.CUT)
        assert [where.rpartition("/")[2] for _, where in cut.stored.values()] == ["original.jpeg"]
        assert clip.pk


class TestClips:
    def test_have_words_and_a_transition_of_their_own(self, project: Project) -> None:
        clip = shots(project)[0]
        chosen = {"transition": "blur", "transition_frames": 24, "caption": "The beach", "caption_seconds": 1}
        films.save_clip_finish(clip=clip, now=clock.now(), **chosen)
        assert made(project).frames == 3 * 48 - 24 - 12
        windows = [piece.spec for piece in Piece.objects.filter(what=recipes.WINDOW)]
        words = [word for spec in windows for word in spec["overlays"]]
        assert {word["text"] for word in words} == {"The beach"}
        assert {word["frames"] for word in words} == {24}
        assert sorted(spec["transition"]["kind"] for spec in windows) == ["blur", "fade", "none"]

    def test_of_an_older_encoding_are_cut_anew(self, project: Project) -> None:
        Take.objects.filter(project=project).update(encoding="h264-0")
        assert made(project).frames == 3 * 48 - 2 * 12
        assert Piece.objects.filter(what=recipes.CUT).count() == 3
