from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import av
import pytest
from django.db import close_old_connections

from accounts.models import User
from clips import clips
from compiler import films, queries
from compiler.models import Film
from echoes.kernel import clock
from echoes.kernel.storage import base as storages
from jobs import lifecycle
from jobs.states import State
from projects.models import Project
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def finish(project: Project, **changes: Any) -> None:
    start = {"title": "", "subtitle": "", "transition": "fade", "transition_frames": 12, "track": None}
    films.save_finish(project=project, volume=50, now=clock.now(), **{**start, **changes})


class TestMake:
    def test_makes_what_was_planned_to_the_frame(self, alice: User, tmp_path: Path) -> None:
        project = factories.project(by=alice)
        film = factories.film(tmp_path, project=project)
        assert (film.state, film.error_message) == (State.SUCCEEDED, "")
        assert film.frames == 2 * 48 - 12
        with storages.get("films").local_copy(film.key) as path, av.open(str(path)) as file:
            assert sum(1 for _ in file.decode(video=0)) == film.frames
            assert file.streams.audio[0].codec_context.sample_rate == 48_000
        for picture in (film.poster, film.sprite, film.moving):
            assert storages.get("films").exists(picture)

    def test_takes_any_text_as_a_title(self, alice: User, tmp_path: Path) -> None:
        project = factories.project(by=alice)
        factories.approved(tmp_path, project=project, seeds=[1])
        finish(project, title="'; drawtext=%{pts} \\ 🎉 שלום " + "x" * 10_000)
        film = films.make(project=project, by=alice, now=clock.now())[0]
        factories.drain()
        film.refresh_from_db()
        assert film.state == State.SUCCEEDED
        assert film.frames == 48 + 72 - 12
        assert len(film.title) <= 160

    def test_refuses_when_nothing_is_approved(self, alice: User) -> None:
        with pytest.raises(films.NothingApproved):
            films.make(project=factories.project(by=alice), by=alice, now=clock.now())

    def test_gives_the_same_film_to_two_tabs(self, alice: User, tmp_path: Path) -> None:
        project = factories.project(by=alice)
        factories.approved(tmp_path, project=project)
        made, barrier = [], threading.Barrier(4)

        def press() -> None:
            barrier.wait()
            made.append(films.make(project=project, by=alice, now=clock.now())[0].pk)
            close_old_connections()

        threads = [threading.Thread(target=press) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(made) == 4
        assert len(set(made)) == Film.objects.count() == 1

    def test_makes_another_film_after_an_edit(self, alice: User, tmp_path: Path) -> None:
        project = factories.project(by=alice)
        first = factories.film(tmp_path, project=project)
        finish(project, transition="wipe")
        second = films.make(project=project, by=alice, now=clock.now())[0]
        assert second != first

    def test_leaves_out_what_is_not_approved(self, alice: User, tmp_path: Path) -> None:
        project = factories.project(by=alice)
        made = factories.approved(tmp_path, project=project)
        clips.approve(clip=made[0], approved=False, now=clock.now())
        film = films.make(project=project, by=alice, now=clock.now())[0]
        assert len(film.timeline["items"]) == 1

    def test_says_so_when_a_clip_has_vanished(self, alice: User, tmp_path: Path) -> None:
        project = factories.project(by=alice)
        made = factories.approved(tmp_path, project=project)
        assert made[0].chosen is not None
        storages.get("photos").delete(made[0].chosen.key)
        film = films.make(project=project, by=alice, now=clock.now())[0]
        factories.drain()
        film.refresh_from_db()
        assert (film.state, film.error_code) == (State.FAILED, "file_missing")


class TestRetry:
    def test_of_an_old_failure_gives_the_film_that_was_made_since(self, alice: User, tmp_path: Path) -> None:
        project = factories.project(by=alice)
        factories.approved(tmp_path, project=project, seeds=[1])
        old = films.make(project=project, by=alice, now=clock.now())[0]
        lifecycle.cancel(old, by=alice, now=clock.now())
        new = films.make(project=project, by=alice, now=clock.now())[0]
        assert new != old
        assert films.retry(film=old, by=alice, now=clock.now()) == new


class TestPreview:
    def test_plays_the_document_that_is_made(self, alice: User, tmp_path: Path) -> None:
        project = factories.project(by=alice)
        factories.approved(tmp_path, project=project)
        finish(project, title="Hello")
        document = queries.preview(project=project, finish=films.finish_of(project), now=clock.now())
        film = films.make(project=project, by=alice, now=clock.now())[0]
        assert document.items() >= film.timeline.items()
        assert set(document["urls"]) == {item["source"] for item in document["items"]}
        assert document["total_frames"] == 72 + 48 + 48 - 24

    def test_of_nothing_is_empty(self, alice: User) -> None:
        project = factories.project(by=alice)
        document = queries.preview(project=project, finish=films.finish_of(project), now=clock.now())
        assert document["total_frames"] == 0
