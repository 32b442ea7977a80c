"""What the page of a film shows: its versions, what has changed since, and the pictures to choose from.

A version is one make of a project in one shape. They are counted from the first, those that were removed
among them, so that a number stays what it was.
"""

from __future__ import annotations

import collections
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext

from compiler import changes, films, making, posters, queries, redoing
from compiler.models import Film, Poster
from compiler.queries import FilmView
from compiler.timeline import Timeline, TimelineInvalid
from echoes.kernel import media_time
from echoes.kernel.errors import gettext_noop
from jobs.states import LIVE, WANTED, State

SHOWN = 20
"""Versions, the newest."""
MOMENTS = 24
"""Pictures to choose a poster from, evenly over the film."""
FIRST = gettext_noop("The first version")
PENDING, FAILED, CHOSEN = "pending", "failed", "chosen"


@dataclass(frozen=True)
class Version:
    film: FilmView
    number: int
    changes: list[str]  # since the version before
    is_shown: bool


@dataclass(frozen=True)
class Versions:
    """`number` is that of the film whose page this is; `newest` is another than that, or nothing."""

    lines: list[Version]
    number: int
    newest: Version | None

    @property
    def count(self) -> int:
        return len(self.lines)


@dataclass(frozen=True)
class Again:
    """What has changed in the project since the film was made. Where the film of that is there already, or in
    the making, `there` is its id; else `words` say what a make would redo."""

    changes: list[str]
    words: str = ""
    there: UUID | None = None
    is_empty: bool = False  # no clip is approved any more


@dataclass(frozen=True)
class Moment:
    """A picture of the film's sheet: its place there in pixels."""

    cell: int
    label: str
    x: int
    y: int
    is_chosen: bool


@dataclass(frozen=True)
class PosterChoice:
    """`width` and `height` are a picture's, the others the sheet's. `state` is pending, failed or chosen, or
    empty while the film has the picture that it was made with."""

    moments: list[Moment]
    width: int
    height: int
    sheet_width: int
    sheet_height: int
    state: str
    message: str
    is_ours: bool
    frame: int | None


def page(film: Film, *, now: datetime) -> dict[str, Any]:
    """In a number of queries that grows neither with clips nor with versions."""
    found, numbers = _versions(film)
    views = {view.id: view for view in queries.film_views(found, now=now, numbers=numbers)}
    shown = views[film.pk]
    versions = _told(film, found, views, numbers)
    is_ready = shown.state == "ready"
    return {
        "film": shown,
        "shapes": queries.shapes_of(film, now=now, numbers=numbers),
        "versions": versions,
        "again": again(film) if is_ready and not versions.newest else None,
        "poster": poster_choice(film, shown) if is_ready and shown.sheet else None,
    }


# ---- versions -------------------------------------------------------------------------------


def _versions(film: Film) -> tuple[list[Film], dict[UUID, int]]:
    """Those of this film's shape that are shown, the first one first; and the numbers of all shapes'."""
    made = Film.objects.filter(project=film.project_id, state__in=WANTED | {State.SUCCEEDED})
    counted = made | Film.objects.filter(pk=film.pk)
    rows = list(counted.order_by("created_at", "pk").values_list("pk", "timeline__aspect", "removed_at"))
    counters: dict[str, Iterator[int]] = collections.defaultdict(lambda: itertools.count(1))
    numbers = {pk: next(counters[aspect]) for pk, aspect, _ in rows}
    shape = film.timeline["aspect"]
    present = [pk for pk, aspect, removed_at in rows if aspect == shape and removed_at is None]
    wanted = {*present[-SHOWN:]} - {film.pk}
    others = Film.objects.filter(pk__in=wanted).select_related("project", "track").defer("takes", "pieces")
    return sorted([film, *others], key=lambda each: numbers[each.pk]), numbers


def _told(
    film: Film, found: Sequence[Film], views: Mapping[UUID, FilmView], numbers: Mapping[UUID, int]
) -> Versions:
    said = {after.pk: _changes(before, after) for before, after in itertools.pairwise(found)}
    lines = [
        Version(
            views[each.pk], numbers[each.pk], said.get(each.pk, [gettext(FIRST)]), is_shown=each.pk == film.pk
        )
        for each in found
    ]
    newest = lines[-1] if not lines[-1].is_shown else None
    return Versions(lines=lines[::-1], number=numbers[film.pk], newest=newest)


def _changes(before: Film, after: Film) -> list[str]:
    """Nothing is told of a film that was described in a way that nobody reads any more."""
    try:
        one, other = Timeline.from_json(before.timeline), Timeline.from_json(after.timeline)
    except TimelineInvalid:
        return []
    return changes.between(one, other, names=_names(other, after.track)) or [gettext("Made again as it was")]


def _names(timeline: Timeline, track: Any) -> dict[str, str]:
    return {timeline.music.source: track.title} if timeline.music and track else {}


# ---- making it again ------------------------------------------------------------------------


def again(film: Film) -> Again | None:
    """Nothing where the project still says what the film shows."""
    project = film.project
    finish, clips = films.finish_of(project), films.approved_clips(project)
    if not clips:
        return Again(changes=[gettext("No clip is approved any more")], is_empty=True)
    aspect = film.timeline["aspect"]
    timelines = films.timelines_of(project=project, finish=finish, clips=clips, including=aspect)
    current = next(timeline for timeline in timelines if timeline.aspect == aspect)
    try:
        made = Timeline.from_json(film.timeline)
    except TimelineInvalid:
        return None
    if current == made:
        return None
    there = films.same(project=project, digest=current.digest()).first()
    if there:
        return Again(changes=[], there=there.pk)
    said = changes.between(made, current, names=_names(current, finish.track))
    return Again(changes=said, words=_redoing(film, timelines))


def _redoing(film: Film, timelines: Sequence[Timeline]) -> str:
    pieces = making.existing(owner_id=film.owner_id, wanted=redoing.wanted(timelines))
    there = {digest for digest, piece in pieces.items() if piece.state == State.SUCCEEDED}
    return redoing.of(timelines, there=there).words


# ---- its picture ----------------------------------------------------------------------------


def poster_choice(film: Film, view: FilmView) -> PosterChoice | None:
    sheet = view.sheet
    if sheet is None:
        return None
    asked = posters.latest(film)
    chosen = _cells(sheet.cells, asked.cell if asked else None)
    moments = [
        Moment(
            cell=cell,
            label=media_time.label((cell * 2 + 1) * sheet.seconds / 2),
            x=cell % sheet.columns * sheet.width,
            y=cell // sheet.columns * sheet.height,
            is_chosen=asked is not None and asked.cell == cell,
        )
        for cell in chosen
    ]
    return PosterChoice(
        moments=moments,
        width=sheet.width,
        height=sheet.height,
        sheet_width=sheet.columns * sheet.width,
        sheet_height=sheet.rows * sheet.height,
        state=_state(asked),
        message=asked.error_message if asked else "",
        is_ours=asked is None or (asked.cell is None and asked.frame is None),
        frame=asked.frame if asked else None,
    )


def _cells(count: int, chosen: int | None) -> Iterable[int]:
    """Evenly over the film, and the one that is chosen."""
    if count <= MOMENTS:
        return range(count)
    spread = {(2 * place + 1) * count // (2 * MOMENTS) for place in range(MOMENTS)}
    return sorted(spread | ({chosen} if chosen is not None and chosen < count else set()))


def _state(asked: Poster | None) -> str:
    if asked is None:
        return ""
    if asked.state in LIVE:
        return PENDING
    return CHOSEN if asked.state == State.SUCCEEDED else FAILED
