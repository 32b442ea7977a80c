"""The door through which strangers' files come in: what a file is, and what a reader makes of it.

`told` decides by the first bytes and opens nothing. The others have a reader in the sandbox read the file
`source`, write what is made of it to `folder`, and tell what it is; they raise NotAccepted or sandbox.Refused
with one of the sentences of `library.media_types`, ReaderLost, Cancelled.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from echoes.kernel import sandbox
from echoes.kernel.ffmpeg import containers
from library import media_types, videos

# What a reader may take, in seconds of a processor and megabytes.
PHOTO_SECONDS, SONG_SECONDS, LOOK_SECONDS = 10, 120, 20
PHOTO_MB, SONG_MB, VIDEO_MB = 1024, 1024, 2048
WORKING, THUMBNAIL = "working.jpg", "thumbnail.jpg"

OnEnd = Callable[[sandbox.Ended], None]
Cancelled = Callable[[], bool]


def told(head: bytes, *, brought_as: str) -> tuple[str, str]:
    """The kind of a file and what its bytes say. A video among photos is a video, and the other way round:
    who drops a folder does not sort it first."""
    if brought_as == media_types.AUDIO:
        return media_types.AUDIO, media_types.require_audio(head)
    require = media_types.require_video if brought_as == media_types.VIDEO else media_types.require_picture
    found = require(head)
    return (media_types.VIDEO if found in media_types.VIDEO_TYPES else media_types.PHOTO), found


def photo(*, source: Path, folder: Path, found: str, **watched: Any) -> Any:
    """Writes WORKING and THUMBNAIL; see `library.pictures.read`."""
    return sandbox.call(
        "library.pictures:read",
        arguments={
            "source": str(source),
            "format": found,
            "working": str(folder / WORKING),
            "thumbnail": str(folder / THUMBNAIL),
        },
        folder=folder,
        reads=[source],
        seconds=PHOTO_SECONDS,
        memory_mb=PHOTO_MB,
        **watched,
    )


def video(
    *,
    source: Path,
    folder: Path,
    found: str,
    on_progress: Callable[[float], None],
    **watched: Any,
) -> Any:
    """What the video says of itself, and then, with as much time as that needs, what is in it; see
    `library.videos`."""
    demuxer = containers.DEMUXERS[found]
    file: dict[str, Any] = {"source": str(source), "demuxer": demuxer}
    place: dict[str, Any] = {"folder": folder, "reads": [source], "memory_mb": VIDEO_MB, **watched}
    seen = sandbox.call("library.videos:look", arguments=file, seconds=LOOK_SECONDS, **place)
    made = sandbox.call(
        "library.videos:convert",
        arguments={**file, "folder": str(folder)},
        seconds=videos.seconds_for(Fraction(seen["seconds"])),
        on_progress=on_progress,
        **place,
    )
    return seen | made


def song(*, source: Path, folder: Path, found: str, **watched: Any) -> Any:
    """See `library.songs.read`."""
    return sandbox.call(
        "library.songs:read",
        arguments={"source": str(source), "demuxer": containers.DEMUXERS[found]},
        folder=folder,
        reads=[source],
        seconds=SONG_SECONDS,
        memory_mb=SONG_MB,
        **watched,
    )
