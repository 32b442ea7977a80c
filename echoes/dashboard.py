"""What the dashboard shows: a page of somebody's projects, found, sorted and told as they stand.

It takes the same number of queries whatever there is, and each looks at one page's projects alone: first the
page, by the key of the last one before it, then the clips and films of those. Words are looked for in titles
and in the names of photos and films, among one person's rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext, gettext_lazy

from clips.models import Clip, Placement, Take
from compiler.models import Film
from echoes.kernel import clock, keyset, media_time
from jobs.states import LIVE, State
from library import delivery
from projects.models import Project

PAGE = 24
EAGER = 4  # pictures that are fetched at once; the others when they come near
WORDS = 5
ALL, CHANGED = "", "changed"
SHOWN = MappingProxyType(
    {
        ALL: gettext_lazy("All"),
        "making": gettext_lazy("In the making"),
        "film": gettext_lazy("With a film"),
        "open": gettext_lazy("Without a film"),
    }
)
SORTED = MappingProxyType(
    {
        CHANGED: gettext_lazy("Last changed"),
        "name": gettext_lazy("Name"),
        "oldest": gettext_lazy("Oldest first"),
    }
)
# How each is ordered: the column, and its direction.
ORDERS = MappingProxyType(
    {CHANGED: ("updated_at", "-"), "name": ("name_key", ""), "oldest": ("created_at", "")}
)


@dataclass(frozen=True)
class Wanted:
    """What somebody asked the dashboard for, as it stands in the address."""

    search: str = ""
    shown: str = ALL
    sort: str = CHANGED
    after: str = ""
    before: str = ""

    @property
    def is_narrowed(self) -> bool:
        return bool(self.search or self.shown)

    @property
    def is_start(self) -> bool:
        return not (self.is_narrowed or self.after or self.before)

    @property
    def state_label(self) -> str:
        return str(SHOWN[self.shown])


@dataclass(frozen=True)
class ProjectCard:
    id: UUID
    title: str
    cover_url: str
    moving_url: str  # a small animated picture of the film
    cover_alt: str
    is_poster: bool  # of the film, in its own shape
    eager: bool
    clips_total: int
    state: str  # empty, making, filming, open, approving, finishing or film
    state_label: str
    film_id: UUID | None  # to watch
    film_label: str  # how long it is
    updated_at: datetime


@dataclass(frozen=True)
class Found:
    cards: list[ProjectCard]
    earlier: str = ""  # the key of what comes before these, or empty
    later: str = ""


@dataclass
class _Facts:
    """Of one project."""

    total: int = 0
    ready: int = 0
    approved: int = 0
    thumbnail: str = ""
    film: Any = None  # the last one to watch
    making: Any = None
    live: bool = False  # photos are being read or brought to life


# ---- a page ---------------------------------------------------------------------------------


def page(user: Any, wanted: Wanted, *, now: datetime) -> Found:
    column, direction = ORDERS[wanted.sort]
    rows = _narrowed(user, wanted).annotate(name_key=Lower("title"))
    backwards = bool(wanted.before)
    rows = rows.filter(keyset.beyond(wanted.before or wanted.after, column, direction, backwards=backwards))
    turned = (direction == "-") != backwards
    order = [f"-{column}", "-pk"] if turned else [column, "pk"]
    projects: list[Any] = list(rows.order_by(*order)[: PAGE + 1])
    has_more = len(projects) > PAGE
    projects = projects[:PAGE][::-1] if backwards else projects[:PAGE]
    is_first = not has_more if backwards else not wanted.after
    is_last = False if backwards else not has_more
    return Found(
        cards=_cards(projects, now=now),
        earlier="" if is_first or not projects else _key(projects[0], column),
        later="" if is_last or not projects else _key(projects[-1], column),
    )


def _key(project: Any, column: str) -> str:
    return keyset.key(getattr(project, column), project.pk)


def _narrowed(user: Any, wanted: Wanted) -> QuerySet[Project]:
    found: QuerySet[Project] = Project.objects.visible_to(user)
    for word in wanted.search.split()[:WORDS]:
        found = found.filter(_has_word(user, word))
    return NARROWINGS[wanted.shown](found)


def _has_word(user: Any, word: str) -> Q:
    """In its title, or the name of one of its photos or films."""
    photos = Clip.objects.present().filter(asset__owner=user, asset__name__icontains=word)
    films = Film.objects.filter(owner=user, removed_at=None, title__icontains=word)
    return Q(title__icontains=word) | Q(pk__in=photos.values("project")) | Q(pk__in=films.values("project"))


def _makes_something(projects: QuerySet[Project]) -> QuerySet[Project]:
    kinds: tuple[Any, ...] = (Take, Placement, Film)
    is_live = [Exists(kind.objects.filter(project=OuterRef("pk"), state__in=LIVE)) for kind in kinds]
    return projects.filter(is_live[0] | is_live[1] | is_live[2])


def _film_exists() -> Exists:
    return Exists(Film.objects.filter(project=OuterRef("pk"), removed_at=None, state=State.SUCCEEDED))


NARROWINGS: Mapping[str, Callable[[QuerySet[Project]], QuerySet[Project]]] = MappingProxyType(
    {
        ALL: lambda projects: projects,
        "making": _makes_something,
        "film": lambda projects: projects.filter(_film_exists()),
        "open": lambda projects: projects.filter(~_film_exists()),
    }
)


# ---- its cards ------------------------------------------------------------------------------


def _cards(projects: list[Any], *, now: datetime) -> list[ProjectCard]:
    facts = {project.pk: _Facts() for project in projects}
    _count_clips(facts)
    _find_covers(facts)
    _find_films(facts)
    _find_live(facts)
    photos = delivery.urls_for("photos", [each.thumbnail for each in facts.values()], now=now)
    films = [each.film for each in facts.values() if each.film]
    posters = delivery.urls_for(
        "films", [key for film in films for key in (film.poster, film.moving)], now=now
    )
    return [
        _card(project, facts[project.pk], photos | posters, eager=place < EAGER, now=now)
        for place, project in enumerate(projects)
    ]


def _count_clips(facts: Mapping[UUID, _Facts]) -> None:
    present = Clip.objects.present().filter(project__in=facts)
    counted = present.values("project").annotate(
        total=Count("pk"), ready=Count("chosen"), approved=Count("pk", filter=Q(approved=True))
    )
    for row in counted:
        each = facts[row["project"]]
        each.total, each.ready, each.approved = row["total"], row["ready"], row["approved"]


def _find_covers(facts: Mapping[UUID, _Facts]) -> None:
    """The first photo of each."""
    first = Clip.objects.present().filter(project__in=facts).order_by("project", "position", "created_at")
    for project, thumbnail in first.distinct("project").values_list("project", "asset__thumbnail"):
        facts[project].thumbnail = thumbnail


def _find_films(facts: Mapping[UUID, _Facts]) -> None:
    """The last one to watch of each, and the last one that is being made."""
    films = Film.objects.filter(project__in=facts, removed_at=None).defer("timeline", "takes", "pieces")
    last = films.order_by("project", "-created_at").distinct("project")
    for film in last.filter(state=State.SUCCEEDED):
        facts[film.project_id].film = film
    for film in last.filter(state__in=LIVE):
        facts[film.project_id].making = film


def _find_live(facts: Mapping[UUID, _Facts]) -> None:
    """Whether photos are being read or brought to life."""
    parts: list[QuerySet[Any, Any]] = [
        kind.objects.filter(project__in=facts, state__in=LIVE).values_list("project").distinct()
        for kind in (Take, Placement)
    ]
    for (project,) in parts[0].union(parts[1]):
        facts[project].live = True


def _card(
    project: Any, facts: _Facts, links: Mapping[str, str], *, eager: bool, now: datetime
) -> ProjectCard:
    state, label = _state(facts, now=now)
    film = facts.film
    poster = links[film.poster] if film else ""
    return ProjectCard(
        id=project.pk,
        title=project.title,
        cover_url=poster or links[facts.thumbnail],
        moving_url=links[film.moving] if film else "",
        cover_alt=_cover_words(is_poster=bool(poster)).format(title=project.title),
        is_poster=bool(poster),
        eager=eager,
        clips_total=facts.total,
        state=state,
        state_label=label,
        film_id=film.pk if film else None,
        film_label=_length(film.frames, fps=project.fps) if film else "",
        updated_at=project.updated_at,
    )


def _cover_words(*, is_poster: bool) -> str:
    return gettext("A picture from {title}") if is_poster else gettext("The first photo of {title}")


def _length(frames: int, *, fps: int) -> str:
    return media_time.label(media_time.frames_to_seconds(frames, fps=fps))


def _state(facts: _Facts, *, now: datetime) -> tuple[str, str]:
    """How it stands, and in words."""
    if facts.making:
        left = clock.left_words(facts.making.seconds_left(now=now))
        words = gettext("Making the film, {left}").format(left=left) if left else gettext("Making the film")
        return "filming", words
    clips = gettext("{ready} of {all} clips ready").format(ready=facts.ready, all=facts.total)
    if facts.live:
        return "making", clips if facts.total else gettext("Reading the photos")
    if facts.film:
        return "film", gettext("Ready to watch")
    if not facts.total:
        return "empty", gettext("Waiting for photos")
    if facts.ready < facts.total:
        return "open", clips
    if facts.approved < facts.total:
        words = gettext("{approved} of {all} approved")
        return "approving", words.format(approved=facts.approved, all=facts.total)
    return "finishing", gettext("Ready for the film")


def clean_search(typed: str) -> str:
    line = "".join(sign for sign in typed if sign.isprintable())
    return " ".join(line.split())[:100]


def known(value: str, choices: Iterable[str]) -> str:
    """The first choice for what nobody offered."""
    offered = list(choices)
    return value if value in offered else offered[0]
