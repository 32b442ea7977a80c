from __future__ import annotations

import io
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from PIL import ExifTags, Image

from accounts.models import User
from clips.models import Clip
from compiler.models import Film, Showcase
from echoes.demo import scenes, visitor
from echoes.kernel import clock
from echoes.management.commands import seed_demo
from jobs.states import State
from projects import projects
from projects.models import Project
from providers.local import music

EDGE = 360


@pytest.fixture
def key() -> Iterator[Path]:
    """Where the password is kept; nothing is left of it."""
    path = settings.DATA_DIR / visitor.KEY_FILE
    path.unlink(missing_ok=True)
    yield path
    path.unlink(missing_ok=True)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> tuple[scenes.Scene, ...]:
    """The demo with three of its scenes and little music, to be quick; `TestScenes` draws them all."""
    some = tuple(scene for scene in scenes.SCENES if scene.slug in {"white-sail", "dusk-kite", "milky-way"})
    monkeypatch.setattr(scenes, "SCENES", some)
    short = tuple(replace(recipe, seconds=12) for recipe in music.CATALOGUE if recipe.slug == seed_demo.MUSIC)
    monkeypatch.setattr(music, "CATALOGUE", short)
    return some


def interrupted() -> Project:
    """What a run leaves that was stopped before its photos were read."""
    owner = visitor.welcome(data_dir=settings.DATA_DIR).user
    return projects.create(title=seed_demo.TITLE, aspect="16:9", by=owner, now=clock.now(), seconds=2)


def seed() -> str:
    said = io.StringIO()
    call_command("seed_demo", "--seconds=2", f"--edge={EDGE}", stdout=said)
    return said.getvalue()


@pytest.mark.django_db(transaction=True)
class TestSeedDemo:
    def test_makes_a_film_once_and_hands_over_the_key(
        self, key: Path, few: tuple[scenes.Scene, ...], bob: User
    ) -> None:
        left = interrupted()
        said = seed()
        password = key.read_text()
        assert said.count("\n") == 1
        assert said.endswith(f"as demo@example.org with the password {password}\n")
        assert settings.PUBLIC_URL + reverse("account_login") in said
        assert stat.S_IMODE(key.stat().st_mode) == 0o600

        left.refresh_from_db()
        assert left.removed_at is not None
        project = Project.objects.get(removed_at=None)
        clips = Clip.objects.present().filter(project=project).in_order()
        assert (project.owner.email, project.title) == ("demo@example.org", "A week outdoors")
        assert [clip.asset.name for clip in clips] == [f"{scene.title}.jpg" for scene in few]
        assert all(clip.approved for clip in clips)
        moments = [clip.asset.taken_at.replace(tzinfo=None) for clip in clips if clip.asset.taken_at]
        assert moments == [scene.taken_at for scene in few]
        film = Film.objects.get()
        assert (film.state, film.title) == (State.SUCCEEDED, "A week outdoors")
        assert film.track is not None
        assert "“A week outdoors”: 3 pictures" in Client().get(reverse("landing")).text

        page = Client().post(reverse("account_login"), {"login": "demo@example.org", "password": password})
        assert (page.status_code, page["Location"]) == (302, reverse("projects:dashboard"))

        Showcase.objects.all().delete()
        again = seed()
        assert Showcase.objects.get().film == film
        assert "is there already" in again
        assert password in again
        assert (Film.objects.count(), Project.objects.count()) == (1, 2)
        assert not Project.objects.filter(owner=bob).exists()


@pytest.mark.django_db
class TestWelcome:
    def test_keeps_the_person_and_the_password(self, key: Path) -> None:
        first = visitor.welcome(data_dir=settings.DATA_DIR)
        assert visitor.welcome(data_dir=settings.DATA_DIR) == first
        assert first.user.check_password(first.password)

    def test_replaces_a_password_that_was_lost(self, key: Path) -> None:
        first = visitor.welcome(data_dir=settings.DATA_DIR)
        key.unlink()
        second = visitor.welcome(data_dir=settings.DATA_DIR)
        assert second.user == first.user
        assert second.password != first.password
        assert User.objects.get().check_password(second.password)

    def test_leaves_everybody_else_alone(self, key: Path, alice: User) -> None:
        before = alice.password
        visitor.welcome(data_dir=settings.DATA_DIR)
        alice.refresh_from_db()
        assert alice.password == before


class TestScenes:
    @pytest.mark.parametrize("scene", scenes.SCENES, ids=lambda scene: scene.slug)
    def test_are_pictures_with_light_and_shade(self, scene: scenes.Scene) -> None:
        picture = scenes.draw(scene.slug, long_side=EDGE)
        assert picture.size == scene.size(long_side=EDGE)
        assert max(picture.size) == EDGE
        assert (picture.height > picture.width) == scene.upright
        pixels = np.asarray(picture, np.float32)
        assert 15 < pixels.mean() < 215
        assert pixels.std() > 18

    def test_are_the_same_each_time(self) -> None:
        assert scenes.draw("dusk-kite", long_side=EDGE) == scenes.draw("dusk-kite", long_side=EDGE)

    def test_have_a_name_of_their_own_and_follow_each_other_in_time(self) -> None:
        moments = [scene.taken_at for scene in scenes.SCENES]
        assert moments == sorted(set(moments))
        assert {scene.slug for scene in scenes.SCENES} == set(scenes.PAINTERS)
        assert len({scene.title for scene in scenes.SCENES}) == len(scenes.SCENES) == 8

    def test_are_saved_with_the_time_they_were_taken(self, tmp_path: Path) -> None:
        path = scenes.save(scenes.SCENES[0], folder=tmp_path, long_side=EDGE)
        with Image.open(path) as picture:
            details = picture.getexif().get_ifd(ExifTags.IFD.Exif)
        assert picture.format == "JPEG"
        assert details[ExifTags.Base.DateTimeOriginal] == "2026:10:03 07:12:00"
