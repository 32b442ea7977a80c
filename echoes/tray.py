"""The tray: what of somebody's is in the making, whichever page they are on.

One line for each film, for the clips of each project, for the files that are being read for it and for an
export. A page asks with one query for what there is. With a second one, only while there is something, it
asks for all that began since there was last nothing: how much of that is done only grows, until somebody asks
for more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import CharField, Count, F, Min, Q, QuerySet, Value
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext, ngettext

from clips.models import Placement, Take
from compiler.models import Film
from echoes.kernel import clock
from jobs.states import LIVE
from library.models import Export

OPEN = "open"
COOKIE = "tray"
MOST = 20
LONGEST = timedelta(days=1)
PAUSE = timedelta(seconds=5)  # what is asked for so soon after the last end belongs to what ended
READING = 0.1  # of a clip's work


@dataclass(frozen=True)
class Line:
    """One thing in the making. `kind` and `id` are those of its job, or of its project where it is many: then
    `many` of `all` are to come."""

    kind: str
    id: UUID
    words: str
    path: str
    percent: int
    many: int = 1
    all: int = 1


@dataclass(frozen=True)
class Tray:
    lines: list[Line]
    is_open: bool
    percent: int = 0

    @property
    def title(self) -> str:
        """Short, and without names: it stands on a small pill."""
        kinds = {line.kind for line in self.lines}
        if kinds == {"take"}:
            return _to_come(sum(line.many for line in self.lines), sum(line.all for line in self.lines))
        if len(self.lines) == 1:
            return self.lines[0].words
        return _listed(_counted_words(self.lines))

    @property
    def rev(self) -> str:
        """Changes when the tray would look different, but for what moves by itself."""
        shown = " ".join(f"{line.kind}{line.id}{line.words}{line.percent}" for line in self.lines)
        return f"{self.title}{self.percent} {shown}"


class Asked(NamedTuple):
    """One job of those that were asked for together."""

    kind: str
    ref: UUID
    created_at: datetime
    finished_at: datetime | None
    progress: int

    @property
    def done(self) -> int:
        """In percent. However it ended, nobody waits for it any more."""
        return 100 if self.finished_at else self.progress


def tray(request: HttpRequest) -> dict[str, Any]:
    """For every page's frame; asked for only where a template shows it."""
    is_open = request.COOKIES.get(COOKIE) == OPEN
    return {"work": SimpleLazyObject(lambda: _tray(request.user, is_open=is_open))}


def _tray(user: Any, *, is_open: bool) -> Tray:
    rows = list(_rows(user)[:MOST])
    together = _together(user, now=clock.now()) if rows else []
    return Tray([_line(row, together) for row in rows], is_open, _share(together))


def _rows(user: Any) -> Any:
    """(kind, ref, called, many, began) of all kinds, what began first standing first."""
    live = Q(state__in=LIVE)
    films, takes, files, export = (
        _counted(rows.filter(live), kind, ref, called) for kind, ref, called, rows in _kinds(user)
    )
    return films.union(takes, files, export, all=True).order_by("began")


def _kinds(user: Any) -> list[tuple[str, str, F | Value, QuerySet[Any]]]:
    """Each kind, what its jobs are counted by, what that is called, and all its jobs."""
    mine = Q(owner=user)
    shown = mine & Q(project__removed_at=None)
    return [
        ("film", "pk", F("title"), Film.objects.filter(shown, removed_at=None)),
        ("take", "project_id", F("project__title"), Take.objects.filter(shown)),
        ("placement", "project_id", F("project__title"), Placement.objects.filter(shown)),
        ("export", "pk", Value(""), Export.objects.filter(mine)),
    ]


def _counted(rows: QuerySet[Any], kind: str, ref: str, called: F | Value) -> Any:
    """One row for each job or project (`ref`) that there is work for."""
    grouped = rows.values(kind=_text(kind), ref=F(ref), called=Cast(called, CharField()))
    return grouped.annotate(many=Count("pk"), began=Min("created_at"))


def _text(words: str) -> Value:
    return Value(words, output_field=CharField())


def _together(user: Any, *, now: datetime) -> list[Asked]:
    """All that was asked for since there was last nothing in the making, of a day at most."""
    lately = Q(created_at__gte=now - LONGEST) | Q(finished_at=None)
    films, takes, files, export = (
        found.filter(lately)
        .annotate(of=_text(kind), ref=F(ref))
        .values_list("of", "ref", "created_at", "finished_at", "progress")
        for kind, ref, _, found in _kinds(user)
    )
    together: list[Asked] = []
    end: datetime | None = None
    for job in map(Asked._make, films.union(takes, files, export, all=True).order_by("created_at")):
        if end and job.created_at > end + PAUSE:
            together = []
        together.append(job)
        end = max(end or job.created_at, job.finished_at or now)
    return together


def _share(together: Iterable[Asked]) -> int:
    """How much of all this is done, in percent. A file that is read still has its clip to come."""
    whole = done = 0.0
    for job in together:
        weight = READING if job.kind == "placement" else 1.0
        done += weight * job.done
        whole += weight + (1.0 if job.kind == "placement" and not job.finished_at else 0.0)
    return int(done / whole) if whole else 0


def _line(row: Mapping[str, Any], together: Iterable[Asked]) -> Line:
    kind, number, ref = row["kind"], row["many"], row["ref"]
    same = [job for job in together if job.kind == kind and job.ref == ref]
    coming = 0
    if kind == "take":  # what is read now is among the clips to come
        coming = sum(job.kind == "placement" and job.ref == ref and not job.finished_at for job in together)
    every = len(same) + coming
    percent = sum(job.done for job in same) // max(every, 1)
    return Line(kind, ref, _words(kind, row["called"], number), _path(kind, ref), percent, number, every)


def _to_come(number: int, every: int) -> str:
    words = ngettext("{count} of {all} clip to come", "{count} of {all} clips to come", every)
    return words.format(count=number, all=every)


def _counted_words(lines: Iterable[Line]) -> list[str]:
    """How many there are of each kind."""
    many: Counter[str] = Counter()
    for line in lines:
        many[line.kind] += line.many
    words = {
        "film": ngettext("{count} film", "{count} films", many["film"]),
        "take": ngettext("{count} clip", "{count} clips", many["take"]),
        "placement": ngettext("{count} file", "{count} files", many["placement"]),
        "export": gettext("an export"),
    }
    return [said.format(count=many[kind]) for kind, said in words.items() if many[kind]]


def _listed(words: list[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return gettext("{some} and {last}").format(some=", ".join(words[:-1]), last=words[-1])


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
