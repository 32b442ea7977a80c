"""How ffmpeg is named, and how paths and numbers are written for it."""

from __future__ import annotations

import functools
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg  # type: ignore[import-untyped]

# Containers that a stranger's file may be. Playlists are left out on purpose: a "video"
# that is really a list of other files would make the demuxer read those files.
FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mp3,wav,flac,ogg,aac,aiff,avi,mpegts"
# Input options for a file that a stranger brought.
GUARD = ("-protocol_whitelist", "file,pipe", "-format_whitelist", FORMATS)


@functools.cache
def executable() -> str:
    """The ffmpeg that comes with the Python package; raises RuntimeError where there is none."""
    return str(imageio_ffmpeg.get_ffmpeg_exe())


def address(path: Path) -> str:
    """A path that ffmpeg takes for a file whatever its name looks like (`-y.mp4`, `http:x`)."""
    return f"file:{path.absolute()}"


def decimal(seconds: Fraction | int) -> str:
    """Seconds in whole microseconds, which is all that ffmpeg keeps of a time."""
    microseconds = round(seconds * 1_000_000)
    sign = "-" if microseconds < 0 else ""
    whole, rest = divmod(abs(microseconds), 1_000_000)
    return f"{sign}{whole}.{rest:06d}"
