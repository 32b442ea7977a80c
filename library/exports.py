"""Everything that a person has, as one file to take along.

Every app names its own part of it (settings.EXPORTS): the objects as they lie in the stores, and what rows
say as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Exists, OuterRef, Q
from django.utils.module_loading import import_string
from django.utils.translation import gettext, gettext_noop

from echoes.kernel import clock, workplace
from echoes.kernel.storage import base as storages
from jobs import lifecycle
from jobs.execution import Work
from jobs.outcomes import Done, Outcome
from jobs.states import LIVE, TERMINAL, State
from library import packing
from library.models import Asset, Export, Kind

KEPT = timedelta(days=7)
STORE = "films"
READ_ME = gettext_noop(
    """Everything that you brought to Echoes, and that was made of it.

photos/     the photos and videos, exactly as you sent them
music/      your own music, exactly as you sent it
clips/      every take of every clip, in a folder for each project
films/      the finished films
sent.json   what of yours went to an AI service, and when
*.json      what you have chosen and written, for programs to read

A file that could not be found is named in missing.txt.
"""
)


@dataclass(frozen=True)
class Item:
    """One file of the export: an object of a store, or a text. Two may have the same name; one of them then
    gets a number."""

    name: str
    storage: str = ""
    key: str = ""
    text: str = ""


def document(name: str, rows: Iterable[dict[str, Any]]) -> Item:
    """A list of facts as a JSON file."""
    text = json.dumps(list(rows), cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
    return Item(name=name, text=text)


def folder(title: str) -> str:
    """A title as the name of a folder."""
    return packing.clean(title) or gettext("untitled")


def items(user: Any) -> Iterator[Item]:
    """What belongs to this person, of all apps."""
    for name in settings.EXPORTS:
        yield from import_string(name)(user=user)


def owned(*, user: Any) -> Iterator[Item]:
    """The library's own part."""
    yield Item("read me.txt", text=gettext(READ_ME))
    yield document("account.json", [{"email": user.email, "name": user.name, "since": user.date_joined}])
    assets = list(Asset.objects.filter(owner=user).order_by("created_at"))
    for asset in assets:
        is_song = asset.kind == Kind.AUDIO
        place, store = ("music", "music") if is_song else ("photos", "photos")
        yield Item(f"{place}/{asset.name}", storage=store, key=asset.original)
    yield document("library.json", map(_described, assets))


def make(job: Export, work: Work) -> Outcome:
    """The job: put everything into one file, a week's key for it, and say how large it is."""
    wanted = list(items(job.owner))
    now = clock.now()
    with workplace.directory("export") as place:
        out = place / "echoes.zip"
        packed = packing.pack(
            wanted,
            out=out,
            now=now,
            total=len(wanted),
            cancelled=work.cancelled,
            on_progress=work.progress,
        )
        key = f"{job.owner_id}/exports/{job.pk}/echoes.zip"
        storages.get(STORE).put(key, out)
        return Done({"key": key, "size": out.stat().st_size, "files": packed.files})


# ---- verbs ----------------------------------------------------------------------------------


def ask(*, by: Any, now: datetime) -> Export:
    """Begin to put everything together; while that is going on, asking again gives the same job."""
    return lifecycle.enqueue_once(Export(owner=by), same=Q(owner=by, state__in=LIVE), by=by)


def latest(user: Any) -> Export | None:
    """The one that was asked for last."""
    return Export.objects.filter(owner=user).order_by("-created_at").first()


def cancel(*, by: Any, now: datetime) -> None:
    for export in Export.objects.filter(owner=by, state__in=LIVE):
        lifecycle.cancel(export, by=by, now=now)


def gone_at(export: Export) -> datetime | None:
    """When the housekeeping takes it away."""
    return export.finished_at + KEPT if export.finished_at else None


def sweep(*, now: datetime) -> None:
    """What is a week old goes, and what a newer one has taken the place of."""
    ended = Export.objects.filter(state__in=TERMINAL)
    for export in ended.filter(finished_at__lt=now - KEPT)[:1000]:
        _throw_away(export)
    newer = Export.objects.filter(
        owner=OuterRef("owner"), state=State.SUCCEEDED, created_at__gt=OuterRef("created_at")
    )
    for export in ended.filter(Exists(newer))[:1000]:
        _throw_away(export)


def _throw_away(export: Export) -> None:
    if export.key:
        storages.get(STORE).delete(export.key)
    export.delete()


def _described(asset: Asset) -> dict[str, Any]:
    return {
        "name": asset.name,
        "kind": asset.kind,
        "bytes": asset.size,
        "sha256": asset.sha256,
        "width": asset.width,
        "height": asset.height,
        "taken": asset.taken_at,
        "look": asset.look,
        "brought": asset.created_at,
    }
