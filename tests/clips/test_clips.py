from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from clips import clips, queries, takes
from clips.models import Clip, Placement, Take
from compiler import films, loudness
from echoes.kernel import clock, shapes
from echoes.kernel.ffmpeg import encoding, mezzanine
from echoes.kernel.storage import base as storages
from jobs.states import State
from library.models import Asset, Kind
from projects.models import Project
from providers.local import motion
from tests import factories, pictures

pytestmark = pytest.mark.django_db(transaction=True)


def bare(project: object, alice: User, number: int) -> Clip:
    """A clip whose photo nobody will ever read, for tests of order alone."""
    asset = Asset.objects.create(
        owner=alice, kind="photo", name=f"{number}.jpg", sha256=f"{number:064}", size=1, original="x"
    )
    return Clip.objects.create(project=project, asset=asset, position=number)


def flip(path: Path) -> None:
    """Other bits in the middle of the file, where its pictures are."""
    data = bytearray(path.read_bytes())
    middle = slice(len(data) // 2, len(data) // 2 + 400)
    data[middle] = bytes(byte ^ 0x5A for byte in data[middle])
    path.write_bytes(data)


def order(project: object) -> list[str]:
    return [clip.asset.name for clip in Clip.objects.present().filter(project=project).in_order()]


class TestPlacement:
    def test_waits_for_the_photo_and_then_brings_it_to_life(self, alice: User, tmp_path: Path) -> None:
        project = factories.project(by=alice)
        ingest = factories.arrived(pictures.jpeg(tmp_path / "a.jpg"), by=alice)
        placement = clips.await_photo(project=project, ingest=ingest, by=alice)
        factories.drain()
        placement.refresh_from_db()
        assert placement.state == State.SUCCEEDED
        card = queries.cards(project, now=clock.now())[0]
        assert (card.state, card.takes_count, card.position) == ("ready", 1, 1)

    def test_is_told_on_the_page_while_it_waits(
        self, alice: User, alices: Client, bobs: Client, tmp_path: Path
    ) -> None:
        project = factories.project(by=alice)
        address = reverse("clips:reading", args=[project.pk])
        ingest = factories.arrived(pictures.jpeg(tmp_path / "a.jpg"), by=alice)
        clips.await_photo(project=project, ingest=ingest, by=alice)
        told = "1 photo or video is being read"
        assert told in alices.get(reverse("projects:show", args=[project.pk])).content.decode()
        assert told in alices.get(address, headers={"HX-Request": "true"}).content.decode()
        assert bobs.get(address).status_code == 404
        factories.drain()
        assert told not in alices.get(address, headers={"HX-Request": "true"}).content.decode()

    def test_of_a_refused_photo_fails_with_its_reason(self, alice: User, tmp_path: Path) -> None:
        (tmp_path / "a.jpg").write_text("not a photo")
        project = factories.project(by=alice)
        ingest = factories.arrived(tmp_path / "a.jpg", by=alice)
        placement = clips.await_photo(project=project, ingest=ingest, by=alice)
        factories.drain()
        placement.refresh_from_db()
        assert (placement.state, placement.error_code) == (State.FAILED, "text")
        assert not project.clips.exists()

    def test_happens_once_even_if_its_worker_died_after_it(self, alice: User, tmp_path: Path) -> None:
        from clips import execution
        from jobs import lifecycle
        from jobs.execution import Work

        project = factories.project(by=alice)
        asset = factories.photo(tmp_path, by=alice)
        ingest = asset.ingests.get()
        job = lifecycle.claim(clips.await_photo(project=project, ingest=ingest, by=alice), now=clock.now())
        execution.place(job, Work(job))
        execution.place(Placement.objects.get(pk=job.pk), Work(job))
        assert project.clips.count() == 1


class TestAdd:
    def test_orders_by_the_time_taken(self, alice: User) -> None:
        project = factories.project(by=alice)
        start = clock.now()
        for name, hours in (("b", 2), ("a", 1), ("d", None), ("c", 3)):
            asset = Asset.objects.create(
                owner=alice,
                kind="photo",
                name=name,
                sha256=name * 64,
                size=1,
                original="x",
                taken_at=start + timedelta(hours=hours) if hours else None,
            )
            brought = start + timedelta(hours=1, minutes=30)
            clips.add(project=project, asset=asset, by=alice, now=start, brought_at=brought)
        assert order(project) == ["a", "d", "b", "c"]

    def test_puts_photos_where_they_are_told_in_whatever_order_they_come(self, alice: User) -> None:
        project = factories.project(by=alice)
        for number in (3, 1, 4, 2):
            asset = Asset.objects.create(
                owner=alice, kind="photo", name=str(number), sha256=f"{number:064}", size=1, original="x"
            )
            clips.add(project=project, asset=asset, by=alice, now=clock.now(), position=number)
        assert order(project) == ["1", "2", "3", "4"]


class TestMove:
    @pytest.mark.parametrize(
        ("position", "expected"),
        [(1, "3124"), (2, "1324"), (4, "1243"), (99, "1243"), (3, "1234")],
    )
    def test_puts_a_clip_where_it_is_told(self, alice: User, position: int, expected: str) -> None:
        project = factories.project(by=alice)
        made = [bare(project, alice, number) for number in (1, 2, 3, 4)]
        clips.move(clip=made[2], position=position, now=clock.now())
        assert "".join(name[0] for name in order(project)) == expected


class TestApprove:
    def test_refuses_a_clip_without_a_take(self, alice: User) -> None:
        clip = bare(factories.project(by=alice), alice, 1)
        with pytest.raises(clips.NothingToApprove):
            clips.approve(clip=clip, approved=True, now=clock.now())

    def test_is_withdrawn_when_a_new_take_is_shown(self, alice: User, tmp_path: Path) -> None:
        clip = factories.clip(tmp_path, project=factories.project(by=alice))
        clips.approve(clip=clip, approved=True, now=clock.now())
        takes.request(clip=clip, by=alice, now=clock.now(), prompt="zoom in")
        factories.drain()
        clip.refresh_from_db()
        assert not clip.approved


class TestAnimateAll:
    def asked(self, project: Project) -> int:
        return clips.animate_all(project=project, by=project.owner, now=clock.now())

    def still(self, tmp_path: Path, project: Project, number: int) -> None:
        """Clips whose takes were all cancelled."""
        for seed in range(number):
            asset = factories.photo(tmp_path, by=project.owner, seed=seed)
            clip = clips.add(project=project, asset=asset, by=project.owner, now=clock.now())
            takes.cancel_live(clip=clip, by=project.owner, now=clock.now())

    def test_asks_for_what_is_missing_and_only_once(self, alice: User, tmp_path: Path) -> None:
        project = factories.project(by=alice)
        factories.clip(tmp_path, project=project, seed=9)
        self.still(tmp_path, project, 2)
        assert self.asked(project) == 2
        assert self.asked(project) == 0
        factories.drain()
        assert Clip.objects.filter(chosen__number=2).count() == 2

    def test_takes_as_many_queries_for_many_clips_as_for_one(self, alice: User, tmp_path: Path) -> None:
        counts = []
        for number in (1, 5):
            project = factories.project(by=alice)
            self.still(tmp_path, project, number)
            with CaptureQueriesContext(connection) as captured:
                assert self.asked(project) == number
            counts.append(len(captured))
        assert counts[0] == counts[1]


class TestTakes:
    def test_asked_for_twice_at_once_are_one(self, alice: User, tmp_path: Path) -> None:
        clip = factories.clip(tmp_path, project=factories.project(by=alice))
        first = takes.request(clip=clip, by=alice, now=clock.now(), prompt="pan left")
        second = takes.request(clip=clip, by=alice, now=clock.now(), prompt="pan right")
        assert first == second

    def test_of_the_same_recipe_are_made_once(self, alice: User, tmp_path: Path) -> None:
        clip = factories.clip(tmp_path, project=factories.project(by=alice))
        made = clip.chosen
        assert made is not None
        again = takes.request(clip=clip, by=alice, now=clock.now(), seed=made.seed)
        assert again == made

    def test_can_be_chosen_again(self, alice: User, tmp_path: Path) -> None:
        clip = factories.clip(tmp_path, project=factories.project(by=alice))
        first = clip.chosen
        assert first is not None
        takes.request(clip=clip, by=alice, now=clock.now(), prompt="still")
        factories.drain()
        clip.refresh_from_db()
        assert clip.chosen != first
        takes.choose(clip=clip, take=first, now=clock.now())
        clip.refresh_from_db()
        assert clip.chosen == first

    def test_that_are_not_ready_cannot_be_chosen(self, alice: User, tmp_path: Path) -> None:
        clip = factories.clip(tmp_path, project=factories.project(by=alice))
        unfinished = takes.request(clip=clip, by=alice, now=clock.now(), prompt="still")
        with pytest.raises(takes.NotReady):
            takes.choose(clip=clip, take=unfinished, now=clock.now())

    @pytest.mark.parametrize(
        ("seconds", "damage", "why"),
        [
            (2, lambda path: flip(path), "decoded"),
            (2, lambda path: path.write_bytes(path.read_bytes()[:4_000]), "read"),
            (1, lambda path: None, "frames"),
        ],
        ids=["wrong bits", "cut off", "too short"],
    )
    def test_that_do_not_come_out_right_are_not_kept(
        self,
        alice: User,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        seconds: int,
        damage: Callable[[Path], object],
        why: str,
    ) -> None:
        def careless(*, out: Path, **wishes: Any) -> Path:
            made = render(out=out, **(wishes | {"seconds": seconds}))
            damage(made)
            return made

        render = motion.render
        monkeypatch.setattr(motion, "render", careless)
        project = factories.project(by=alice)
        asset = factories.photo(tmp_path, by=alice)
        clips.add(project=project, asset=asset, by=alice, now=clock.now())
        factories.drain()
        take = Take.objects.get()
        assert (take.state, take.error_code, take.key) == (State.FAILED, "take_spoilt", "")
        assert "our fault" in take.error_message
        assert why in take.error_detail
        assert not storages.get("photos").exists(f"{alice.pk}/takes/{take.digest}-{encoding.VERSION}.mp4")

    def test_are_stopped_when_their_clip_is_removed_and_made_when_it_comes_back(
        self, alice: User, tmp_path: Path
    ) -> None:
        project = factories.project(by=alice)
        asset = factories.photo(tmp_path, by=alice)
        clip = clips.add(project=project, asset=asset, by=alice, now=clock.now())
        clips.remove(clip=clip, by=alice, now=clock.now())
        assert Take.objects.get().state == State.CANCELLED
        clips.restore(clip=clip, by=alice, now=clock.now())
        factories.drain()
        clip.refresh_from_db()
        assert clip.chosen is not None


class TestCards:
    def test_take_the_same_number_of_queries_for_one_as_for_many(
        self, alice: User, django_assert_num_queries: object
    ) -> None:
        project = factories.project(by=alice)
        counts = []
        for numbers in ([1], range(2, 31)):
            for number in numbers:
                bare(project, alice, number)
            from django.db import connection
            from django.test.utils import CaptureQueriesContext

            with CaptureQueriesContext(
                connection,
            ) as captured:
                queries.cards(project, now=clock.now())
            counts.append(len(captured))
        assert counts[0] == counts[1]


class TestVideos:
    def test_become_clips_that_are_the_video_itself(self, alice: User, tmp_path: Path) -> None:
        project = factories.project(by=alice, aspect="9:16")
        clip = clips.add(
            project=project, asset=factories.video(tmp_path, by=alice, seconds=3), by=alice, now=clock.now()
        )
        factories.drain()
        clip.refresh_from_db()
        take = clip.chosen
        assert take is not None, takes.latest(clip)
        assert (take.model, take.seconds, take.prompt) == ("video", 3, "")
        with storages.get("photos").local_copy(take.key) as path:
            mezzanine.prove(path=path, frames=72, fps=24, size=shapes.size("9:16"))

    def test_of_many_minutes_become_clips_of_half_a_minute(self, alice: User) -> None:
        asset = Asset(owner=alice, kind=Kind.VIDEO, duration=600 * 24_000, size=1, sha256="0" * 64)
        asset.save()
        clip = Clip.objects.create(project=factories.project(by=alice), asset=asset, position=1)
        assert takes.request(clip=clip, by=alice, now=clock.now()).seconds == takes.MOST_SECONDS

    def test_have_one_take_however_often_it_is_asked_for(self, alice: User, tmp_path: Path) -> None:
        project = factories.project(by=alice)
        asset = factories.video(tmp_path, by=alice, seconds=1)
        clip = clips.add(project=project, asset=asset, by=alice, now=clock.now())
        factories.drain()
        again = takes.request(clip=clip, by=alice, now=clock.now(), prompt="zoom in")
        assert again == clip.takes.get()

    def test_are_not_offered_to_be_brought_to_life(self, alice: User, alices: Client, tmp_path: Path) -> None:
        project = factories.project(by=alice)
        asset = factories.video(tmp_path, by=alice, seconds=1)
        clip = clips.add(project=project, asset=asset, by=alice, now=clock.now())
        waiting = alices.get(reverse("clips:card", args=[clip.pk]), headers={"HX-Request": "true"})
        factories.drain()
        ready = alices.get(reverse("clips:card", args=[clip.pk]), headers={"HX-Request": "true"})
        assert b"Making a clip of this video" in waiting.content
        assert b"Your video" in ready.content
        assert b"Approve" in ready.content
        for page in (waiting, ready):
            assert b"to life" not in page.content
            assert b"other words" not in page.content

    def test_are_heard_in_the_film(self, alice: User, tmp_path: Path) -> None:
        project = factories.project(by=alice)
        asset = factories.video(tmp_path, by=alice, seconds=2)
        clips.add(project=project, asset=asset, by=alice, now=clock.now())
        factories.drain()
        film = factories.film(tmp_path, project=project, seeds=(1,))
        assert film.state == State.SUCCEEDED, film.error_detail
        with storages.get("films").local_copy(film.key) as path:
            heard = loudness.of_file(path, timeout=60)
        assert heard.integrated == pytest.approx(-14, abs=1)

    @pytest.mark.parametrize("aspect", ["1:1", "9:16"])
    def test_are_cut_anew_for_a_film_in_anwrong_shape(self, alice: User, tmp_path: Path, aspect: str) -> None:
        project = factories.project(by=alice)
        clips.add(
            project=project,
            asset=factories.video(tmp_path, by=alice, size="640x360", seconds=1),
            by=alice,
            now=clock.now(),
        )
        factories.drain()
        clips.approve_all(project=project, now=clock.now())
        finish = films.save_finish(
            project=project,
            title="",
            subtitle="",
            transition="none",
            transition_frames=0,
            track=None,
            volume=50,
            now=clock.now(),
            made_in=[aspect],
        )
        assert finish.shapes == [aspect]
        [film] = films.make(project=project, by=alice, now=clock.now())
        factories.drain()
        film.refresh_from_db()
        assert film.state == State.SUCCEEDED, film.error_detail
        assert (film.width, film.height) == shapes.size(aspect)
