"""The film that the landing page shows: one that Echoes drew, filmed and joined itself on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from compiler.models import Film, Showcase
from echoes.kernel import media_time
from jobs.states import State
from library import delivery


@dataclass(frozen=True)
class Shown:
    title: str
    url: str
    width: int
    height: int
    pictures: int
    length: str


def show(film: Film) -> Showcase:
    """From now on to everybody. Never of a person's photos: whoever calls this knows what is in the film."""
    shown, _ = Showcase.objects.update_or_create(film=film, defaults={"since": timezone.now()})
    return shown


def current(*, now: datetime) -> Shown | None:
    """Nothing where none was made here. One query."""
    whole = Film.objects.filter(removed_at=None, project__removed_at=None, state=State.SUCCEEDED)
    found = Showcase.objects.filter(film__in=whole).select_related("film").order_by("-since").first()
    if found is None:
        return None
    film = found.film
    seconds = media_time.frames_to_seconds(film.frames, fps=film.timeline["fps"])
    return Shown(
        title=film.title,
        url=delivery.url_for("films", film.key, now=now),
        width=film.width,
        height=film.height,
        pictures=len(film.timeline["items"]),
        length=media_time.label(seconds),
    )
