"""Which objects in the stores belong to which rows, told by every app for its own (settings.INVENTORY)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from jobs.states import LIVE
from library.models import Asset, Export, Ingest, Ticket, Track

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """An object that a row stands for. An `open` one stands for everything whose key begins so, and nothing
    has to be there: for work that is going on, and for a folder that is one row's alone."""

    storage: str
    key: str
    what: str
    id: UUID
    open: bool = False


@dataclass(frozen=True)
class Part:
    """One app's answers.

    `kept` names the objects of a person's rows. `lost` is told of one that is not in its store any more.
    `renamed` writes a new key wherever the old one stands, and gives how many rows own the object.
    """

    kept: Callable[[int], Iterable[Entry]]
    lost: Callable[[Entry, datetime], None]
    renamed: Callable[[str, str, str], int]


def parts() -> list[Part]:
    return [import_string(name) for name in settings.INVENTORY]


def kept(user_id: int) -> set[Entry]:
    """Everything that rows of this person stand for."""
    return {entry for part in parts() for entry in part.kept(user_id) if entry.key}


def is_named(storage: str, key: str) -> bool:
    """Whether a row names exactly this object."""
    entries = kept(int(key.split("/")[0]))
    return any((entry.storage, entry.key, entry.open) == (storage, key, False) for entry in entries)


def lost(entry: Entry, *, now: datetime) -> None:
    for part in parts():
        part.lost(entry, now)


def renamed(storage: str, *, old: str, new: str) -> int:
    return sum(part.renamed(storage, old, new) for part in parts())


# ---- the library's own ----------------------------------------------------------------------


def _kept(user_id: int) -> Iterator[Entry]:
    for asset in Asset.objects.filter(owner=user_id):
        store = "music" if asset.kind == "audio" else "photos"
        yield Entry(store, f"{user_id}/assets/{asset.pk}/", asset.kind, asset.pk, open=True)
        for key in (asset.original, asset.working, asset.thumbnail):
            yield Entry(store, key, asset.kind, asset.pk)
    for track in Track.objects.filter(owner=user_id):
        yield Entry("music", track.key, "track", track.pk)
    for export in Export.objects.filter(owner=user_id):
        if export.state in LIVE:
            yield Entry("films", f"{user_id}/exports/{export.pk}/", "export", export.pk, open=True)
        else:
            yield Entry("films", export.key, "export", export.pk)
    yield from _arriving(user_id)


def _arriving(user_id: int) -> Iterator[Entry]:
    """What comes in, and what is being made of it. `library.housekeeping` lets go of tickets and uploads
    that are too old, by their rows."""
    for ticket in Ticket.objects.filter(owner=user_id, completed_at=None):
        yield Entry("photos", ticket.key, "upload", ticket.pk, open=True)
    for ingest in Ingest.objects.filter(owner=user_id).exclude(key=""):
        yield Entry("photos", ingest.key, "upload", ingest.pk, open=True)
        if ingest.state in LIVE:
            for store in ("photos", "music"):
                yield Entry(store, f"{user_id}/assets/{ingest.pk}/", "upload", ingest.pk, open=True)


def _lost(entry: Entry, now: datetime) -> None:
    if entry.what == "export":
        Export.objects.filter(pk=entry.id, key=entry.key).delete()
    if entry.what in {"photo", "video", "audio", "track"}:
        log.error("%s %s: its file %s is gone from %s", entry.what, entry.id, entry.key, entry.storage)


def _renamed(storage: str, old: str, new: str) -> int:
    if storage == "films":
        return Export.objects.filter(key=old).update(key=new)
    columns = ("original", "working", "thumbnail")
    owning = sum(Asset.objects.filter(**{name: old}).update(**{name: new}) for name in columns)
    return owning + (Track.objects.filter(key=old).update(key=new) if storage == "music" else 0)


PART = Part(kept=_kept, lost=_lost, renamed=_renamed)
