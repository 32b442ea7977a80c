"""What a person takes along of their films: the files, and what was chosen for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from compiler import queries
from compiler.models import ClipFinish, Film, Finish
from jobs.states import State
from library.exports import Item, document, folder


def owned(*, user: Any) -> Iterator[Item]:
    films = Film.objects.filter(owner=user).order_by("created_at")
    for film in films.filter(state=State.SUCCEEDED):
        name = queries.file_name(film, title=folder(film.title))
        yield Item(f"films/{name}", storage="films", key=film.key)
    yield document("films.json", map(_described, films))
    finishes = Finish.objects.filter(project__owner=user).select_related("track")
    yield document("finishes.json", map(_chosen, finishes))
    places = ClipFinish.objects.filter(clip__project__owner=user)
    yield document("captions.json", map(_chosen_for_clip, places))


def _described(film: Film) -> dict[str, Any]:
    return {
        "id": film.pk,
        "project": film.project_id,
        "title": film.title,
        "state": film.state,
        "width": film.width,
        "height": film.height,
        "bytes": film.size,
        "made": film.finished_at,
        "removed": film.removed_at,
        "timeline": film.timeline,
    }


def _chosen(finish: Finish) -> dict[str, Any]:
    return {
        "project": finish.project_id,
        "title": finish.title,
        "subtitle": finish.subtitle,
        "end_title": finish.end_title,
        "end_subtitle": finish.end_subtitle,
        "transition": finish.transition,
        "transition_frames": finish.transition_frames,
        "music": finish.track.title if finish.track else None,
        "volume": finish.volume,
        "shapes": finish.shapes,
        "quality": finish.quality,
    }


def _chosen_for_clip(place: ClipFinish) -> dict[str, Any]:
    return {
        "clip": place.clip_id,
        "caption": place.caption,
        "caption_place": place.caption_place,
        "caption_look": place.caption_look,
        "caption_seconds": place.caption_seconds,
        "transition": place.transition,
        "transition_frames": place.transition_frames,
        "focus": place.focus,
    }
