"""Somebody leaves: no row and no object of theirs stays, and nobody else loses any."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import User
from clips.models import Clip
from echoes.kernel import clock
from echoes.kernel.storage import base as storages
from jobs import execution, leaving, lifecycle, registry
from jobs.models import Job
from library import exports, uploads, usage
from library.models import Asset, Ticket, Track
from library.usage import STORES
from projects.models import Project
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
    """A film of two clips, an export, a counting, and an upload that was begun and never came."""
    folder.mkdir()
    factories.film(folder, project=factories.project(by=user, seconds=1))
    exports.ask(by=user, now=clock.now())
    usage.ask(by=user, now=clock.now())
    factories.drain()
    uploads.start(name="a.jpg", size=5, content_type="", kind="photo", by=user, now=clock.now())


def busy(user: User, folder: Path) -> list[Job]:
    """Three jobs of theirs that workers carry, and one that waits."""
    for number in range(4):
        factories.arrived(pictures.jpeg(folder / f"late {number}.jpg", seed=number), by=user)
    found = [execution.claim_next("media", now=clock.now()) for _ in range(3)]
    return [job for job in found if job]


class TestForget:
    def test_leaves_nothing_of_somebody_with_three_running_jobs(
        self, alice: User, bob: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        furnish(alice, tmp_path / "a")
        factories.photo(tmp_path, by=bob)
        kept = objects(bob)
        running = busy(alice, tmp_path)
        assert len(running) == 3
        monkeypatch.setattr(leaving, "PATIENCE", 0.0)
        with pytest.raises(leaving.StillAtWork):
            forget(alice)
        for job in running:  # what their workers do within seconds
            job.refresh_from_db()
            lifecycle.stop(job, now=clock.now())
        forget(alice)
        assert objects(alice) == []
        for model in (*registry.models(), Asset, Track, Ticket, Clip, Project):
            whose = "project__owner" if model is Clip else "owner"
            assert not model._base_manager.filter(**{whose: alice}).exists(), model
        left = [path for store in STORES for path in (settings.MEDIA_DIR / store).glob(f"{alice.pk}*")]
        assert left == []
        alice.delete()
        assert objects(bob) == kept
        assert Asset.objects.get().owner == bob

    def test_may_be_called_again_after_a_crash_at_any_place(self, alice: User, tmp_path: Path) -> None:
        factories.clip(tmp_path, project=factories.project(by=alice, seconds=1))
        factories.arrived(pictures.jpeg(tmp_path / "late.jpg", seed=9), by=alice)
        for count in range(len(settings.LEAVING)):
            for name in settings.LEAVING[: count + 1]:
                import_string(name)(user=alice, now=clock.now())
        assert objects(alice) == []
        alice.delete()
