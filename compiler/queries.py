"""What the pages show of films."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.template.defaultfilters import filesizeformat

from compiler import films
from compiler import plan as plans
from compiler.models import Film, Finish
from compiler.timeline import Timeline
from echoes.kernel import clock, media_time, shapes
from jobs.states import LIVE, State
from library import delivery, tracks
from library.models import Recording
from projects.models import Project
from providers.local import catalogue

STATES = {
    State.SUCCEEDED: "ready",
    State.FAILED: "failed",
    State.CANCELLED: "cancelled",
}
SECONDS_PER_FILM_SECOND = Fraction(1, 5)  # measured: a transition costs most, copying nearly nothing


@dataclass(frozen=True)
class FilmView:
    id: UUID
    title: str
    state: str  # processing, ready, failed or cancelled
    progress: int
    left: str  # about how long making it will still take, in words
    message: str
    video_url: str
    download_url: str
    poster_url: str
    duration_label: str
    size_label: str
    width: int
    height: int
    project_id: UUID
    project_title: str
    created_at: datetime
    can_cancel: bool
    can_retry: bool


@dataclass(frozen=True)
class TrackCard:
    id: str
    title: str
    mood: str
    description: str
    duration_label: str
    url: str
    peaks: list[int]
    state: str  # ready or processing
    own: bool


def film_views(found: Iterable[Film], *, now: datetime) -> list[FilmView]:
    return [film_view(film, now=now) for film in found]


def film_view(film: Film, *, now: datetime) -> FilmView:
    state = STATES.get(State(film.state), "processing")
    seconds = media_time.frames_to_seconds(film.frames, fps=film.timeline["fps"])
    size = shapes.size(film.timeline["aspect"], film.timeline.get("quality", shapes.STANDARD))
    return FilmView(
        id=film.pk,
        title=film.title,
        state=state,
        progress=film.progress,
        left=clock.left_words(film.seconds_left(now=now)),
        message=film.error_message,
        video_url=delivery.url_for("films", film.key, now=now),
        download_url=delivery.url_for("films", film.key, now=now, download_name=_file_name(film)),
        poster_url=delivery.url_for("films", film.poster, now=now),
        duration_label=media_time.label(seconds) if film.frames else "",
        size_label=filesizeformat(film.size) if film.size else "",
        width=film.width or size.width,
        height=film.height or size.height,
        project_id=film.project_id,
        project_title=film.project.title,
        created_at=film.created_at,
        can_cancel=film.state in LIVE,
        can_retry=film.state in {State.FAILED, State.CANCELLED},
    )


def recent_films(user: Any, *, now: datetime, limit: int = 12) -> list[FilmView]:
    found = Film.objects.visible_to(user).select_related("project").order_by("-created_at")
    return film_views(found[:limit], now=now)


def films_of(project: Project, *, now: datetime) -> list[FilmView]:
    found = project.films.filter(removed_at=None).select_related("project").order_by("-created_at")
    return film_views(found[:20], now=now)


def shelf(user: Any, *, now: datetime) -> list[TrackCard]:
    """The person's own music first, then the catalogue, including what is still being recorded."""
    found = list(tracks.visible_to(user).order_by("created_at"))
    own = [_track_card(track, own=True, now=now) for track in found if track.owner_id]
    ready = {track.slug: track for track in found if track.owner_id is None}
    live = set(Recording.objects.filter(state__in=LIVE).values_list("slug", flat=True))
    made_here = [
        _track_card(ready[recipe.slug], own=False, now=now) if recipe.slug in ready else _pending(recipe)
        for recipe in catalogue.CATALOGUE
        if recipe.slug in ready or recipe.slug in live
    ]
    return own + made_here


def preview(*, project: Project, finish: Finish, now: datetime) -> dict[str, Any]:
    """The timeline as the browser plays it: the document itself, links to its files, where clips begin."""
    clips = films.approved_clips(project)
    if not clips:
        return {"items": [], "urls": {}, "posters": {}, "music_url": "", "starts": [], "total_frames": 0}
    timeline = films.timeline_of(project=project, finish=finish, clips=clips)
    plan = plans.plan(timeline)
    return timeline.to_json() | {
        "urls": {
            c.chosen.digest: delivery.url_for("photos", c.chosen.key, now=now) for c in clips if c.chosen
        },
        "posters": {c.chosen.digest: delivery.photo(c.asset, now=now) for c in clips if c.chosen},
        "music_url": delivery.song(finish.track, now=now) if finish.track else "",
        "starts": list(plan.starts),
        "total_frames": plan.total_frames,
    }


def estimate(timeline: Timeline) -> str:
    """How long the film will be, and about how long making it takes, for people."""
    plan = plans.plan(timeline)
    seconds = media_time.frames_to_seconds(plan.total_frames, fps=timeline.fps)
    making = round(3 + seconds * SECONDS_PER_FILM_SECOND)
    about = f"about {making} seconds" if making < 60 else f"about {-(-making // 60)} minutes"
    return f"A film of {media_time.label(seconds)}. Making it takes {about}."


def _track_card(track: Any, *, own: bool, now: datetime) -> TrackCard:
    return TrackCard(
        id=str(track.pk),
        title=track.title,
        mood=track.mood,
        description=track.description,
        duration_label=media_time.label(media_time.ticks_to_seconds(track.duration)),
        url=delivery.song(track, now=now),
        peaks=track.peaks,
        state="ready",
        own=own,
    )


def _pending(recipe: Any) -> TrackCard:
    return TrackCard(
        id=recipe.slug,
        title=recipe.title,
        mood=recipe.mood,
        description=recipe.description,
        duration_label=media_time.label(recipe.seconds),
        url="",
        peaks=[],
        state="processing",
        own=False,
    )


def _file_name(film: Film) -> str:
    safe = "".join(sign if sign.isalnum() or sign in " -_" else " " for sign in film.title)
    return f"{' '.join(safe.split())[:80] or 'film'}.mp4"
