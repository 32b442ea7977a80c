"""What the pages show of films."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from fractions import Fraction
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext, ngettext

from clips import takes
from clips.models import Clip
from compiler import beat, films
from compiler import plan as plans
from compiler.models import ClipFinish, Film, Finish
from compiler.timeline import TRANSITIONS, Timeline
from echoes.kernel import clock, media_time, shapes
from echoes.kernel.ffmpeg import sprite
from jobs.states import LIVE, State
from library import delivery
from projects.models import Project

STATES = {
    State.SUCCEEDED: "ready",
    State.FAILED: "failed",
    State.CANCELLED: "cancelled",
}
SECONDS_PER_FILM_SECOND = Fraction(1, 5)  # measured: a transition costs most, copying nearly nothing
SECONDS_PER_CUT_SECOND = Fraction(1, 2)  # of standard quality, where two are made at a time
LANDSCAPE = "16:9"
NOT_COUNTED: Mapping[UUID, int] = MappingProxyType({})
CLIP, WORDS = "clip", "words"  # what a clip of the strip may lead to
LARGE = 3840  # pixels of a photo's longer side, for films that show more than a working copy holds


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
    moving_url: str  # a small animated picture
    sheet_url: str  # one picture of many small ones, as `sheet` says
    sheet: sprite.Sheet | None
    duration: float  # seconds
    duration_label: str
    size_label: str
    width: int
    height: int
    fps: int
    aspect: str
    shape_label: str
    quality_label: str
    project_id: UUID
    project_title: str
    created_at: datetime
    can_cancel: bool
    can_retry: bool


@dataclass(frozen=True)
class StripClip:
    """A clip in its place in the film, with what is chosen for it."""

    id: UUID
    number: int
    name: str
    poster_url: str
    caption: str
    framed: bool  # by hand, in one of the film's shapes
    join: str  # kind of its own transition into the next clip; empty means the film's
    join_label: str
    leads_to: str  # clip or words; empty where the film ends

    @property
    def way(self) -> str:
        """To what comes next, in words."""
        numbers = {"number": self.number, "next": self.number + 1}
        if self.leads_to == CLIP:
            return gettext("From clip {number} to clip {next}").format(**numbers)
        if self.leads_to == WORDS:
            return gettext("From clip {number} to the closing words").format(**numbers)
        return gettext("From clip {number} to the end").format(**numbers)


@dataclass(frozen=True)
class Framing:
    """What is kept in view in one shape, in thousandths of the picture."""

    shape: str
    label: str
    x: int
    y: int
    automatic: bool


@dataclass(frozen=True)
class OpenedClip:
    """A clip of the strip with everything that can be chosen for it. The point to keep in view is one of the
    photo; of the clip's own video where that cannot be filmed again."""

    place: StripClip
    photo_url: str
    video_url: str
    width: int
    height: int
    framings: list[Framing]


def film_views(
    found: Iterable[Film], *, now: datetime, numbers: Mapping[UUID, int] = NOT_COUNTED
) -> list[FilmView]:
    """Of as many films as a page shows: their links are signed in one go, and those that save in another.
    `numbers` say which version of its film each is."""
    films = list(found)
    keys = [key for film in films for key in (film.key, film.poster, film.moving, film.sprite)]
    links = delivery.urls_for("films", keys, now=now)
    names = {film.key: file_name(film, version=numbers.get(film.pk, 1)) for film in films if film.key}
    downloads = delivery.urls_for("films", names, now=now, names=names)
    return [_film_view(film, links=links, downloads=downloads, now=now) for film in films]


def film_view(film: Film, *, now: datetime) -> FilmView:
    return film_views([film], now=now)[0]


def _film_view(
    film: Film, *, links: Mapping[str, str], downloads: Mapping[str, str], now: datetime
) -> FilmView:
    state = STATES.get(State(film.state), "processing")
    seconds = media_time.frames_to_seconds(film.frames, fps=film.timeline["fps"])
    aspect, quality = film.timeline["aspect"], film.timeline.get("quality", shapes.STANDARD)
    size = shapes.size(aspect, quality)
    return FilmView(
        id=film.pk,
        title=film.title,
        state=state,
        progress=film.progress,
        left=clock.left_words(film.seconds_left(now=now)),
        message=film.error_message,
        video_url=links[film.key],
        download_url=downloads[film.key],
        poster_url=links[film.poster],
        moving_url=links[film.moving],
        sheet_url=links[film.sprite],
        sheet=sprite.layout(frames=film.frames, fps=film.timeline["fps"], size=size) if film.sprite else None,
        duration=float(seconds),
        duration_label=media_time.label(seconds) if film.frames else "",
        size_label=filesizeformat(film.size) if film.size else "",
        width=film.width or size.width,
        height=film.height or size.height,
        fps=film.timeline["fps"],
        aspect=aspect,
        shape_label=str(shapes.LABELS[aspect]),
        quality_label=str(shapes.QUALITY_LABELS[quality]),
        project_id=film.project_id,
        project_title=film.project.title,
        created_at=film.created_at,
        can_cancel=film.state in LIVE,
        can_retry=film.state in {State.FAILED, State.CANCELLED},
    )


def films_of(project: Project, *, now: datetime) -> list[FilmView]:
    found = project.films.filter(removed_at=None).select_related("project").order_by("-created_at")
    return film_views(found[:20], now=now)


def shapes_of(film: Film, *, now: datetime, numbers: Mapping[UUID, int] = NOT_COUNTED) -> list[FilmView]:
    """The films that are one with this film, itself among them, each shape and size once: the one that was
    asked for last. Empty where it is the only one."""
    if not film.edit:
        return []
    found = Film.objects.filter(project=film.project_id, edit=film.edit, removed_at=None)
    latest = {other.digest: other for other in found.select_related("project").order_by("created_at")}
    latest[film.digest] = film
    order = list(shapes.LABELS)
    views = film_views(latest.values(), now=now, numbers=numbers)
    views.sort(key=lambda view: (view.aspect != film.project.aspect, order.index(view.aspect), view.width))
    return views if len(views) > 1 else []


def preview(*, project: Project, finish: Finish, now: datetime) -> dict[str, Any]:
    """The timeline as the browser plays it: the document itself, links to its files, where clips begin, and
    the shapes in which it can be looked at."""
    clips = films.approved_clips(project)
    made_in = list(films.made_in(project, finish))
    if not clips:
        return _nothing() | {"shapes": made_in}
    timeline = films.timeline_of(project=project, finish=finish, clips=clips)
    shown = [(clip.chosen, clip.asset) for clip in clips if clip.chosen]
    heard = films.heard(clips)
    keys = [key for take, asset in shown for key in (take.key, asset.thumbnail)]
    links = delivery.urls_for("photos", [*keys, *heard.values()], now=now)
    return (
        timeline.to_json()
        | played(plans.plan(timeline))
        | {
            "urls": {take.digest: links[take.key] for take, _ in shown},
            "posters": {take.digest: links[asset.thumbnail] for take, asset in shown},
            "sounds": {digest: links[key] for digest, key in heard.items()},
            "clips": [str(clip.pk) for clip in clips],
            "music_url": delivery.song(finish.track, now=now) if finish.track else "",
            "music_loudness": finish.track.loudness if finish.track else None,
            "beats": finish.track.beats if finish.track else [],
            "shapes": made_in,
        }
    )


def played(plan: plans.Plan) -> dict[str, Any]:
    """When what is played in a film, in frames: what the browser would otherwise have to plan, too."""
    return {
        "starts": list(plan.starts),
        "end_start": plan.total_frames - plan.closing.frames if plan.closing else None,
        "opening_transition": asdict(plan.opening_transition),
        "closing_transition": asdict(plan.closing_transition),
        "total_frames": plan.total_frames,
    }


def _nothing() -> dict[str, Any]:
    """A film without a clip."""
    return {"items": [], "urls": {}, "posters": {}, "music_url": "", "starts": [], "total_frames": 0}


def strip(clips: Sequence[Clip], *, finish: Finish, now: datetime) -> list[StripClip]:
    """The film's clips in order; `clips` as `films.approved_clips` gives them."""
    end = WORDS if finish.end_title else ""
    last = len(clips)
    links = delivery.urls_for("photos", [clip.asset.thumbnail for clip in clips], now=now)
    return [
        _strip_clip(
            clip,
            number=number,
            leads_to=CLIP if number < last else end,
            poster_url=links[clip.asset.thumbnail],
        )
        for number, clip in enumerate(clips, start=1)
    ]


def opened(clip: Clip, *, place: StripClip, made_in: Iterable[str], now: datetime) -> OpenedClip:
    take = clip.chosen
    stays = take is not None and not takes.as_filmed(take, asset=clip.asset)
    size = shapes.size(take.aspect) if take and stays else (clip.asset.width, clip.asset.height)
    chosen = films.clip_finish(clip)
    return OpenedClip(
        place=place,
        photo_url=delivery.photo(clip.asset, now=now),
        video_url=delivery.url_for("photos", take.key, now=now) if take and stays else "",
        width=size[0],
        height=size[1],
        framings=[_framing(chosen, shape) for shape in made_in],
    )


def large(clips: Iterable[Clip]) -> bool:
    """Whether every photo shows enough for a film of the largest size."""
    return all(max(clip.asset.width, clip.asset.height) >= LARGE for clip in clips)


def estimate(timelines: Sequence[Timeline]) -> str:
    """How long the film will be in each of its shapes, and about how long making them takes, for people."""
    planned = [(timeline, plans.plan(timeline)) for timeline in timelines]
    first = planned[0][1]
    about = _about(sum((_seconds(timeline, plan) for timeline, plan in planned), Fraction(3)))
    length = media_time.label(media_time.frames_to_seconds(first.total_frames, fps=first.fps))
    if len(planned) == 1:
        said = gettext("A film of {length}. Making it takes {about}.")
    else:
        said = gettext("{count} films of {length} each. Making them takes {about}.")
    return said.format(count=len(planned), length=length, about=about)


def shape_times(film: Timeline) -> dict[str, str]:
    """About how long making the film takes in each shape that there is, for people."""
    wanted = (film.in_shape(shape, film.quality) for shape in shapes.LABELS)
    return {shape.aspect: _about(_seconds(shape, plans.plan(shape))) for shape in wanted}


def beat_word(film: Timeline, *, finish: Finish) -> str:
    """What becomes of the film's changes when they are to fall on its music's beats, for people."""
    if not finish.track:
        return gettext("With music, pictures can change on its beats.")
    if not finish.track.beats:
        return gettext("Nobody could tap along to this music: pictures change at their own pace.")
    if not finish.on_beat:
        return gettext("Each clip ends a little earlier, on a beat of the music.")
    found, changes = beat.on_beat(film, finish.track.beats)
    if not changes:
        return gettext("One clip alone has no change to put on a beat.")
    if found == changes:
        return gettext("Every change is on a beat.")
    return gettext(
        "{found} of {changes} changes are on a beat. The others found none that left enough of the clip."
    ).format(found=found, changes=changes)


def _about(seconds: Fraction) -> str:
    whole = max(1, round(seconds))
    if whole == 1:
        return gettext("about a second")
    if whole < 60:
        return gettext("about {seconds} seconds").format(seconds=whole)
    minutes = -(-whole // 60)
    return ngettext("about {minutes} minutes", "about {minutes} minutes", minutes).format(minutes=minutes)


def _seconds(timeline: Timeline, plan: plans.Plan) -> Fraction:
    """About how long making it takes."""
    cut = sum(media_time.frames_to_seconds(cut.frames, fps=cut.fps) for cut in plan.cuts)
    pixels = shapes.QUALITIES[timeline.quality] ** 2
    return plan.duration * SECONDS_PER_FILM_SECOND + cut * SECONDS_PER_CUT_SECOND * pixels


def _strip_clip(clip: Clip, *, number: int, leads_to: str, poster_url: str) -> StripClip:
    chosen = films.clip_finish(clip)
    return StripClip(
        id=clip.pk,
        number=number,
        name=clip.asset.name,
        poster_url=poster_url,
        caption=chosen.caption,
        framed=bool(chosen.focus),
        join=chosen.transition,
        join_label=str(TRANSITIONS.get(chosen.transition) or gettext("As the film")),
        leads_to=leads_to,
    )


def _framing(chosen: ClipFinish, shape: str) -> Framing:
    point = chosen.focus.get(shape)
    x, y = point or (500, 500)
    return Framing(shape=shape, label=str(shapes.LABELS[shape]), x=x, y=y, automatic=point is None)


def file_name(film: Film, *, version: int = 1, title: str = "") -> str:
    """Tells shapes and versions apart in a folder, such as `Our summer 9x16 v2.mp4`; the first landscape film
    has its title alone, or `title` where the caller has cleaned it."""
    aspect = film.timeline["aspect"]
    parts = [title or _plain(film.title)]
    parts += [aspect.replace(":", "x")] if aspect != LANDSCAPE else []
    parts += [f"v{version}"] if version > 1 else []
    return f"{' '.join(parts)}.mp4"


def _plain(title: str) -> str:
    safe = "".join(sign if sign.isalnum() or sign in " -_" else " " for sign in title)
    return " ".join(safe.split())[:80] or "film"
