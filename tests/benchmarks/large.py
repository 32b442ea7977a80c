"""A large library: one clip that the product has made, and as many rows like it as are wanted."""

from __future__ import annotations

import copy
import itertools
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models.base import ModelState
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from clips import clips as clip_verbs
from clips.models import Clip, Take
from compiler.models import Film
from echoes.kernel import clock
from echoes.kernel.storage import base as storages
from jobs.states import State
from library.models import Asset
from projects import projects
from projects.models import Project
from tests import factories

EACH = 60  # clips of a project


def make(*, owner: User, clips: int, films: int, files: bool) -> dict[str, str]:
    """The pages of it, by name. With `files` every clip has objects of its own in the store."""
    with tempfile.TemporaryDirectory() as name:
        first = factories.clip(Path(name), project=factories.project(by=owner, seconds=5))
    clip_verbs.approve_all(project=first.project, now=clock.now())
    assert first.chosen
    numbers = [min(EACH, clips - start) for start in range(0, clips, EACH)]
    made = [_project(owner, number, first, films=films // len(numbers), files=files) for number in numbers]
    film = Film.objects.filter(owner=owner).latest("created_at")
    return {
        "dashboard": reverse("projects:dashboard"),
        "project": reverse("projects:show", args=[made[0].pk]),
        "finish": reverse("compiler:finish", args=[made[0].pk]),
        "film": reverse("compiler:film", args=[film.pk]),
        "what is yours": reverse("library:usage"),
    }


def look(*, owner: User, address: str, times: int) -> dict[str, Any]:
    """How many queries a page takes, and and the seconds of each look: (on the clock, of this CPU)."""
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(owner)
    for _ in range(2):
        assert client.get(address).status_code == 200
    with CaptureQueriesContext(connection) as seen:
        client.get(address)
    return {"queries": len(seen), "seconds": list(itertools.islice(_timed(client, address), times))}


def _timed(client: Client, address: str) -> Iterator[tuple[float, float]]:
    while True:
        began, worked = time.perf_counter(), time.process_time()
        client.get(address)
        yield time.perf_counter() - began, time.process_time() - worked


def _project(owner: User, number: int, first: Clip, *, films: int, files: bool) -> Project:
    project = projects.create(title="One of many", aspect="16:9", by=owner, now=clock.now())
    assert first.chosen
    assets = [_like(first.asset, files, ("original", "working", "thumbnail")) for _ in range(number)]
    for place, asset in enumerate(assets):
        asset.sha256, asset.name = uuid.uuid4().hex, f"photo {place}.jpg"
    clips = [_like(first, False) for _ in range(number)]
    for place, (clip, asset) in enumerate(zip(clips, assets, strict=True), start=1):
        clip.project, clip.asset, clip.position, clip.chosen, clip.approved = (
            project,
            asset,
            place,
            None,
            False,
        )
    takes = [_like(first.chosen, files, ("key",)) for _ in range(number)]
    for take, clip in zip(takes, clips, strict=True):
        take.project, take.clip, take.digest = project, clip, uuid.uuid4().hex
    Asset.objects.bulk_create(assets)
    Clip.objects.bulk_create(clips)
    Take.objects.bulk_create(takes)
    for take, clip in zip(takes, clips, strict=True):
        clip.chosen, clip.approved = take, True
    Clip.objects.bulk_update(clips, ["chosen", "approved"])
    Film.objects.bulk_create([_film(project) for _ in range(films)])
    return project


def _like(row: Any, files: bool, keys: tuple[str, ...] = ()) -> Any:
    """Another row with an id of its own, and its objects copied under keys of their own."""
    other = copy.copy(row)
    other._state = ModelState()
    other.pk = uuid.uuid4()
    for name in keys:
        old = getattr(row, name)
        new = str(Path(old).parent / f"{other.pk}{Path(old).suffix}")
        if name != keys[0] or len(keys) == 1:
            new = new.replace(".", f"-{name}.", 1)
        setattr(other, name, new)
        if files:
            storages.get("photos").copy(old, new)
    return other


def _film(project: Project) -> Film:
    now = clock.now()
    pk = uuid.uuid4()
    folder = f"{project.owner_id}/films/{pk}"
    return Film(
        id=pk, owner=project.owner, project=project, title="A film", digest=pk.hex, edit=pk.hex,
        timeline={"fps": 24, "aspect": "16:9"}, state=State.SUCCEEDED, started_at=now, finished_at=now,
        run_after=None, progress=100, frames=1_000, width=1280, height=720, size=10_000_000,
        key=f"{folder}/film.mp4",
    )  # fmt: skip
