from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import languages
from accounts.models import User
from clips import clips as clip_verbs
from clips import takes
from clips.models import Take
from compiler.models import Film
from echoes.kernel import clock
from jobs import lifecycle
from library import exports
from notices import endings
from notices.models import Notice
from projects import projects
from tests import factories
from tests.notices import made

pytestmark = pytest.mark.django_db(transaction=True)


def words() -> list[str]:
    return list(Notice.objects.order_by("created_at").values_list("words", flat=True))


class TestOfAFilm:
    def test_is_told_when_it_is_ready(self, alice: User) -> None:
        film = made.ready(made.film(factories.project(by=alice)))
        notice = Notice.objects.get()
        assert (notice.words, notice.failed, notice.owner) == ("“Summer” is ready to watch.", False, alice)
        assert (notice.film, notice.project) == (film, film.project)

    def test_says_why_it_could_not_be_made(self, alice: User) -> None:
        made.broken(made.film(factories.project(by=alice)))
        notice = Notice.objects.get()
        assert (notice.words, notice.detail) == ("“Summer” could not be made.", "The disk is full.")
        assert notice.failed

    def test_is_one_notice_for_all_its_shapes_when_the_last_has_ended(self, alice: User) -> None:
        project = factories.project(by=alice)
        wide, tall = made.film(project, edit="e"), made.film(project, edit="e")
        made.ready(wide)
        assert words() == []
        made.ready(tall)
        assert words() == ["“Summer” is ready in 2 shapes."]

    def test_tells_what_is_there_when_a_shape_failed_and_again_when_it_is(self, alice: User) -> None:
        project = factories.project(by=alice)
        wide, tall = made.film(project, edit="e"), made.film(project, edit="e")
        made.ready(wide)
        made.broken(tall)
        lifecycle.retry(tall, by=alice, now=clock.now())
        made.ready(tall)
        assert words() == ["“Summer” is ready in 1 of 2 shapes.", "“Summer” is ready in 2 shapes."]

    def test_says_nothing_of_what_somebody_stopped_themselves(self, alice: User) -> None:
        lifecycle.cancel(made.film(factories.project(by=alice)), by=alice, now=clock.now())
        assert words() == []

    def test_says_nothing_of_what_was_removed(self, alice: User) -> None:
        project = factories.project(by=alice)
        film = made.film(project)
        projects.remove(project=project, now=clock.now())
        made.ready(film)
        assert words() == []

    def test_says_nothing_when_its_file_is_lost_later(self, alice: User) -> None:
        film = made.ready(made.film(factories.project(by=alice)))
        Notice.objects.all().delete()
        lifecycle.lose(film, message="Gone.", now=clock.now(), key="")
        assert words() == []

    def test_is_told_once_however_often_one_looks(self, alice: User) -> None:
        film = made.ready(made.film(factories.project(by=alice)))
        endings.hear(job=film)
        endings.catch_up(now=clock.now())
        assert len(words()) == 1

    def test_is_told_later_when_the_process_died_before_it_could(self, alice: User, settings: object) -> None:
        settings.ENDINGS = []  # type: ignore[attr-defined]
        made.ready(made.film(factories.project(by=alice)))
        assert words() == []
        endings.catch_up(now=clock.now())
        assert words() == ["“Summer” is ready to watch."]

    def test_is_told_later_in_the_language_of_whoever_waited(self, alice: User, settings: object) -> None:
        settings.ENDINGS = []  # type: ignore[attr-defined]
        languages.choose(user=alice, code="es")
        made.ready(made.film(factories.project(by=alice)))
        endings.catch_up(now=clock.now())
        assert words() == ["«Summer» está lista para ver."]

    def test_keeps_no_job_from_ending_when_telling_goes_wrong(self, alice: User, settings: object) -> None:
        settings.ENDINGS = ["notices.models.no_such_thing"]  # type: ignore[attr-defined]
        film = made.ready(made.film(factories.project(by=alice)))
        assert Film.objects.get(pk=film.pk).state == "succeeded"


class TestOfClips:
    def test_is_told_once_all_of_a_heap_are_ready(self, alice: User, tmp_path: Path) -> None:
        project = factories.project(by=alice, title="Lake")
        assets = [factories.photo(tmp_path, by=alice, seed=seed) for seed in (1, 2, 3)]
        for asset in assets:
            clip_verbs.add(project=project, asset=asset, by=alice, now=clock.now())
        factories.drain()
        assert words() == ["All 3 clips of “Lake” are ready."]

    def test_is_no_news_for_one_that_came_quickly(self, alice: User, tmp_path: Path) -> None:
        factories.clip(tmp_path, project=factories.project(by=alice))
        assert words() == []

    def test_is_news_for_one_that_took_long(self, alice: User, tmp_path: Path) -> None:
        clip = factories.clip(tmp_path, project=factories.project(by=alice))
        take = takes.latest(clip)
        assert take
        Take.objects.filter(pk=take.pk).update(created_at=clock.now() - timedelta(minutes=3))
        endings.hear(job=take)
        assert words() == ["A clip of “Summer” is ready."]

    def test_looks_at_the_last_stretch_alone(self, alice: User, tmp_path: Path) -> None:
        """Two old takes and a new one are no heap of three."""
        project = factories.project(by=alice)
        for seed in (1, 2, 3):
            factories.clip(tmp_path, project=project, seed=seed)
        assert words() == []

    def test_asks_one_thing_while_others_are_on_their_way(self, alice: User, tmp_path: Path) -> None:
        project = factories.project(by=alice)
        clip = factories.clip(tmp_path, project=project)
        clip_verbs.add(
            project=project, asset=factories.photo(tmp_path, by=alice, seed=2), by=alice, now=clock.now()
        )
        take = takes.latest(clip)
        assert take
        with CaptureQueriesContext(connection) as asked:
            endings.hear(job=take)
        assert len(asked) == 1
        assert words() == []


class TestOfAnExport:
    def test_is_told_when_it_is_there(self, alice: User) -> None:
        exports.ask(by=alice, now=clock.now())
        factories.drain()
        notice = Notice.objects.get()
        assert notice.words == "Everything of yours is ready, in one file."
        assert notice.project is None
