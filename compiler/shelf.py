"""What the finish page shows of music: the shelf, and what can be ordered for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any

from django.utils.translation import gettext

from compiler import presets
from echoes.kernel import media_time
from echoes.kernel.errors import gettext_noop
from jobs.states import State
from library import delivery, tracks
from library.models import Ingest, Recording, Track
from providers.local import catalogue
from providers.models import Model

# A wave is drawn in a box of 240 by 40, a bar every BAR, from the middle to both sides.
BARS, BAR, MIDDLE, TALLEST = 60, 4, 20, 18
RECIPES = {recipe.slug: recipe for recipe in catalogue.CATALOGUE}
WAITS = {
    "recording": gettext_noop("Being played for the first time…"),
    "order": gettext_noop("Being composed for you…"),
}
IN_LINE = gettext_noop("Waiting for its turn…")


@dataclass(frozen=True)
class TrackCard:
    """A track, or what will be one. `came_from` is the job that it came from, or comes from, and `kinds` what
    the shelf can be narrowed to."""

    id: str
    title: str
    mood: str
    description: str
    seconds: float
    duration_label: str
    url: str
    wave: str  # the outline of the sound, as a path
    loudness: float | None  # LUFS
    state: str  # ready, processing or failed
    word: str  # what is to be said of one that is not ready
    own: bool
    came_from: str
    kinds: str
    order: Recording | None = None  # one that can be cancelled


@dataclass(frozen=True)
class Shelf:
    cards: list[TrackCard]
    composer: Model | None


def shelf(user: Any, *, now: datetime) -> Shelf:
    """The person's own music first, what is on its way before the rest, then the catalogue. Four queries."""
    stock, arriving = tracks.stock(by=user, now=now), tracks.arriving(user)
    links = delivery.urls_for("music", [track.key for track in stock.tracks], now=now)
    cards = [_card(track, url=links[track.key]) for track in stock.tracks]
    ready = {track.slug: card for track, card in zip(stock.tracks, cards, strict=True) if not card.own}
    coming = {job.slug: _coming(job) for job in stock.coming if not job.mood}
    catalogued = [card for slug in RECIPES if (card := ready.get(slug) or coming.get(slug))]
    orders = [_ordered(job) for job in stock.coming if job.mood]
    own = [card for card in reversed(cards) if card.own]
    return Shelf([*map(_arriving, arriving), *orders, *own, *catalogued], tracks.composer())


def wave(peaks: Iterable[int]) -> str:
    """Half as many bars as there are peaks, as a path: each is as tall as the louder of two."""
    levels = list(peaks)
    step = max(1, len(levels) // BARS)
    heights = [max(levels[n : n + step]) * TALLEST // 100 or 1 for n in range(0, len(levels), step)]
    return "".join(f"M{BAR * n + 2} {MIDDLE - high}v{2 * high}" for n, high in enumerate(heights[:BARS]))


def _card(track: Track, *, url: str) -> TrackCard:
    own = track.owner_id is not None
    length = media_time.ticks_to_seconds(track.duration)
    return TrackCard(
        **_length(length),
        id=str(track.pk),
        title=track.title,
        mood=gettext(track.mood),
        description=gettext(track.description),
        url=url,
        wave=wave(track.peaks),
        loudness=track.loudness,
        state="ready",
        word="",
        own=own,
        came_from=str(track.asset_id or PurePosixPath(track.key).stem) if own else "",
        kinds=_kinds(track.mood, own=own),
    )


def _coming(job: Recording) -> TrackCard:
    recipe = RECIPES[job.slug]
    return _without_sound(
        id=recipe.slug,
        title=recipe.title,
        mood=gettext(recipe.mood),
        description=gettext(recipe.description),
        **_length(Fraction(recipe.seconds)),
        word=_waits("recording", job),
        own=False,
        kinds=_kinds(recipe.mood, own=False),
    )


def _ordered(job: Recording) -> TrackCard:
    failed = job.state == State.FAILED
    return _without_sound(
        id=str(job.pk),
        title=job.title,
        mood=gettext(job.mood),
        **_length(Fraction(job.seconds)),
        state="failed" if failed else "processing",
        word=job.error_message if failed else _waits("order", job),
        came_from=str(job.pk),
        kinds=_kinds(job.mood, own=True),
        order=None if failed else job,
    )


def _arriving(job: Ingest) -> TrackCard:
    return _without_sound(
        id=str(job.pk),
        title=PurePosixPath(job.name).stem or gettext("My music"),
        word=gettext("Listening to it: how loud it is, and where its beats fall…"),
        came_from=str(job.pk),
        kinds=_kinds("", own=True),
    )


def _waits(what: str, job: Recording) -> str:
    return gettext(IN_LINE if job.state == State.QUEUED else WAITS[what])


def _without_sound(**known: Any) -> TrackCard:
    nothing: dict[str, Any] = {
        "mood": "",
        "description": "",
        "seconds": 0.0,
        "duration_label": "",
        "state": "processing",
        "own": True,
        "came_from": "",
    }
    return TrackCard(**(nothing | {"url": "", "wave": "", "loudness": None} | known))


def _length(length: Fraction) -> dict[str, Any]:
    return {"seconds": round(float(length), 2), "duration_label": media_time.label(length)}


def _kinds(mood: str, *, own: bool) -> str:
    """Words for `data-kinds`, by which the shelf is narrowed."""
    kinds = [kind for kind, (_, moods) in presets.MUSIC_KINDS.items() if mood in moods]
    return " ".join([*kinds, *(["own"] if own else [])])
