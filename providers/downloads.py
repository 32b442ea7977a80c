"""Fetching what a service has made, at once, since its links end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from django.utils.module_loading import import_string

from echoes.kernel import http
from providers import connections
from providers.capabilities import Capability

MB = 1024 * 1024
VIDEO = ("video/mp4", "video/quicktime", "video/webm")
PICTURE = ("image/png", "image/jpeg", "image/webp")
SOUND = ("audio/mpeg", "audio/wav", "audio/flac")
# What may come for a capability, and how large it may be.
TYPES = {
    Capability.MOTION: (VIDEO, 512 * MB),
    Capability.IMAGE: (PICTURE, 64 * MB),
    Capability.CUTOUT: (PICTURE, 64 * MB),
    Capability.MUSIC: (SOUND, 128 * MB),
}
SECONDS = 300.0
ENDINGS = {"video/mp4": "mp4", "video/quicktime": "mov", "video/webm": "webm", "image/png": "png"}
ENDINGS |= {
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/flac": "flac",
}


def fetch(
    urls: Sequence[str],
    *,
    provider: str,
    capability: Capability,
    folder: Path,
    on_progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> tuple[Path, ...]:
    """Every file, into the folder, named by what it is. Raises what echoes.kernel.http.fetch raises."""
    if not urls:
        return ()  # a capability whose answers are words has no types of files
    types, most = TYPES[capability]
    hosts = import_string(f"providers.{provider}.HOSTS")
    found = []
    for number, url in enumerate(urls):
        raw = folder / f"made-{number}"
        got = http.fetch(
            url,
            to=raw,
            hosts=hosts,
            plain=connections.plain_origins(),
            max_bytes=most,
            seconds=SECONDS,
            types=types,
            on_progress=on_progress,
            cancelled=cancelled,
        )
        found.append(raw.rename(raw.with_suffix(f".{ENDINGS[got.content_type]}")))
    return tuple(found)
