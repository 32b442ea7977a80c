"""The library's jobs: reading what arrived, and recording the music that Echoes makes."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from echoes.kernel import digests, media_time, sandbox, workplace
from echoes.kernel.storage import base as storages
from jobs.execution import Work
from jobs.outcomes import Done, Outcome
from library import media_types, uploads
from library.models import Asset, Ingest, Kind, Recording, Track
from providers.local import music

STORE = "photos"


def ingest(job: Ingest, work: Work) -> Outcome:
    """1. copy what arrived, so that nobody can change it any more; 2. tell from its bytes what it is;
    3. the same file again is the asset that exists; 4. read it in the sandbox; 5. keep it."""
    store = storages.get(STORE)
    uploads.assemble(job)
    with workplace.directory("ingest") as place:
        with store.local_copy(job.key) as arrived:
            source = Path(shutil.copyfile(arrived, place / "source.bin"))
        with source.open("rb") as file:
            head = file.read(media_types.HEAD_BYTES)
        keep = _keep_photo if job.media_kind == Kind.PHOTO else _keep_song
        asset = keep(job, work, source=source, head=head, place=place)
        return Done({"asset": asset})


def _keep_photo(job: Ingest, work: Work, *, source: Path, head: bytes, place: Path) -> Asset:
    found = media_types.require_photo(head)
    sha256 = digests.of_file(source)
    if asset := _known(job, sha256):
        return asset
    working, thumbnail = place / "working.jpg", place / "thumbnail.jpg"
    read = sandbox.call(
        "library.pictures:read",
        arguments={
            "source": str(source),
            "format": found,
            "working": str(working),
            "thumbnail": str(thumbnail),
        },
        cancelled=work.cancelled,
    )
    asset = _new_asset(job, sha256=sha256, size=source.stat().st_size)
    asset.original = f"{_folder(asset)}/original.{found}"
    asset.width, asset.height = read["width"], read["height"]
    asset.taken_at = datetime.fromisoformat(read["taken_at"]) if read["taken_at"] else None
    asset.working, asset.thumbnail = f"{_folder(asset)}/working.jpg", f"{_folder(asset)}/thumbnail.jpg"
    store = storages.get(STORE)
    for key, path in ((asset.original, source), (asset.working, working), (asset.thumbnail, thumbnail)):
        store.put(key, path)
    return _adopt(asset)


def _keep_song(job: Ingest, work: Work, *, source: Path, head: bytes, place: Path) -> Asset:
    found = media_types.require_audio(head)
    sha256 = digests.of_file(source)
    if asset := _known(job, sha256):
        return asset
    read = sandbox.call(
        "library.songs:read", arguments={"source": str(source)}, seconds=120, cancelled=work.cancelled
    )
    asset = _new_asset(job, sha256=sha256, size=source.stat().st_size)
    key = f"{_folder(asset)}/song.{found}"
    storages.get("music").put(key, source)
    asset.original = key
    with transaction.atomic():
        kept = _adopt(asset)
        Track.objects.get_or_create(
            asset=kept,
            defaults={
                "owner": job.owner,
                "title": Path(job.name).stem[:200] or "My music",
                "mood": "yours",
                "duration": read["duration"],
                "peaks": read["peaks"],
                "loudness": read["loudness"],
                "key": kept.original,
            },
        )
        return kept


def _known(job: Ingest, sha256: str) -> Asset | None:
    return Asset.objects.filter(owner=job.owner, kind=job.media_kind, sha256=sha256).first()


def _new_asset(job: Ingest, **fields: Any) -> Asset:
    """Its id is the job's, so a try after a crash writes over the files of the one before."""
    return Asset(id=job.pk, owner=job.owner, kind=job.media_kind, name=job.name, **fields)


def _folder(asset: Asset) -> str:
    return f"{asset.owner_id}/assets/{asset.pk}"


def _adopt(asset: Asset) -> Asset:
    """Two uploads of the same file at the same moment make one asset: the database decides which."""
    kept, _ = Asset.objects.get_or_create(
        owner=asset.owner,
        kind=asset.kind,
        sha256=asset.sha256,
        defaults={
            name: getattr(asset, name)
            for name in (
                "id",
                "name",
                "size",
                "original",
                "working",
                "thumbnail",
                "width",
                "height",
                "taken_at",
            )
        },
    )
    return kept


def record(job: Recording, work: Work) -> Outcome:
    """Compose and play one of the catalogue's tracks."""
    recipe = next(found for found in music.CATALOGUE if found.slug == job.slug)
    with workplace.directory("music") as place:
        out = place / "track.m4a"
        made = music.make(recipe=recipe, out=out)
        key = f"catalogue/{recipe.slug}-{job.version}.m4a"
        storages.get("music").put(key, out)
    track, _ = Track.objects.update_or_create(
        owner=None,
        slug=recipe.slug,
        defaults={
            "version": job.version,
            "title": recipe.title,
            "mood": recipe.mood,
            "description": recipe.description,
            "duration": media_time.seconds_to_ticks(made.duration),
            "beats": list(made.beats),
            "peaks": list(made.peaks),
            "loudness": made.loudness_lufs,
            "key": key,
        },
    )
    return Done({"track": track})
