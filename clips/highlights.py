"""A film out of a heap of photos: in the order of time, of those that look alike the best alone, and no more
than somebody likes to watch. Whatever is chosen here can be changed by hand afterwards, or taken back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from clips import bursts, ranking, sequence
from clips.models import Clip
from clips.ranking import Photo
from echoes.kernel.errors import EchoesError
from library.models import Kind
from projects import projects
from projects.models import Project

GOOD_SECONDS = 100
"""So long a film of a family's day is watched to its end; our songs last about as long."""
FILMED = 0.6
"""A video was brought on purpose: it counts as a good photo, though nobody has measured it."""


class NothingReady(EchoesError):
    """No clip is ready yet. Please try again in a moment."""

    code = "nothing_ready"


@dataclass(frozen=True)
class Highlights:
    """What is in the film, and how it was before. `kept` says that somebody had approved clips already, which
    then are the film. `faces` is the share of the chosen that show somebody; `waiting` is how many clips
    could not be looked at, since they are not ready yet."""

    chosen: tuple[UUID, ...]
    order: sequence.Order
    approved: tuple[UUID, ...]
    kept: bool
    faces: float
    waiting: int
    seconds: int


@transaction.atomic
def choose(*, project: Project, now: datetime) -> Highlights:
    """Approve the best that fill a film of a good length; where people have approved some, it is exactly
    those, in the order of time. Raises NothingReady."""
    projects.touch(project_id=project.pk, now=now)  # first: the project is locked before its clips
    order = sequence.by_time(project=project, now=now)
    present = Clip.objects.present().filter(project=project).in_order()
    clips = list(present.select_for_update(of=("self",)).select_related("asset", "chosen"))
    ready = [clip for clip in clips if clip.chosen]
    if not ready:
        raise NothingReady
    kept: list[Any] = [clip for clip in ready if clip.approved]
    best = kept or list(_fitting(ready))
    _approve(project, {clip.pk for clip in best})
    return Highlights(
        chosen=tuple(clip.pk for clip in best),
        order=order,
        approved=tuple(clip.pk for clip in kept),
        kept=bool(kept),
        faces=sum(bool(clip.asset.look.get("faces")) for clip in best) / len(best),
        waiting=len(clips) - len(ready),
        seconds=sum(clip.chosen.seconds for clip in best),
    )


@transaction.atomic
def put_back(*, project: Project, order: Sequence[UUID], approved: Collection[UUID], now: datetime) -> None:
    """The order, and what was in the film, as they were."""
    sequence.put(project=project, order=order, now=now)
    _approve(project, approved)


def _approve(project: Project, chosen: Collection[UUID]) -> None:
    """These, and no others."""
    ready = Clip.objects.present().filter(project=project, chosen__isnull=False)
    ready.filter(approved=True).exclude(pk__in=chosen).update(approved=False)
    ready.filter(approved=False, pk__in=chosen).update(approved=True)


def _fitting(ready: Sequence[Any]) -> Iterator[Any]:
    """The most worth first, as long as they fit; the first in any case."""
    shots = [replace(bursts.shot(clip), approved=False) for clip in ready]
    alike = {each for fold in bursts.folds(shots) for each in fold.under}
    single = {clip.pk: clip for clip in ready if clip.pk not in alike}
    left = GOOD_SECONDS
    for number, pk in enumerate(ranking.ranked(_described(list(single.values())))):
        clip = single[pk]
        if number and clip.chosen.seconds > left:
            continue
        left -= clip.chosen.seconds
        yield clip


def _described(clips: Sequence[Any]) -> list[Photo]:
    return [
        Photo(id=clip.pk, place=place, quality=_quality(clip.asset), taken_at=clip.asset.taken_at)
        for place, clip in enumerate(clips)
    ]


def _quality(asset: Any) -> float:
    found = ranking.quality(look=asset.look, width=asset.width, height=asset.height)
    return max(found, FILMED) if asset.kind == Kind.VIDEO else found
