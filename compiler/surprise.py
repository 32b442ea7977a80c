"""A film at once: its best clips, with a title and music where nobody has chosen any yet."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from clips import highlights
from clips.highlights import Highlights
from compiler.models import Finish
from library import tracks
from library.models import Track
from projects import projects
from projects.models import Project

PEOPLE = ("tender", "uplifting", "nostalgic", "playful")
PLACES = ("cinematic", "adventure", "dreamy", "sunny")
"""Moods for a film that shows faces in half of its clips or more, and for the others."""


@dataclass(frozen=True)
class Surprise:
    """`title` and `track` are empty where somebody had chosen, or where there is nothing to choose from."""

    highlights: Highlights
    title: str
    track: Track | None


@transaction.atomic
def make(*, project: Project, by: Any, now: datetime) -> Surprise:
    """Raises highlights.NothingReady."""
    found = highlights.choose(project=project, now=now)
    finish, _ = Finish.objects.get_or_create(project=project)
    title = "" if finish.title or projects.is_untitled(project.title) else project.title
    track = None if finish.track_id else _track(by, faces=found.faces, now=now)
    if title or track:
        finish.title = title or finish.title
        finish.track = track or finish.track
        finish.save(update_fields=["title", "track"])
    return Surprise(found, title, track)


def take_back(*, project: Project, title: str, track: UUID | None) -> None:
    """Of the finish, as far as nobody has chosen anything else since."""
    Finish.objects.filter(project=project, title=title).update(title="")
    Finish.objects.filter(project=project, track__isnull=False, track=track).update(track=None)


def _track(by: Any, *, faces: float, now: datetime) -> Track | None:
    """One of ours that suits; what is missing on the shelf is made for the next time."""
    ours = [track for track in tracks.stock(by=by, now=now).tracks if track.owner_id is None]
    moods = PEOPLE if faces >= 0.5 else PLACES
    fitting = [track for track in ours if track.mood in moods]
    return random.choice(fitting or ours) if ours else None
