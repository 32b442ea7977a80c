"""Music to choose from, and music to order."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext

from echoes.kernel.errors import EchoesError
from jobs import fairness, lifecycle
from jobs.states import LIVE, State
from library.models import Ingest, Kind, Recording, Track
from providers import registry
from providers.capabilities import Capability
from providers.connections import Provider
from providers.local import catalogue
from providers.models import Model

SLUGS = tuple(recipe.slug for recipe in catalogue.CATALOGUE)
MOODS = tuple(recipe.mood for recipe in catalogue.CATALOGUE)
# Seconds that can be ordered: what a film of a few clips needs, and what one of fifty does.
SHORTEST, LONGEST = 15, 180
AT_ONCE = 3
SEEDS = 2**31
FAILED_FOR = timedelta(minutes=10)


class NoComposer(EchoesError):
    """Nobody composes music here at the moment. There are tracks on the shelf."""

    code = "no_composer"


class UnknownMood(EchoesError):
    """This mood is not there any more. Reload the page to see what is."""

    code = "unknown_mood"


class WrongLength(EchoesError):
    code = "wrong_length"


class EnoughAtOnce(EchoesError):
    code = "enough_at_once"


def visible_to(user: Any) -> QuerySet[Track]:
    """The tracks of Echoes and the person's own."""
    return Track.objects.filter(Q(owner=None) | Q(owner=user)).select_related("asset")


def ensure(*, slug: str, by: Any) -> Track | Recording:
    """The track of a recipe, or the job that makes it; asking twice makes it once. It is short, and for
    everybody: it goes before its owner's clips."""
    track = Track.objects.filter(owner=None, slug=slug, version=catalogue.VERSION).first()
    if track:
        return track
    try:
        with transaction.atomic():
            return lifecycle.enqueue(
                Recording(owner=by, slug=slug, version=catalogue.VERSION, priority=fairness.SOON), by=by
            )
    except IntegrityError:
        return Recording.objects.get(slug=slug, version=catalogue.VERSION, state__in=LIVE)


@dataclass(frozen=True)
class Stock:
    """What a person has to choose from, and what is on its way: the catalogue's tracks that are recorded for
    the first time, and this person's orders, with those that failed a moment ago."""

    tracks: list[Track]
    coming: list[Recording]


def stock(*, by: Any, now: datetime) -> Stock:
    """Everything of the catalogue that is not there yet is made, before clips. Two queries."""
    found = list(visible_to(by).order_by("created_at"))
    failed = Q(state=State.FAILED, finished_at__gte=now - FAILED_FOR)
    theirs = Q(owner=by) & ~Q(mood="")
    wanted = (Q(state__in=LIVE) & (Q(mood="") | theirs)) | (failed & theirs)
    coming = list(Recording.objects.filter(wanted).order_by("-created_at"))
    current = {track.slug for track in found if not track.owner_id and track.version == catalogue.VERSION}
    missing = [slug for slug in SLUGS if slug not in current | {recording.slug for recording in coming}]
    made = (ensure(slug=slug, by=by) for slug in missing)
    return Stock(found, coming + [recording for recording in made if isinstance(recording, Recording)])


def composer() -> Model | None:
    """Who makes a track to order, for nothing: this machine, unless staff have switched that off. What a
    service makes has a price, and is not offered here."""
    return next((made for made in registry.usable(Capability.MUSIC) if made.provider == Provider.LOCAL), None)


@transaction.atomic
def order(*, mood: str, seconds: int, title: str, by: Any, seed: int | None = None) -> Recording:
    """A track for this person alone. Raises NoComposer, UnknownMood, WrongLength, EnoughAtOnce."""
    if composer() is None:
        raise NoComposer
    if mood not in MOODS:
        raise UnknownMood
    if not SHORTEST <= seconds <= LONGEST:
        said = gettext("A track is between {shortest} and {longest} seconds long.")
        raise WrongLength(said.format(shortest=SHORTEST, longest=LONGEST))
    if Recording.objects.filter(owner=by, state__in=LIVE).exclude(mood="").count() >= AT_ONCE:
        said = gettext("{count} tracks are being made for you. The next can be ordered when one is done.")
        raise EnoughAtOnce(said.format(count=AT_ONCE))
    asked = Recording(
        owner=by,
        slug=f"order-{uuid.uuid4().hex}",
        version=catalogue.VERSION,
        title=title[:200],
        mood=mood,
        seconds=seconds,
        seed=random.randrange(SEEDS) if seed is None else seed,
    )
    return lifecycle.enqueue(asked, by=by)


def get_order_or_404(user: Any, pk: UUID) -> Recording:
    found = Recording.objects.filter(owner=user, pk=pk).exclude(mood="").first()
    if found is None:
        raise Http404
    return found


def cancel(*, recording: Recording, by: Any, now: datetime) -> None:
    lifecycle.cancel(recording, by=by, now=now)


def arriving(user: Any) -> list[Ingest]:
    """This person's own music that is being listened to, the latest first."""
    found = Ingest.objects.filter(owner=user, media_kind=Kind.AUDIO, state__in=LIVE)
    return list(found.order_by("-created_at"))
