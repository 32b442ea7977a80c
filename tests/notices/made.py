"""Jobs for tests of notices, ended by the lifecycle and by nothing else."""

from __future__ import annotations

import uuid
from datetime import datetime

from compiler.models import Film
from echoes.kernel import clock
from jobs import lifecycle
from projects.models import Project


def film(project: Project, *, edit: str = "", title: str = "Summer") -> Film:
    """A film that waits for a worker."""
    made = Film(
        owner=project.owner,
        project=project,
        title=title,
        timeline={"fps": 24, "aspect": "16:9"},
        digest=uuid.uuid4().hex,
        edit=edit,
    )
    return lifecycle.enqueue(made, by=project.owner)


def ready(film: Film, *, now: datetime | None = None) -> Film:
    now = now or clock.now()
    key = f"{film.owner_id}/films/{film.pk}/film.mp4"
    return lifecycle.succeed(lifecycle.claim(film, now=now), now=now, key=key, frames=48)


def broken(film: Film, *, code: str = "no_space", message: str = "The disk is full.") -> Film:
    now = clock.now()
    return lifecycle.fail(lifecycle.claim(film, now=now), code=code, message=message, now=now)
