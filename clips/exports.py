"""What a person takes along of their clips: every take, what was chosen, and what a model saw."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from clips.models import Clip, Glance, Take
from jobs.states import State
from library.exports import Item, document, folder


def owned(*, user: Any) -> Iterator[Item]:
    made = Take.objects.filter(owner=user, state=State.SUCCEEDED).select_related("clip__asset", "project")
    for take in made.order_by("project__created_at", "clip__position", "number"):
        yield Item(_name(take), storage="photos", key=take.key)
    clips = Clip.objects.filter(project__owner=user).select_related("asset", "chosen")
    yield document("clips.json", map(_described, clips.order_by("project__created_at", "position")))
    takes = Take.objects.filter(owner=user).order_by("created_at")
    yield document("takes.json", map(_told, takes))
    glances = Glance.objects.filter(owner=user, state=State.SUCCEEDED).select_related("asset")
    yield document("ideas.json", map(_seen, glances.order_by("created_at")))


def _name(take: Take) -> str:
    photo = PurePath(take.clip.asset.name).stem
    return f"clips/{folder(take.project.title)}/{take.clip.position:03} {photo} take {take.number}.mp4"


def _described(clip: Clip) -> dict[str, Any]:
    return {
        "id": clip.pk,
        "project": clip.project_id,
        "position": clip.position,
        "photo": clip.asset.name,
        "prompt": clip.prompt,
        "approved": clip.approved,
        "chosen_take": clip.chosen.number if clip.chosen else None,
        "removed": clip.removed_at,
    }


def _told(take: Take) -> dict[str, Any]:
    return {
        "clip": take.clip_id,
        "number": take.number,
        "state": take.state,
        "model": take.model,
        "prompt": take.prompt,
        "seed": take.seed,
        "seconds": take.seconds,
        "asked": take.created_at,
    }


def _seen(glance: Glance) -> dict[str, Any]:
    return {
        "photo": glance.asset.name,
        "seen_by": glance.seen_by,
        "description": glance.description,
        "ideas": glance.ideas,
        "tags": glance.tags,
        "at": glance.finished_at,
    }
