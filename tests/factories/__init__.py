"""Rows for tests, made by the verbs of the product: no test holds a row that it could not have made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse

from clips import clips as clip_verbs
from clips import takes
from clips.models import Clip
from compiler import films
from compiler.models import Film
from echoes.kernel import clock
from echoes.kernel.ffmpeg import run
from jobs import execution, registry
from library import uploads
from library.models import Asset, Ingest, Kind
from projects import projects
from projects.models import Project
from tests import cast, pictures, shelf


def drain(*, limit: int = 500) -> int:
    """Carry every job that is due, in this thread, until none is; gives how many steps that took."""
    for step in range(limit):
        if not any(execution.work_next(queue) for queue in registry.QUEUES):
            return step
    raise AssertionError(f"still jobs due after {limit} rounds")


def project(*, by: Any, title: str = "Summer", aspect: str = "16:9", seconds: int = 2) -> Project:
    return projects.create(title=title, aspect=aspect, by=by, now=clock.now(), seconds=seconds)


def sign_in(user: Any) -> int:
    """A session that began on the sign-in page; gives its number in the list of sessions."""
    Client().post(reverse("account_login"), {"login": user.email, "password": cast.PASSWORD})
    return UserSession.objects.filter(user=user).latest("pk").pk


def arrived(path: Path, *, by: Any, kind: str = Kind.PHOTO) -> Ingest:
    """An upload whose bytes are in storage, and the job that will read it."""
    return uploads.bring(path=path, kind=kind, by=by, now=clock.now())


def photo(tmp_path: Path, *, by: Any, seed: int = 1) -> Asset:
    """A photo in somebody's library."""
    ingest = arrived(pictures.jpeg(tmp_path / f"photo {seed}.jpg", seed=seed), by=by)
    drain()
    ingest.refresh_from_db()
    assert ingest.asset is not None, ingest.error_message
    return ingest.asset


def video(
    tmp_path: Path,
    *,
    by: Any,
    name: str = "video.mp4",
    size: str = "320x180",
    seconds: float = 2,
    sound: bool = True,
) -> Asset:
    """A video in somebody's library."""
    ingest = arrived(
        footage(tmp_path / name, size=size, seconds=seconds, sound=sound), by=by, kind=Kind.VIDEO
    )
    drain()
    ingest.refresh_from_db()
    assert ingest.asset is not None, ingest.error_message
    return ingest.asset


def footage(path: Path, *, size: str = "320x180", seconds: float = 2, sound: bool = True) -> Path:
    """A file as a phone would have written it."""
    seen = ("-f", "lavfi", "-i", f"testsrc2=size={size}:rate=30:duration={seconds}")
    heard = ("-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}") if sound else ()
    quick = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
    run.run([*seen, *heard, *quick, str(path)], timeout=60)
    return path


def clip(tmp_path: Path, *, project: Project, seed: int = 1) -> Clip:
    """A clip with its first take made."""
    asset = photo(tmp_path, by=project.owner, seed=seed)
    with shelf.same_chance(seed):
        made = clip_verbs.add(project=project, asset=asset, by=project.owner, now=clock.now())
    take = takes.latest(made)
    assert take is not None
    shelf.bring(take)
    drain()
    made.refresh_from_db()
    assert made.chosen is not None, takes.latest(made)
    shelf.keep(take)
    return made


def approved(tmp_path: Path, *, project: Project, seeds: Sequence[int] = (1, 2)) -> list[Clip]:
    made = [clip(tmp_path, project=project, seed=seed) for seed in seeds]
    clip_verbs.approve_all(project=project, now=clock.now())
    return made


def film(tmp_path: Path, *, project: Project, seeds: Sequence[int] = (1, 2)) -> Film:
    approved(tmp_path, project=project, seeds=seeds)
    made = films.make(project=project, by=project.owner, now=clock.now())[0]
    drain()
    made.refresh_from_db()
    return made
