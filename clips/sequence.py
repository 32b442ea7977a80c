"""In which order the clips of a film stand: by the time they were taken, shuffled, or as they were.

By hand is `clips.move`. Each verb gives the order before, which `put` brings back.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from clips.models import Clip
from projects import projects
from projects.models import Project

Order = tuple[UUID, ...]


@transaction.atomic
def by_time(*, project: Project, now: datetime) -> Order:
    """The oldest first; those of the same moment stay as they are."""
    return _arrange(project, lambda clips: sorted(clips, key=lambda clip: clip.moment), now=now)


@transaction.atomic
def shuffle(*, project: Project, now: datetime) -> Order:
    """Any order but the present one, where there is another."""
    return _arrange(project, _shuffled, now=now)


@transaction.atomic
def put(*, project: Project, order: Sequence[UUID], now: datetime) -> Order:
    """These first, in this order; what has come since then stays behind them."""
    places = {pk: place for place, pk in enumerate(order)}
    last = len(places)
    return _arrange(project, lambda clips: sorted(clips, key=lambda clip: places.get(clip.pk, last)), now=now)


def present(project: Project) -> Order:
    """The order as it is."""
    return tuple(Clip.objects.present().filter(project=project).in_order().values_list("pk", flat=True))


def _arrange(project: Project, arranged: Callable[[list[Any]], list[Any]], *, now: datetime) -> Order:
    Project.objects.select_for_update().get(pk=project.pk)
    clips = list(Clip.objects.present().filter(project=project).in_order())
    before = tuple(clip.pk for clip in clips)
    fresh = arranged(clips)
    if before == tuple(clip.pk for clip in fresh):
        return before
    for place, clip in enumerate(fresh, start=1):
        clip.position = place
    Clip.objects.bulk_update(fresh, ["position"])
    projects.touch(project_id=project.pk, now=now)
    return before


def _shuffled(clips: list[Any]) -> list[Any]:
    fresh = random.sample(clips, len(clips))
    while fresh == clips and len(clips) > 1:
        fresh = random.sample(clips, len(clips))
    return fresh
