"""What of a person's went to services: which photo, to whom, what for, when and with which words.

Rows are written by the door before anything goes (`providers.door`). Pages are read by keyset, so that the
last page costs what the first one does, and each in a number of queries that does not grow.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Max, Q
from django.utils.module_loading import import_string
from django.utils.translation import gettext, gettext_noop

from library import delivery
from library.exports import Item, document
from library.models import Asset
from providers import consent, registry
from providers.connections import Provider
from providers.models import Disclosure, Withheld

PAGE = 30
REMOVED = gettext_noop("A photo that was removed")
WORDS = gettext_noop("Words alone")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Errand:
    """What something was sent for: `what` it was to become, in which project, and where that is now (empty
    where it was removed)."""

    what: str
    project: str = ""
    url: str = ""


@dataclass(frozen=True)
class Line:
    """`asset` is empty for words alone, and for a photo that was removed. No photo went where `alone`."""

    id: int
    asset: UUID | None
    name: str
    alone: bool
    thumbnail: str
    to: str
    model: str
    errand: Errand
    words: str
    at: datetime
    simulated: bool
    withheld: bool


@dataclass(frozen=True)
class Page:
    """`older` is the cursor of the next page, empty on the last."""

    lines: list[Line]
    older: str


@dataclass(frozen=True)
class Total:
    """How many photos went to one service, and when the last did."""

    to: str
    photos: int
    last: datetime


def page(user: Any, *, before: str = "", now: datetime) -> Page:
    """The newest first, from just after the cursor `before`; one that makes no sense begins at the start."""
    rows = list(_rows(user, before)[: PAGE + 1])
    shown = rows[:PAGE]
    return Page(_lines(user, shown, now=now), _cursor(shown[-1]) if len(rows) > PAGE else "")


def totals(user: Any) -> list[Total]:
    """By service. One query."""
    found = Disclosure.objects.filter(owner=user).values("provider")
    found = found.annotate(photos=Count("asset", distinct=True), last=Max("at")).order_by("provider")
    return [Total(str(Provider(row["provider"]).label), row["photos"], row["last"]) for row in found]


def exported(*, user: Any) -> Iterator[Item]:
    """What a person takes along of it (settings.EXPORTS)."""
    rows = Disclosure.objects.filter(owner=user).order_by("at", "id")
    names = _assets(user, (row.asset for row in rows))
    yield document("sent.json", (_told(row, names) for row in rows))
    never = Withheld.objects.filter(owner=user).order_by("created_at")
    since = ({"what": each.what, "id": each.subject, "since": each.created_at} for each in never)
    yield document("never_sent.json", since)


# ---- where a page begins --------------------------------------------------------------------


def _rows(user: Any, before: str) -> Any:
    rows = Disclosure.objects.filter(owner=user).order_by("-at", "-id")
    place = _place(before)
    if place is None:
        return rows
    at, pk = place
    return rows.filter(Q(at__lt=at) | Q(at=at, pk__lt=pk))


def _cursor(row: Disclosure) -> str:
    """Microseconds since 1970, and the row."""
    return f"{(row.at - EPOCH) // timedelta(microseconds=1)}-{row.pk}"


def _place(cursor: str) -> tuple[datetime, int] | None:
    micros, _, pk = cursor.partition("-")
    if not (micros.isdecimal() and pk.isdecimal() and len(cursor) < 40):
        return None
    try:
        return EPOCH + timedelta(microseconds=int(micros)), int(pk)
    except OverflowError:
        return None


# ---- what a line says -----------------------------------------------------------------------


def _lines(user: Any, rows: list[Disclosure], *, now: datetime) -> list[Line]:
    assets = _assets(user, (row.asset for row in rows))
    links = delivery.urls_for("photos", [asset.thumbnail for asset in assets.values()], now=now)
    titles = registry.titles(row.model for row in rows)
    errands = _errands(row.reference for row in rows)
    withheld = consent.withheld(owner=user, subjects=list(assets))
    return [
        _line(
            row,
            assets.get(row.asset) if row.asset else None,
            links=links,
            title=titles.get(row.model, row.model),
            errand=errands.get(row.reference, Errand("")),
            withheld=row.asset in withheld,
        )
        for row in rows
    ]


def _line(
    row: Disclosure,
    asset: Asset | None,
    *,
    links: Mapping[str, str],
    title: str,
    errand: Errand,
    withheld: bool,
) -> Line:
    return Line(
        id=row.pk,
        asset=asset.pk if asset else None,
        name=_name(row, asset),
        alone=row.asset is None,
        thumbnail=links[asset.thumbnail] if asset else "",
        to=row.get_provider_display(),
        model=title,
        errand=errand,
        words=row.words,
        at=row.at,
        simulated=row.simulated,
        withheld=withheld,
    )


def _name(row: Disclosure, asset: Asset | None) -> str:
    if asset:
        return asset.name
    return gettext(REMOVED if row.asset else WORDS)


def _assets(user: Any, ids: Iterable[UUID | None]) -> dict[UUID, Asset]:
    wanted = {pk for pk in ids if pk}
    return {asset.pk: asset for asset in Asset.objects.filter(owner=user, pk__in=wanted)}


def _errands(references: Iterable[str]) -> dict[str, Errand]:
    """Each kind of job is asked once for all of its own; one that nobody can tell about is left out."""
    by_kind: dict[str, set[UUID]] = defaultdict(set)
    for reference in references:
        kind, _, pk = reference.partition(":")
        if kind in settings.ERRANDS and _is_id(pk):
            by_kind[kind].add(UUID(pk))
    return {
        f"{kind}:{pk}": errand
        for kind, ids in by_kind.items()
        for pk, errand in import_string(settings.ERRANDS[kind])(ids=ids).items()
    }


def _is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False


def _told(row: Disclosure, assets: Mapping[UUID, Asset]) -> dict[str, Any]:
    return {
        "at": row.at,
        "to": row.get_provider_display(),
        "model": row.model,
        "photo": _name(row, assets.get(row.asset) if row.asset else None),
        "for": row.reference,
        "project": row.project,
        "words": row.words,
        "bytes": row.size,
        "simulated": row.simulated,
    }
