"""Somebody leaves: no row and no object of theirs stays, and nobody else loses any."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import User
from clips import takes
from compiler import films
from echoes.kernel import clock
from echoes.kernel.storage import base as storages
from jobs import execution, leaving, lifecycle, registry
from library import exports, usage
from library.models import Asset, Track
from library.usage import STORES
from tests import factories, pictures

pytestmark = pytest.mark.django_db(transaction=True)


def objects(user: User) -> list[str]:
    return [
        f"{store}/{found.key}" for store in STORES for found in storages.get(store).listing(f"{user.pk}/")
    ]


def forget(user: User) -> None:
    for name in settings.LEAVING:
        import_string(name)(user=user, now=clock.now())


def furnish(user: User, folder: Path) -> None:
    """A film of two clips, a take more, an export, an upload that never came, and three jobs at work."""
    folder.mkdir()
    project = factories.project(by=user)
    factories.film(folder, project=project)
    song = folder / "song.wav"
    song.write_bytes(pictures.jpeg(folder / "no song.jpg").read_bytes())
    exports.ask(by=user, now=clock.now())
    usage.ask(by=user, now=clock.now())
    factories.drain()
    clip = project.clips.in_order().first()
    assert clip
    takes.request(clip=clip, by=user, now=clock.now())
    films.save_finish(
        project=project, title="Again", subtitle="", transition="none", transition_frames=0, track=None,
        volume=50, now=clock.now(),
    )  # fmt: skip
    films.make(project=project, by=user, now=clock.now())
    factories.arrived(pictures.jpeg(folder / "late.jpg", seed=9), by=user)


class TestForget:
    def test_leaves_nothing_of_somebody_with_three_running_jobs(
        self, alice: User, bob: User, tmp_path: Path
    ) -> None:
        furnish(alice, tmp_path / "a")
        furnish(bob, tmp_path / "b")
        kept = objects(bob)
        running = [execution.claim_next("media", now=clock.now()) for _ in range(6)]
        assert len([job for job in running if job and job.owner_id == alice.pk]) == 3
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(leaving, "PATIENCE", 0.0)
            with pytest.raises(leaving.StillAtWork):
                forget(alice)
        for job in running:  # what their workers do within seconds
            if job and job.owner_id == alice.pk:
                job.refresh_from_db()
                lifecycle.stop(job, now=clock.now())
        forget(alice)
        assert objects(alice) == []
        for model in (*registry.models(), Asset, Track):
            assert not model._base_manager.filter(owner=alice).exists(), model
        alice.delete()
        assert objects(bob) == kept
        assert {Asset.objects.filter(owner=bob).count(), bob.projects.get().clips.count()} == {2}

    def test_may_be_called_again_after_a_crash_at_any_place(self, alice: User, tmp_path: Path) -> None:
        furnish(alice, tmp_path / "a")
        for count in range(len(settings.LEAVING)):
            for name in settings.LEAVING[: count + 1]:
                import_string(name)(user=alice, now=clock.now())
        assert objects(alice) == []
        alice.delete()

    def test_leaves_no_empty_folder_on_the_disk(self, alice: User, tmp_path: Path) -> None:
        furnish(alice, tmp_path / "a")
        forget(alice)
        left = [path for store in STORES for path in (settings.MEDIA_DIR / store).glob(f"{alice.pk}*")]
        assert left == []
