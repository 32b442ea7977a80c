"""What Echoes accepts, told from the bytes and never from a name; and what it says of the rest.

This is the only place that decides what a file is. Whatever is not listed is refused.
"""

from __future__ import annotations

from echoes.kernel.errors import EchoesError, Sentence, gettext_noop
from echoes.kernel.ffmpeg import containers

HEAD_BYTES = containers.HEAD_BYTES

# As `library.models.Kind` names them; what reads files needs no models.
PHOTO, VIDEO, AUDIO = "photo", "video", "audio"

PHOTO_TYPES = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "heif": "image/heic",
    "avif": "image/avif",
    "tiff": "image/tiff",
}
VIDEO_TYPES = {
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "mkv": "video/matroska",
    "webm": "video/webm",
    "avi": "video/vnd.avi",
}
AUDIO_TYPES = {"mp3", "wav", "flac", "ogg", "m4a"}
HEIF_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
AVIF_BRANDS = {b"avif", b"avis"}
# Brands of Canon's raw files, which are ISO base media files too.
RAW_BRANDS = {b"crx "}
# Of Panasonic, Olympus, Fujifilm and Sigma.
RAW_BEGINNINGS = (b"IIU\0", b"IIRO", b"IIRS", b"MMOR", b"FUJIFILMCCD-RAW", b"FOVb")

MAX_MEGAPIXELS = 80
MAX_MINUTES = 10

_DOCUMENT = Sentence(
    gettext_noop("This is a document, not a photo. Please use JPEG, PNG, WebP, HEIC, AVIF or TIFF.")
)
_LARGE_VIDEO = Sentence(
    gettext_noop(
        "This video is longer than {minutes} minutes or larger than 4K. Please export a smaller one."
    ),
    {"minutes": MAX_MINUTES},
)
_TOO_MUCH = Sentence(gettext_noop("This file is damaged or too large to be read safely."))

# Every word that is said of a file that is not taken. Several codes may share a sentence; there are twelve.
SENTENCES = {
    "empty": Sentence(gettext_noop("This file is empty.")),
    "gif": Sentence(gettext_noop("This is a GIF. Please use JPEG, PNG, WebP, HEIC, AVIF or TIFF.")),
    "svg": _DOCUMENT,
    "pdf": _DOCUMENT,
    "text": _DOCUMENT,
    "raw": Sentence(gettext_noop("This is a raw file of a camera. Please export it as JPEG first.")),
    "unknown": Sentence(
        gettext_noop(
            "This is not a photo that Echoes can read. Please use JPEG, PNG, WebP, HEIC, AVIF or TIFF."
        )
    ),
    "not_video": Sentence(
        gettext_noop("This is not a video that Echoes can read. Please use MP4, MOV, WebM, MKV or AVI.")
    ),
    "not_audio": Sentence(
        gettext_noop("This is not music that Echoes can read. Please use MP3, M4A, WAV, FLAC or OGG.")
    ),
    "damaged": Sentence(gettext_noop("This file is damaged and cannot be opened.")),
    "unreadable": _TOO_MUCH,
    "too_slow": _TOO_MUCH,
    "too_small": Sentence(gettext_noop("This picture is too small to film.")),
    "too_many_pixels": Sentence(
        gettext_noop("This photo has more than {count} million pixels. Please make it smaller first."),
        {"count": MAX_MEGAPIXELS},
    ),
    "too_long": _LARGE_VIDEO,
    "too_large": _LARGE_VIDEO,
}


class NotAccepted(EchoesError):
    """Echoes cannot use this file."""

    code = "not_accepted"  # of one that is raised: one of SENTENCES

    def __init__(self, code: str) -> None:
        super().__init__(SENTENCES[code], code=code)


def sniff(head: bytes) -> str:
    """The kind of file that starts with these bytes (at least 512, or the whole file)."""
    if not head:
        return "empty"
    for kind, is_kind in _TABLE.items():
        if is_kind(head):
            return kind
    return containers.video(head) or ("text" if _is_text(head) else "unknown")


def require_picture(head: bytes) -> str:
    """The kind of an accepted photo or video; raises NotAccepted with what the file is instead."""
    kind = sniff(head)
    if kind in PHOTO_TYPES or kind in VIDEO_TYPES:
        return kind
    raise NotAccepted(kind if kind in SENTENCES else "unknown")


def require_video(head: bytes) -> str:
    """As `require_picture`, for what was brought as a video."""
    kind = sniff(head)
    if kind in PHOTO_TYPES or kind in VIDEO_TYPES:
        return kind
    raise NotAccepted("empty" if kind == "empty" else "not_video")


def require_audio(head: bytes) -> str:
    """The kind of an accepted song; raises NotAccepted. A song in the container of a video is one, too."""
    kind = sniff(head)
    if kind in AUDIO_TYPES:
        return kind
    if kind in {"mp4", "mov"}:
        return "m4a"
    raise NotAccepted("empty" if kind == "empty" else "not_audio")


def _is_avif(head: bytes) -> bool:
    return bool(containers.brand(head) in HEIF_BRANDS | AVIF_BRANDS and containers.brands(head) & AVIF_BRANDS)


def _is_raw(head: bytes) -> bool:
    """The raw files that show it in their first bytes; others have tags (`library.pictures`)."""
    canon = head[8:10] == b"CR" and _is_tiff(head)
    return canon or containers.brand(head) in RAW_BRANDS or head.startswith(RAW_BEGINNINGS)


def _is_tiff(head: bytes) -> bool:
    return head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"))


def _is_svg(head: bytes) -> bool:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith(b"<svg") or (start.startswith((b"<?xml", b"<!doctype svg")) and b"<svg" in start)


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode("utf-8", errors="strict")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:  # a character may be cut at the end of the head
            return False
        text = head[: error.start].decode()
    return all(sign.isprintable() or sign in "\r\n\t\f" for sign in text)


_TABLE = {
    "jpeg": lambda head: head.startswith(b"\xff\xd8\xff"),
    "png": lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"),
    "webp": lambda head: containers.riff(head) == b"WEBP",
    "avif": _is_avif,
    "heif": lambda head: containers.brand(head) in HEIF_BRANDS,
    "raw": _is_raw,
    "tiff": _is_tiff,
    "gif": lambda head: head.startswith((b"GIF87a", b"GIF89a")),
    "pdf": lambda head: head.startswith(b"%PDF-"),
    "m4a": lambda head: containers.brand(head) in {b"M4A ", b"M4B "},
    "wav": lambda head: containers.riff(head) == b"WAVE",
    "flac": lambda head: head.startswith(b"fLaC"),
    "ogg": lambda head: head.startswith(b"OggS"),
    "mp3": lambda head: (
        head.startswith(b"ID3") or (head[0] == 0xFF and len(head) > 1 and head[1] & 0xE6 == 0xE2)
    ),
    "svg": _is_svg,
}
