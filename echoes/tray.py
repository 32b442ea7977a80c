"""The tray: what of somebody's is in the making, whichever page they are on.

One line for each film, for the clips of each project, for the files that are being read for it and for an
export. A page asks with one query for what there is; with a second one, only while clips are made, for how
much of what was asked for in one go is done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Avg, CharField, Count, F, FloatField, Min, Q, QuerySet, Value
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext, ngettext

from clips.models import Placement, Take
from compiler.models import Film
from jobs.states import LIVE, State
from library.models import Export

OPEN = "open"
COOKIE = "tray"
MOST = 20


@dataclass(frozen=True)
class Line:
    """One thing in the making. `kind` and `id` are those of its job, or of its project where it is many."""

    kind: str
    id: UUID
    words: str
    path: str
    percent: int


@dataclass(frozen=True)
class Tray:
    lines: list[Line]
    is_open: bool

    @property
    def percent(self) -> int:
        return round(sum(line.percent for line in self.lines) / max(len(self.lines), 1))

    @property
    def title(self) -> str:
        if len(self.lines) == 1:
            return self.lines[0].words
        return gettext("{count} things in the making").format(count=len(self.lines))

    @property
    def rev(self) -> str:
        """Changes when the tray would look different, but for what moves by itself."""
        return " ".join(f"{line.kind}{line.id}{line.words}{line.percent}" for line in self.lines)


def tray(request: HttpRequest) -> dict[str, Any]:
    """For every page's frame; asked for only where a template shows it."""
    is_open = request.COOKIES.get(COOKIE) == OPEN
    return {"work": SimpleLazyObject(lambda: Tray(_lines(request.user), is_open))}


def _lines(user: Any) -> list[Line]:
    rows = list(_rows(user)[:MOST])
    clips = _shares(user, rows)
    return [_line(row, clips) for row in rows]


def _rows(user: Any) -> Any:
    """(kind, ref, called, many, percent, began) of all kinds, what began first standing first."""
    mine = Q(owner=user, state__in=LIVE)
    shown = mine & Q(project__removed_at=None)
    films = _counted(Film.objects.filter(shown, removed_at=None), "film", "pk", F("title"))
    takes = _counted(Take.objects.filter(shown), "take", "project_id", F("project__title"))
    files = _counted(Placement.objects.filter(shown), "placement", "project_id", F("project__title"))
    export = _counted(Export.objects.filter(mine), "export", "pk", Value(""))
    return films.union(takes, files, export, all=True).order_by("began")


def _counted(rows: QuerySet[Any], kind: str, ref: str, called: F | Value) -> Any:
    """One row for each job or project (`ref`) that there is work for."""
    grouped = rows.values(kind=_text(kind), ref=F(ref), called=Cast(called, CharField()))
    return grouped.annotate(
        many=Count("pk"), percent=Avg("progress", output_field=FloatField()), began=Min("created_at")
    )


def _text(words: str) -> Value:
    return Value(words, output_field=CharField())


def _shares(user: Any, rows: Iterable[Mapping[str, Any]]) -> dict[UUID, int]:
    """How much is done of the clips that were asked for together, in percent, for each project."""
    began: dict[UUID, datetime] = {row["ref"]: row["began"] for row in rows if row["kind"] == "take"}
    if not began:
        return {}
    same = Q()
    for project, since in began.items():
        same |= Q(project=project, created_at__gte=since)
    asked = Take.objects.filter(same, owner=user).exclude(state__in=[State.CANCELLED, State.FAILED])
    done = asked.values("project").annotate(percent=Avg("progress"))
    return {row["project"]: int(row["percent"]) for row in done}


def _line(row: Mapping[str, Any], clips: Mapping[UUID, int]) -> Line:
    kind, number, ref = row["kind"], row["many"], row["ref"]
    percent = clips.get(ref, 0) if kind == "take" else int(row["percent"])
    return Line(kind, ref, _words(kind, row["called"], number), _path(kind, ref), percent)


def _words(kind: str, title: str, number: int) -> str:
    words = {
        "film": gettext("Making “{title}”"),
        "take": ngettext("{count} clip of “{title}” to come", "{count} clips of “{title}” to come", number),
        "placement": ngettext(
            "Reading {count} file for “{title}”", "Reading {count} files for “{title}”", number
        ),
        "export": gettext("Putting everything of yours together"),
    }
    return words[kind].format(count=number, title=title)


def _path(kind: str, ref: UUID) -> str:
    if kind == "export":
        return reverse("library:export")
    return reverse("compiler:film" if kind == "film" else "projects:show", args=[ref])
