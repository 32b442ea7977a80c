"""How much space a person's things take.

The stores know, and a job asks them: what lies there is counted, not what rows believe. Pages and staff read
what was counted last, which is one query.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy

from echoes.kernel.storage import base as storages
from echoes.kernel.storage import headers
from jobs import lifecycle
from jobs.execution import Work
from jobs.outcomes import Done, Outcome
from jobs.states import LIVE, State
from library.models import Space

STORES = ("photos", "films", "music")
STALE = timedelta(minutes=1)
LABELS = {
    "photos": gettext_lazy("Photos"),
    "videos": gettext_lazy("Videos"),
    "music": gettext_lazy("Music of yours"),
    "takes": gettext_lazy("Moving clips"),
    "films": gettext_lazy("Films"),
    "pieces": gettext_lazy("Pieces of films"),
    "exports": gettext_lazy("Everything to take along"),
}
NOTES = {
    "photos": gettext_lazy("with the smaller copies that pages show"),
    "takes": gettext_lazy("every take of every clip"),
    "pieces": gettext_lazy("kept for a month, so that a change is made quickly"),
    "exports": gettext_lazy("goes after a week"),
}
# By store and folder; what lies elsewhere counts as its store's own kind.
FOLDERS = {
    ("photos", "takes"): "takes",
    ("films", "pieces"): "pieces",
    ("films", "exports"): "exports",
}


@dataclass(frozen=True)
class Line:
    """One kind of things; `start` and `share` are thousandths of all."""

    kind: str
    label: str
    note: str
    size: int
    start: int
    share: int


@dataclass(frozen=True)
class Usage:
    total: int
    lines: list[Line]
    counted_at: datetime | None
    counting: bool


def of(user: Any) -> Usage:
    """What was counted last. One query."""
    found = list(Space.objects.filter(Q(state=State.SUCCEEDED) | Q(state__in=LIVE), owner=user))
    counting = any(space.state in LIVE for space in found)
    counted = max((space for space in found if space.finished_at), key=_when, default=None)
    if counted is None:
        return Usage(0, [], None, counting)
    sizes = {kind: getattr(counted, kind) for kind in LABELS if getattr(counted, kind)}
    return Usage(sum(sizes.values()), _lines(sizes), counted.finished_at, counting)


def ask(*, by: Any, now: datetime) -> None:
    """Have it counted again, if the last time is a while ago; asking twice counts once."""
    fresh = Q(state=State.SUCCEEDED, finished_at__gt=now - STALE) | Q(state__in=LIVE)
    if Space.objects.filter(fresh, owner=by).exists():
        return
    lifecycle.enqueue_once(Space(owner=by), same=Q(owner=by, state__in=LIVE), by=by)


def count(job: Space, work: Work) -> Outcome:
    """The job: look at everything below the person's prefix."""
    return Done(dict(measure(user_id=job.owner_id)))


def measure(*, user_id: int) -> Counter[str]:
    """Bytes by kind, as the stores tell."""
    found: Counter[str] = Counter()
    for store in STORES:
        for stored in storages.get(store).listing(f"{user_id}/"):
            found[_kind(store, stored.key)] += stored.size
    return found


def _kind(store: str, key: str) -> str:
    folder = key.split("/")[1]
    kind = FOLDERS.get((store, folder), store)
    is_video = kind == "photos" and headers.content_type(key).startswith("video/")
    return "videos" if is_video else kind


def _when(space: Space) -> datetime:
    return space.finished_at or space.created_at


def _lines(sizes: dict[str, int]) -> list[Line]:
    """Each as wide as it is large, and none so thin that nobody sees it."""
    total = sum(sizes.values())
    widths = [max(8, round(size * 1000 / total)) for size in sizes.values()]
    starts = [end - width for end, width in zip(accumulate(widths), widths, strict=True)]
    return [
        Line(kind, str(LABELS[kind]), str(NOTES.get(kind, "")), size, start, width)
        for (kind, size), start, width in zip(sizes.items(), starts, widths, strict=True)
    ]
