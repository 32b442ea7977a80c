"""What can be done to the clips of a project."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from clips import takes
from clips.models import Clip, Placement, Take
from echoes.kernel import live
from echoes.kernel.errors import EchoesError
from jobs import lifecycle
from jobs.states import LIVE, State
from library import uploads
from library.models import Asset, Ingest, Ticket
from projects import projects
from projects.models import Project


class NothingToApprove(EchoesError):
    """This clip has no moving picture yet, so there is nothing to approve."""

    code = "nothing_to_approve"


class Gone(EchoesError):
    """This clip has been removed."""

    code = "gone"


@transaction.atomic
def bring(
    *,
    project: Project,
    ticket: Ticket,
    by: Any,
    now: datetime,
    tags: Mapping[int, str] = uploads.NO_TAGS,
) -> Ingest:
    """A photo for this project has arrived: read it, and place it when that is done. Saying so twice, even
    at the same moment, changes nothing: the second call waits for the first one's ticket."""
    ingest = uploads.complete(ticket=ticket, by=by, now=now, project=project.pk, tags=tags)
    await_photo(project=project, ingest=ingest, by=by)
    return ingest


def await_photo(*, project: Project, ingest: Ingest, by: Any, position: int | None = None) -> Placement:
    """When the upload has been read, its photo becomes a clip of the project."""
    found = Placement.objects.filter(ingest=ingest).first()
    if found:
        return found
    placement = Placement(owner=by, project=project, ingest=ingest, wanted_position=position)
    return lifecycle.enqueue(placement, by=by)


@transaction.atomic
def add(
    *,
    project: Project,
    asset: Asset,
    by: Any,
    now: datetime,
    position: int | None = None,
    brought_at: datetime | None = None,
) -> Clip:
    """Put a photo into a project and bring it to life, or a video as it is: where it is told, or by the time
    it was taken, or, if it does not say, by the time it was brought."""
    Project.objects.select_for_update().get(pk=project.pk)
    moment = asset.taken_at or brought_at or now
    place = position
    if place is None:
        place = _place_by_time(project, moment)
        Clip.objects.filter(project=project, position__gte=place).update(position=F("position") + 1)
    clip = Clip.objects.create(project=project, asset=asset, position=place, moment=moment)
    takes.request(clip=clip, by=by, now=now)
    return clip


@transaction.atomic
def approve(*, clip: Clip, approved: bool, now: datetime) -> Clip:
    """Raises NothingToApprove for a clip without a take."""
    projects.touch(project_id=clip.project_id, now=now)  # first: the project is locked before its clips
    rows = Clip.objects.filter(pk=clip.pk)
    if approved:
        rows = rows.filter(chosen__isnull=False)
    if not rows.update(approved=approved):
        raise NothingToApprove
    clip.approved = approved
    return clip


@transaction.atomic
def approve_all(*, project: Project, now: datetime, but: Collection[UUID] = ()) -> list[UUID]:
    """Approve every clip that has a take, but these; gives those that were not approved before."""
    projects.touch(project_id=project.pk, now=now)
    found = Clip.objects.present().filter(project=project, approved=False, chosen__isnull=False)
    changed = list(found.exclude(pk__in=but).select_for_update(of=("self",)).values_list("pk", flat=True))
    Clip.objects.filter(pk__in=changed, chosen__isnull=False).update(approved=True)
    return changed


@transaction.atomic
def move(*, clip: Clip, position: int, now: datetime, along: Collection[UUID] = ()) -> Clip:
    """Put a clip, and those that go along with it, at a place among the others, counted from 1; a number
    beyond the ends means the end."""
    Project.objects.select_for_update().get(pk=clip.project_id)
    order = list(Clip.objects.present().filter(project=clip.project_id).in_order())
    moved = next((found for found in order if found.pk == clip.pk), None)
    if moved is None:
        raise Gone
    group = [found for found in order if found.pk == clip.pk or found.pk in along]
    order = [found for found in order if found not in group]
    place = min(max(position, 1), len(order) + 1) - 1
    order[place:place] = group
    for number, found in enumerate(order, start=1):
        found.position = number
    Clip.objects.bulk_update(order, ["position"])
    projects.touch(project_id=clip.project_id, now=now)
    return moved


@transaction.atomic
def remove(*, clip: Clip, by: Any, now: datetime) -> Clip:
    """Out of the project; `restore` brings it back where it was."""
    projects.touch(project_id=clip.project_id, now=now)
    takes.cancel_live(clip=clip, by=by, now=now)
    clip.removed_at = now
    clip.save(update_fields=["removed_at"])
    return clip


@transaction.atomic
def restore(*, clip: Clip, by: Any, now: datetime) -> Clip:
    projects.touch(project_id=clip.project_id, now=now)
    clip.removed_at = None
    clip.save(update_fields=["removed_at"])
    if clip.chosen_id is None:
        takes.request(clip=clip, by=by, now=now)
    return clip


@transaction.atomic
def animate_all(*, project: Project, by: Any, now: datetime, chosen: Collection[UUID] | None = None) -> int:
    """A take for every clip, or every chosen one, that has none and for which none is being made; gives how
    many."""
    projects.touch(project_id=project.pk, now=now)  # first: the project is locked before its clips
    made = Take.objects.filter(clip=OuterRef("pk"), state__in=LIVE | {State.SUCCEEDED})
    without = Clip.objects.present().filter(~Exists(made), project=project, chosen=None)
    if chosen is not None:
        without = without.filter(pk__in=chosen)
    asked = without.select_for_update(of=("self",)).select_related("project", "asset").in_order()
    return len(takes.request_each(clips=list(asked), by=by, now=now))


def _place_by_time(project: Project, moment: datetime) -> int:
    """After the last clip of an earlier moment, otherwise before everything."""
    order = Clip.objects.present().filter(project=project)
    earlier = (
        order.filter(moment__lte=moment).order_by("-position").values_list("position", flat=True).first()
    )
    if earlier is not None:
        return earlier + 1
    return order.order_by("position").values_list("position", flat=True).first() or 1


def announce(project: Project) -> None:
    """Pages that show this project look again."""
    live.poke(user_id=project.owner_id, topic="project", id=project.pk, state="changed", project=project.pk)
