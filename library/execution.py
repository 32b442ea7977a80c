"""The library's jobs: reading what arrived, and recording the music that Echoes makes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext

from echoes.kernel import media_time, workplace
from echoes.kernel.errors import Cancelled
from echoes.kernel.storage import base as storages
from jobs.execution import Work
from jobs.outcomes import Done, Outcome
from library import media_types, reading, tracks, uploads
from library.models import Asset, Ingest, Kind, Recording, Track
from library.videos import POSTER, PROXY, SHEET, SOUND
from providers import registry
from providers.capabilities import MusicRequest, Order
from providers.local import look, music

STORE = "photos"
CHUNK = 4 * 1024 * 1024


@dataclass(frozen=True)
class Arrived:
    """A private copy of what arrived, which readers cannot write to, and an empty folder that they can."""

    source: Path
    folder: Path
    head: bytes
    sha256: str
    size: int


def ingest(job: Ingest, work: Work) -> Outcome:
    """1. copy what arrived, so that nobody can change it any more; 2. tell from its bytes what it is;
    3. the same file again is the asset that exists; 4. read it in the sandbox; 5. keep it."""
    uploads.assemble(job)
    with workplace.directory("ingest") as place:
        arrived = _copied(job, work, place)
        kind, found = reading.told(arrived.head, brought_as=job.media_kind)
        asset = Asset.objects.filter(owner=job.owner, kind=kind, sha256=arrived.sha256).first()
        return Done({"asset": asset or KEEP[kind](job, work, arrived, found)})


def _copied(job: Ingest, work: Work, place: Path) -> Arrived:
    """A part at a time, so that the largest video needs no memory and can be cancelled."""
    source, folder = place / "source.bin", place / "made"
    folder.mkdir()
    digest, size, head = hashlib.sha256(), 0, b""
    with storages.get(STORE).local_copy(job.key) as path, path.open("rb") as file, source.open("wb") as copy:
        while chunk := file.read(CHUNK):
            if work.cancelled():
                raise Cancelled
            head = head or chunk[: media_types.HEAD_BYTES]
            digest.update(chunk)
            copy.write(chunk)
            size += len(chunk)
    return Arrived(source, folder, head, digest.hexdigest(), size)


def _keep_photo(job: Ingest, work: Work, arrived: Arrived, found: str) -> Asset:
    read = reading.photo(source=arrived.source, folder=arrived.folder, found=found, cancelled=work.cancelled)
    asset = _new_asset(job, Kind.PHOTO, arrived)
    asset.width, asset.height = read["width"], read["height"]
    asset.taken_at = datetime.fromisoformat(read["taken_at"]) if read["taken_at"] else None
    asset.look = look.measure(photo=arrived.folder / reading.WORKING)
    asset.original = _put(asset, f"original.{found}", arrived.source)
    asset.working = _put(asset, reading.WORKING, arrived.folder / reading.WORKING)
    asset.thumbnail = _put(asset, reading.THUMBNAIL, arrived.folder / reading.THUMBNAIL)
    return _adopt(asset)


def _keep_video(job: Ingest, work: Work, arrived: Arrived, found: str) -> Asset:
    read = reading.video(
        source=arrived.source,
        folder=arrived.folder,
        found=found,
        on_progress=work.progress,
        cancelled=work.cancelled,
    )
    asset = _new_asset(job, Kind.VIDEO, arrived)
    asset.width, asset.height, asset.fps = read["width"], read["height"], read["rate"]
    asset.duration, asset.peaks = read["duration"], read["peaks"]
    asset.original = _put(asset, f"original.{found}", arrived.source)
    asset.proxy = _put(asset, PROXY, arrived.folder / PROXY)
    asset.thumbnail = _put(asset, POSTER, arrived.folder / POSTER)
    asset.sprite = _put(asset, SHEET, arrived.folder / SHEET)
    sound = arrived.folder / SOUND
    if sound.exists():
        asset.has_sound, asset.sound = True, _put(asset, SOUND, sound)
    return _adopt(asset)


def _keep_song(job: Ingest, work: Work, arrived: Arrived, found: str) -> Asset:
    read = reading.song(source=arrived.source, folder=arrived.folder, found=found, cancelled=work.cancelled)
    asset = _new_asset(job, Kind.AUDIO, arrived)
    asset.original = _put(asset, f"song.{found}", arrived.source, store="music")
    with transaction.atomic():
        kept = _adopt(asset)
        Track.objects.get_or_create(
            asset=kept,
            defaults={
                "owner": job.owner,
                "title": Path(job.name).stem[:200] or gettext("My music"),
                "mood": "yours",
                "duration": read["duration"],
                "peaks": read["peaks"],
                "loudness": read["loudness"],
                "beats": read["beats"],
                "key": kept.original,
            },
        )
        return kept


KEEP: dict[str, Callable[[Ingest, Work, Arrived, str], Asset]] = {
    Kind.PHOTO: _keep_photo,
    Kind.VIDEO: _keep_video,
    Kind.AUDIO: _keep_song,
}


def _new_asset(job: Ingest, kind: str, arrived: Arrived) -> Asset:
    """Its id is the job's, so a try after a crash writes over the files of the one before."""
    return Asset(
        id=job.pk, owner=job.owner, kind=kind, name=job.name, sha256=arrived.sha256, size=arrived.size
    )


def _put(asset: Asset, name: str, path: Path, *, store: str = STORE) -> str:
    key = f"{asset.owner_id}/assets/{asset.pk}/{name}"
    storages.get(store).put(key, path)
    return key


def _adopt(asset: Asset) -> Asset:
    """Two uploads of the same file at the same moment make one asset: the database decides which."""
    described = {
        field.attname: getattr(asset, field.attname)
        for field in Asset._meta.concrete_fields
        if field.name not in {"owner", "kind", "sha256", "created_at"}
    }
    kept, _ = Asset.objects.get_or_create(
        owner=asset.owner, kind=asset.kind, sha256=asset.sha256, defaults=described
    )
    return kept


def record(job: Recording, work: Work) -> Outcome:
    """Compose and play one of the catalogue's tracks, or what somebody ordered."""
    if job.mood:
        return _play_order(job, work)
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


def _play_order(job: Recording, work: Work) -> Outcome:
    """Made through the capability that everybody asks for music, and listened to as what people bring."""
    model = tracks.composer()
    if model is None:
        raise tracks.NoComposer
    with workplace.directory("music") as place:
        asked = Order(model.spec, MusicRequest(job.mood, job.seconds, job.seed))
        answer = registry.direct(model.provider).answer(
            asked, folder=place, on_progress=work.progress, cancelled=work.cancelled
        )
        (path,) = answer.files
        heard = music.measure(path=path)
        key = f"{job.owner_id}/tracks/{job.pk}{path.suffix}"
        storages.get("music").put(key, path)
    track, _ = Track.objects.get_or_create(
        owner=job.owner,
        key=key,
        defaults={
            "title": job.title or job.mood.capitalize(),
            "mood": job.mood,
            "description": model.note,
            "duration": media_time.seconds_to_ticks(heard.duration),
            "beats": answer.said["beats"],
            "peaks": list(heard.peaks),
            "loudness": heard.loudness,
        },
    )
    return Done({"track": track})
