"""Music to choose from."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from jobs import lifecycle
from jobs.states import LIVE
from library.models import Recording, Track
from providers.local import catalogue


def visible_to(user: Any) -> QuerySet[Track]:
    """The tracks of Echoes and the person's own."""
    return Track.objects.filter(Q(owner=None) | Q(owner=user)).select_related("asset")


def ensure(*, slug: str, by: Any, priority: int = -1) -> Track | Recording:
    """The track of a recipe, or the job that makes it; asking twice makes it once."""
    track = Track.objects.filter(owner=None, slug=slug, version=catalogue.VERSION).first()
    if track:
        return track
    try:
        with transaction.atomic():
            return lifecycle.enqueue(
                Recording(owner=by, slug=slug, version=catalogue.VERSION, priority=priority), by=by
            )
    except IntegrityError:
        return Recording.objects.get(slug=slug, version=catalogue.VERSION, state__in=LIVE)


def ensure_catalogue(*, by: Any) -> None:
    """Everything on the shelf that is not there yet is made, after all other work."""
    known = set(
        Track.objects.filter(owner=None, version=catalogue.VERSION).values_list("slug", flat=True)
    ) | set(Recording.objects.filter(state__in=LIVE).values_list("slug", flat=True))
    for recipe in catalogue.CATALOGUE:
        if recipe.slug not in known:
            ensure(slug=recipe.slug, by=by)
