"""What can be done at once to the clips that somebody has chosen on the page of their project.

Clips of other projects, and those that were removed meanwhile, are left out without a word: the page that was
chosen on may be older than they are. As many queries for many as for one, but that every take in the making
is stopped by itself.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from clips import takes
from clips.models import Clip, Take
from jobs import lifecycle
from jobs.states import LIVE, WANTED
from projects import projects
from projects.models import Project


@dataclass(frozen=True)
class Approval:
    """`changed` are those that were not so before; `waiting` is how many have no take yet, and stay out."""

    changed: tuple[UUID, ...]
    waiting: int


@transaction.atomic
def approve(*, project: Project, chosen: Collection[UUID], approved: bool, now: datetime) -> Approval:
    """Into the film with them, or out of it."""
    projects.touch(project_id=project.pk, now=now)  # first: the project is locked before its clips
    found = list(_present(project, chosen).values_list("pk", "approved", "chosen"))
    changed = tuple(pk for pk, was, take in found if was != approved and (take or not approved))
    Clip.objects.filter(pk__in=changed, chosen__isnull=False).update(approved=approved)
    return Approval(changed, sum(take is None for _, _, take in found) if approved else 0)


@transaction.atomic
def remove(*, project: Project, chosen: Collection[UUID], by: Any, now: datetime) -> tuple[UUID, ...]:
    """Out of the project; `restore` brings them back where they were. Gives those that were there."""
    projects.touch(project_id=project.pk, now=now)
    removed = tuple(_present(project, chosen).values_list("pk", flat=True))
    for take in Take.objects.filter(clip__in=removed, state__in=LIVE):
        lifecycle.cancel(take, by=by, now=now)
    Clip.objects.filter(pk__in=removed).update(removed_at=now)
    return removed


@transaction.atomic
def restore(*, project: Project, chosen: Collection[UUID], by: Any, now: datetime) -> tuple[UUID, ...]:
    """Back where they were; one whose take was stopped is brought to life again. Gives those that were not
    there."""
    projects.touch(project_id=project.pk, now=now)
    gone = Clip.objects.filter(project=project, pk__in=chosen, removed_at__isnull=False)
    back = list(gone.select_for_update(of=("self",)).select_related("project", "asset").in_order())
    Clip.objects.filter(pk__in=[clip.pk for clip in back]).update(removed_at=None)
    live = set(Take.objects.filter(clip__in=back, state__in=WANTED).values_list("clip", flat=True))
    still = [clip for clip in back if clip.chosen_id is None and clip.pk not in live]
    takes.request_each(clips=still, by=by, now=now)
    return tuple(clip.pk for clip in back)


def _present(project: Project, chosen: Collection[UUID]) -> QuerySet[Clip]:
    found = Clip.objects.present().filter(project=project, pk__in=chosen)
    return found.select_for_update(of=("self",)).in_order()
