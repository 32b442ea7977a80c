"""What browsers are told about an object, whichever store holds it."""

from __future__ import annotations

from pathlib import PurePosixPath

from django.utils.http import content_disposition_header

from echoes.kernel.signing import WINDOW_SECONDS

# A link is the same for one window, so that is how long a browser may keep what it leads to.
CACHING = f"private, max-age={WINDOW_SECONDS}"
UNKNOWN = "application/octet-stream"
LONGEST_NAME = 150
# What browsers show or play. Nothing else is named to them: a page or a drawing with a script in it,
# stored by whatever mistake, is a file to save.
TYPES = {
    ".avif": "image/avif",
    ".flac": "audio/flac",
    ".gif": "image/gif",
    ".heic": "image/heic",
    ".heif": "image/heif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".m4a": "audio/mp4",
    ".mov": "video/quicktime",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".oga": "audio/ogg",
    ".ogg": "audio/ogg",
    ".png": "image/png",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".wav": "audio/wav",
    ".webm": "video/webm",
    ".webp": "image/webp",
}


def content_type(key: str) -> str:
    """By the end of a key of ours, never by what a browser said."""
    return TYPES.get(PurePosixPath(key).suffix.lower(), UNKNOWN)


def disposition(name: str) -> str:
    """The Content-Disposition that saves a file under a name of any script, without paths and tricks."""
    shown = "".join(sign for sign in name if sign.isprintable() and sign not in '/\\:*?"<>|')
    return content_disposition_header(True, shown.strip(". ")[-LONGEST_NAME:] or "file") or ""
