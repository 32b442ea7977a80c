from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import languages
from accounts.models import User
from clips import clips as verbs
from clips.models import Clip
from compiler import films
from compiler.models import ClipFinish, Film, Finish
from echoes.kernel import clock
from echoes.kernel.ffmpeg import run
from echoes.kernel.storage import base as storages
from jobs.states import State
from library.models import Asset, Recording, Track
from projects.models import Project
from providers.models import Model
from tests import factories
from tests.factories import services

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("small_in_every_shape")]

HTMX = {"HX-Request": "true"}
BEATS = list(range(0, 480_000, 12_000))  # two a second
CHOICES = {"transition": "fade", "transition_seconds": "0.5", "volume": 50}


@pytest.fixture
def composer() -> None:
    services.install("local-music")


def finish_of(project: Project) -> str:
    return reverse("compiler:finish", args=[project.pk])


def address_of(clip: Clip) -> str:
    return reverse("compiler:clip_finish", args=[clip.pk])


def nothing_else() -> None:
    """What the shelf of a new deployment has played for the first time: ten tracks, and a minute of work."""
    Recording.objects.filter(mood="").delete()


def music_of(project: Project) -> str:
    return reverse("compiler:order", args=[project.pk])


def shelf_of(project: Project) -> str:
    return reverse("compiler:shelf", args=[project.pk])


def preview_of(client: Client, project: Project) -> dict[str, Any]:
    document: dict[str, Any] = client.get(reverse("compiler:preview", args=[project.pk])).json()
    return document


class TestFinish:
    def test_keeps_closing_words_shapes_and_size(self, alice: User, alices: Client, tmp_path: Path) -> None:
        project = factories.project(by=alice)
        factories.approved(tmp_path, project=project, seeds=[1])
        sent = {
            "end_title": "The end",
            "end_subtitle": "With love",
            "shapes": ["4:5", "16:9"],
            "quality": "high",
        }
        assert alices.post(finish_of(project), CHOICES | sent).status_code == 302
        kept = Finish.objects.get()
        assert (kept.end_title, kept.end_subtitle) == ("The end", "With love")
        assert (kept.shapes, kept.quality) == (["16:9", "4:5"], "high")
        page = alices.get(finish_of(project)).content.decode()
        assert page.count('name="shapes" value="4:5" checked') == 1
        assert "The end" in page

    def test_makes_a_film_of_every_shape(self, alice: User, alices: Client, tmp_path: Path) -> None:
        project = factories.project(by=alice)
        factories.approved(tmp_path, project=project, seeds=[1])
        sent = CHOICES | {"shapes": ["1:1", "16:9"], "make": 1}
        answer = alices.post(finish_of(project), sent)
        made = {film.timeline["aspect"]: film for film in Film.objects.all()}
        assert set(made) == {"16:9", "1:1"}
        assert answer["Location"] == reverse("compiler:film", args=[made["16:9"].pk])

    def test_says_how_many_films_there_will_be(self, alice: User, alices: Client, tmp_path: Path) -> None:
        project = factories.project(by=alice)
        factories.approved(tmp_path, project=project, seeds=[1])
        sent = CHOICES | {"shapes": ["16:9", "9:16", "1:1"]}
        answer = alices.post(finish_of(project), sent, headers=HTMX).content.decode()
        assert "3 films of 0:02 each" in answer

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"shapes": ["7:3"]}, "That choice is not there any more"),
            ({"quality": "infinite"}, "That choice is not there any more"),
            ({"transition": "explosion"}, "That choice is not there any more"),
            ({"quality": "ultra"}, "4K needs photos with at least 3840 pixels"),
        ],
    )
    def test_refuses_what_it_does_not_offer(
        self, alice: User, alices: Client, tmp_path: Path, wrong: dict[str, Any], said: str
    ) -> None:
        project = factories.project(by=alice)
        factories.approved(tmp_path, project=project, seeds=[1])
        answer = alices.post(finish_of(project), CHOICES | wrong)
        assert answer.status_code == 422
        assert said in answer.content.decode()
        assert not Finish.objects.exists()

    def test_offers_4k_where_every_photo_is_large_enough(
        self, alice: User, alices: Client, tmp_path: Path
    ) -> None:
        project = factories.project(by=alice)
        factories.approved(tmp_path, project=project, seeds=[1])
        assert 'value="ultra"  disabled' in alices.get(finish_of(project)).content.decode()
        Asset.objects.update(width=4000, height=3000)
        assert 'value="ultra"  disabled' not in alices.get(finish_of(project)).content.decode()
        alices.post(finish_of(project), CHOICES | {"quality": "ultra"})
        assert Finish.objects.get().quality == "ultra"

    def test_takes_as_many_queries_for_many_clips_as_for_two(
        self, alice: User, alices: Client, tmp_path: Path
    ) -> None:
        project = factories.project(by=alice)
        counts = []
        for seeds in ((1, 2), (3, 4, 5)):
            for clip in factories.approved(tmp_path, project=project, seeds=seeds):
                films.save_clip_finish(clip=clip, now=clock.now(), caption="Hello", focus={"9:16": [1, 2]})
            alices.get(finish_of(project))  # begins what the film needs
            for address in (finish_of(project), reverse("compiler:preview", args=[project.pk])):
                with CaptureQueriesContext(connection) as captured:
                    assert alices.get(address).status_code == 200
                counts.append(len(captured))
        assert counts[:2] == counts[2:]


class TestOtherLanguages:
    def test_are_spoken_by_the_page_of_the_finish(self, alice: User, alices: Client, tmp_path: Path) -> None:
        project = factories.project(by=alice)
        factories.approved(tmp_path, project=project, seeds=[1, 2])
        languages.choose(user=alice, code="de")
        page = alices.get(finish_of(project)).text
        for words in ("Musik und Feinschliff", "Film machen", "Von Clip 1 zu Clip 2: ", "Blende", "Ruhig"):
            assert words in page
        assert "Make film" not in page

    def test_are_spoken_where_a_choice_is_refused(self, alice: User, alices: Client, tmp_path: Path) -> None:
        project = factories.project(by=alice)
        factories.approved(tmp_path, project=project, seeds=[1])
        languages.choose(user=alice, code="es")
        page = alices.post(finish_of(project), CHOICES | {"transition": "explode"})
        assert "Esa opción ya no está." in page.text


class TestOnTheBeat:
    def test_moves_the_changes_of_the_preview_and_of_the_film(
        self, alice: User, alices: Client, tmp_path: Path
    ) -> None:
        """Two clips of 48 frames: the change between them, at 42 of 84, moves to the beat at frame 36."""
        project = factories.project(by=alice)
        factories.approved(tmp_path, project=project)
        song = Track.objects.create(title="Kites", duration=480_000, beats=BEATS, key="kites.m4a")
        sent = CHOICES | {"music": str(song.pk), "on_beat": "on"}
        answer = alices.post(finish_of(project), sent, headers=HTMX).content.decode()
        assert "Every change is on a beat." in answer
        assert "A film of 0:03" in answer
        document = preview_of(alices, project)
        assert [item["trim_end"] for item in document["items"]] == [6, 0]
        assert (document["starts"], document["total_frames"]) == ([0, 30], 78)
        made = films.make(project=project, by=alice, now=clock.now())[0]
        assert made.timeline["items"] == document["items"]

    def test_leaves_the_film_as_it_is_when_it_is_switched_off(
        self, alice: User, alices: Client, tmp_path: Path
    ) -> None:
        project = factories.project(by=alice)
        factories.approved(tmp_path, project=project)
        song = Track.objects.create(title="Kites", duration=480_000, beats=BEATS, key="kites.m4a")
        alices.post(finish_of(project), CHOICES | {"music": str(song.pk), "on_beat": "on"})
        answer = alices.post(finish_of(project), CHOICES | {"music": str(song.pk)}, headers=HTMX)
        assert "Each clip ends a little earlier" in answer.content.decode()
        assert preview_of(alices, project)["total_frames"] == 84

    def test_says_what_music_without_a_beat_means(self, alice: User, alices: Client, tmp_path: Path) -> None:
        project = factories.project(by=alice)
        factories.approved(tmp_path, project=project)
        song = Track.objects.create(title="The sea", duration=480_000, beats=[], key="sea.m4a")
        sent = CHOICES | {"music": str(song.pk), "on_beat": "on"}
        answer = alices.post(finish_of(project), sent, headers=HTMX).content.decode()
        assert "Nobody could tap along to this music" in answer
        assert preview_of(alices, project)["total_frames"] == 84


@pytest.mark.usefixtures("composer")
class TestOrder:
    def test_makes_a_track_for_its_owner_alone(
        self, alice: User, alices: Client, bob: User, bobs: Client
    ) -> None:
        project = factories.project(by=alice, title="The lake")
        answer = alices.post(music_of(project), {"mood": "tender", "length": "30"}, headers=HTMX)
        assert "Tender, for The lake" in answer.content.decode()
        assert "Waiting for its turn" in answer.content.decode()
        nothing_else()
        factories.drain()
        track = Track.objects.get(owner=alice)
        assert (track.title, track.mood) == ("Tender, for The lake", "tender")
        assert 0 <= track.duration - 30 * 24_000 < 1_000  # what the coder adds is played, too
        assert len(track.beats) >= 20
        assert len(track.peaks) == 120
        assert track.loudness is not None
        assert storages.get("music").exists(track.key)
        assert f'value="{track.pk}"' in alices.get(shelf_of(project)).content.decode()
        assert str(track.pk) not in bobs.get(shelf_of(factories.project(by=bob))).content.decode()

    def test_is_as_long_as_the_film_but_no_shorter_than_music_can_be(
        self, alice: User, alices: Client
    ) -> None:
        project = factories.project(by=alice)
        alices.post(music_of(project), {"mood": "calm", "length": "film"})
        assert Recording.objects.get(mood="calm").seconds == 15

    def test_can_be_cancelled(self, alice: User, alices: Client) -> None:
        project = factories.project(by=alice)
        alices.post(music_of(project), {"mood": "calm", "length": "60"})
        job = Recording.objects.get(mood="calm")
        address = reverse("compiler:cancel_order", args=[project.pk, job.pk])
        answer = alices.post(address, headers=HTMX).content.decode()
        assert "Calm, for" not in answer
        assert Recording.objects.get(pk=job.pk).state == State.CANCELLED

    def test_is_not_another_person_s_to_cancel(
        self, alice: User, alices: Client, bob: User, bobs: Client
    ) -> None:
        alices.post(music_of(factories.project(by=alice)), {"mood": "calm", "length": "60"})
        job = Recording.objects.get(mood="calm")
        address = reverse("compiler:cancel_order", args=[factories.project(by=bob).pk, job.pk])
        assert bobs.post(address).status_code == 404
        assert Recording.objects.get(pk=job.pk).state == State.QUEUED

    @pytest.mark.parametrize("wrong", [{"mood": "angry"}, {"length": "7"}, {"length": ""}])
    def test_refuses_what_nobody_offered(self, alice: User, alices: Client, wrong: dict[str, str]) -> None:
        sent = {"mood": "calm", "length": "60"} | wrong
        answer = alices.post(music_of(factories.project(by=alice)), sent, headers=HTMX)
        assert answer.status_code == 422
        assert not Recording.objects.exclude(mood="").exists()

    def test_is_refused_while_three_are_being_made(self, alice: User, alices: Client) -> None:
        project = factories.project(by=alice)
        answers = [
            alices.post(music_of(project), {"mood": "calm", "length": "60"}, headers=HTMX) for _ in range(4)
        ]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 422]
        assert "3 tracks are being made for you" in answers[3].content.decode()

    def test_is_not_offered_where_staff_have_switched_the_composer_off(
        self, alice: User, alices: Client, tmp_path: Path
    ) -> None:
        project = factories.project(by=alice)
        factories.approved(tmp_path, project=project, seeds=[1])
        assert "Have a track made" in alices.get(finish_of(project)).content.decode()
        Model.objects.filter(slug="local-music").update(is_on=False)
        assert "Have a track made" not in alices.get(finish_of(project)).content.decode()
        answer = alices.post(music_of(project), {"mood": "calm", "length": "60"}, headers=HTMX)
        assert "Nobody composes music here" in answer.content.decode()


class TestShelf:
    def test_says_that_own_music_is_being_listened_to_and_then_shows_it(
        self, alice: User, alices: Client, tmp_path: Path
    ) -> None:
        project = factories.project(by=alice)
        path = tmp_path / "Our song.wav"
        command = ["-f", "lavfi", "-i", "sine=frequency=330:duration=3", str(path)]
        run.run(command, timeout=60)
        ingest = factories.arrived(path, by=alice, kind="audio")
        page = alices.get(shelf_of(project)).content.decode()
        assert "Our song" in page
        assert "Listening to it" in page
        nothing_else()
        factories.drain()
        page = alices.get(shelf_of(project)).content.decode()
        assert f'data-came-from="{ingest.pk}"' in page
        assert "Listening to it" not in page
        assert Track.objects.get(owner=alice).beats == []  # of a single tone


class TestClipFinish:
    def test_keeps_a_caption_and_shows_it_in_the_preview(
        self, alice: User, alices: Client, tmp_path: Path
    ) -> None:
        project = factories.project(by=alice)
        clip = factories.approved(tmp_path, project=project)[1]
        sent = {
            "caption": " At  the lake ",
            "caption_place": "top",
            "caption_look": "plate",
            "caption_seconds": "0",
        }
        assert alices.post(address_of(clip), sent).status_code == 302
        assert preview_of(alices, project)["captions"] == [
            {"item": 1, "text": "At the lake", "start": 0, "frames": 48, "place": "top", "look": "plate"}
        ]
        assert "At the lake" in alices.get(address_of(clip)).content.decode()

    def test_keeps_the_way_into_the_next_clip_and_leaves_the_rest(
        self, alice: User, alices: Client, tmp_path: Path
    ) -> None:
        project = factories.project(by=alice)
        clip = factories.approved(tmp_path, project=project)[0]
        films.save_clip_finish(clip=clip, now=clock.now(), caption="Hello")
        alices.post(address_of(clip), {"transition": "zoom", "transition_seconds": "0.25"})
        document = preview_of(alices, project)
        assert document["items"][0]["transition"] == {"kind": "zoom", "frames": 6}
        assert document["captions"][0]["text"] == "Hello"
        alices.post(address_of(clip), {"transition": ""})
        assert preview_of(alices, project)["items"][0]["transition"] is None

    def test_keeps_a_point_for_each_shape_until_it_is_automatic_again(
        self, alice: User, alices: Client, tmp_path: Path
    ) -> None:
        clip = factories.approved(tmp_path, project=factories.project(by=alice))[0]
        alices.post(address_of(clip), {"x-9:16": 250, "y-9:16": 1000, "x-1:1": 0, "y-1:1": 500})
        assert ClipFinish.objects.get().focus == {"9:16": [250, 1000], "1:1": [0, 500]}
        alices.post(address_of(clip), {"x-1:1": 0, "y-1:1": 500, "automatic": "1:1"})
        assert ClipFinish.objects.get().focus == {"9:16": [250, 1000]}

    @pytest.mark.parametrize(
        "wrong",
        [
            {"transition": "explosion"},
            {"transition_seconds": "-1"},
            {"caption": "Hello\0"},
            {"caption_place": "outside"},
            {"caption_look": "<b>"},
            {"caption_seconds": "99999999"},
            {"automatic": "7:3"},
            {"x-9:16": 1001, "y-9:16": 5},
            {"x-9:16": -1, "y-9:16": 5},
            {"x-9:16": "left", "y-9:16": 5},
            {"x-9:16": "", "y-9:16": ""},
            {"x-9:16": 5},
        ],
    )
    def test_refuses_what_cannot_be_with_a_sentence(
        self, alice: User, alices: Client, tmp_path: Path, wrong: dict[str, Any]
    ) -> None:
        clip = factories.approved(tmp_path, project=factories.project(by=alice), seeds=[1])[0]
        answers = [alices.post(address_of(clip), wrong, headers=headers) for headers in ({}, HTMX)]
        assert [answer.status_code for answer in answers] == [422, 422]
        for answer in answers:
            assert 'role="alert"' in answer.content.decode() or "undo-toast" in answer.content.decode()
        assert not ClipFinish.objects.exists()

    def test_shortens_a_caption_of_a_hundred_thousand_characters(
        self, alice: User, alices: Client, tmp_path: Path
    ) -> None:
        clip = factories.approved(tmp_path, project=factories.project(by=alice), seeds=[1])[0]
        alices.post(address_of(clip), {"caption": "x" * 100_000})
        assert len(ClipFinish.objects.get().caption) == 300

    def test_does_not_exist_for_a_stranger(self, alice: User, bobs: Client, tmp_path: Path) -> None:
        clip = factories.approved(tmp_path, project=factories.project(by=alice), seeds=[1])[0]
        assert bobs.get(address_of(clip)).status_code == 404
        assert bobs.post(address_of(clip), {"caption": "Mine"}).status_code == 404
        assert not ClipFinish.objects.exists()

    def test_says_so_when_the_clip_has_left_the_film(
        self, alice: User, alices: Client, tmp_path: Path
    ) -> None:
        clip = factories.clip(tmp_path, project=factories.project(by=alice))
        answer = alices.get(address_of(clip), headers=HTMX)
        assert answer.status_code == 422
        assert "not in the film any more" in answer.content.decode()

    def test_opens_as_a_part_of_the_page_and_as_a_page(
        self, alice: User, alices: Client, tmp_path: Path
    ) -> None:
        clip = factories.approved(tmp_path, project=factories.project(by=alice))[0]
        for part, heading in (("clip", "Clip 1"), ("join", "From clip 1 to clip 2")):
            page = alices.get(f"{address_of(clip)}?part={part}").content.decode()
            fragment = alices.get(f"{address_of(clip)}?part={part}", headers=HTMX).content.decode()
            assert heading in page
            assert heading in fragment
            assert ("<html" in page, "<html" in fragment) == (True, False)


class TestPreview:
    def test_has_closing_words_after_the_last_clip(self, alice: User, alices: Client, tmp_path: Path) -> None:
        project = factories.project(by=alice)
        factories.approved(tmp_path, project=project)
        alices.post(finish_of(project), CHOICES | {"title": "Hello", "end_title": "Good bye"})
        document = preview_of(alices, project)
        assert document["end"]["text"] == "Good bye"
        assert document["starts"] == [60, 96]
        assert document["end_start"] == 96 + 48 - 12
        assert document["total_frames"] == document["end_start"] + 72
        assert document["closing_transition"] == {"kind": "fade", "frames": 12}

    def test_has_links_to_what_is_heard_and_the_beats_of_its_music(
        self, alice: User, alices: Client, tmp_path: Path
    ) -> None:
        project = factories.project(by=alice)
        factories.approved(tmp_path, project=project, seeds=[1])
        sea = factories.video(tmp_path, by=alice)
        verbs.add(project=project, asset=sea, by=alice, now=clock.now())
        factories.drain()
        verbs.approve_all(project=project, now=clock.now())
        song = Track.objects.create(title="Kites", duration=48_000, beats=[0, 12_000], key="kites.m4a")
        alices.post(finish_of(project), CHOICES | {"music": str(song.pk)})
        document = preview_of(alices, project)
        quiet, heard = (item["sound"] for item in document["items"])
        assert quiet is None
        assert list(document["sounds"]) == [heard["source"]]
        assert sea.sound in document["sounds"][heard["source"]]
        assert document["beats"] == [0, 12_000]
        assert "kites.m4a" in document["music_url"]

    def test_of_nothing_still_knows_its_shapes(self, alice: User, alices: Client) -> None:
        project = factories.project(by=alice, aspect="9:16")
        assert preview_of(alices, project)["shapes"] == ["9:16"]


class TestFilm:
    def test_shows_its_wrong_shapes(self, alice: User, alices: Client, tmp_path: Path) -> None:
        project = factories.project(by=alice)
        factories.approved(tmp_path, project=project, seeds=[1])
        alices.post(finish_of(project), CHOICES | {"shapes": ["4:5", "16:9"], "make": 1})
        one, other = Film.objects.order_by("timeline__aspect")
        for film, sibling in ((one, other), (other, one)):
            page = alices.get(reverse("compiler:film", args=[film.pk])).content.decode()
            assert f'data-aspect="{film.timeline["aspect"]}"' in page
            assert reverse("compiler:film", args=[sibling.pk]) in page

    def test_alone_shows_no_shapes(self, alice: User, alices: Client, tmp_path: Path) -> None:
        film = factories.film(tmp_path, project=factories.project(by=alice), seeds=[1])
        assert film.state == State.SUCCEEDED
        assert "film__shapes" not in alices.get(reverse("compiler:film", args=[film.pk])).content.decode()
