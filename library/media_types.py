"""What Echoes accepts, told from the bytes and never from a name."""

from __future__ import annotations

from echoes.kernel.errors import EchoesError

HEAD_BYTES = 512


class NotAccepted(EchoesError):
    """Echoes cannot use this kind of file."""

    code = "not_accepted"


PHOTO_TYPES = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "heif": "image/heic",
}
AUDIO_TYPES = {"mp3", "wav", "flac", "ogg", "m4a"}
HEIF_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
VIDEO = "This is a video. Echoes makes films from photos for now."

SENTENCES = {
    "empty": "This file is empty.",
    "gif": "This is a GIF. Please use a photo: JPEG, PNG, WebP or HEIC.",
    "svg": "This is a drawing (SVG), not a photo. Please use JPEG, PNG, WebP or HEIC.",
    "pdf": "This is a PDF. Please use a photo: JPEG, PNG, WebP or HEIC.",
    "video": VIDEO,
    "text": "This is a text, not a photo, whatever its name says.",
    "unknown": "This is not a photo that Echoes can read. Please use JPEG, PNG, WebP or HEIC.",
    "not_audio": "This is not music that Echoes can read. Please use MP3, M4A, WAV, FLAC or OGG.",
}


def sniff(head: bytes) -> str:
    """The kind of file that starts with these bytes (at least 512, or the whole file)."""
    if not head:
        return "empty"
    for kind, is_kind in _TABLE.items():
        if is_kind(head):
            return kind
    return "text" if _is_text(head) else "unknown"


def require_photo(head: bytes) -> str:
    """The Pillow format of an accepted photo; raises NotAccepted with what the file is instead."""
    kind = sniff(head)
    if kind in PHOTO_TYPES:
        return kind
    reason = kind if kind in SENTENCES else "unknown"
    raise NotAccepted(SENTENCES[reason], code=reason)


def require_audio(head: bytes) -> str:
    """The kind of an accepted song; raises NotAccepted."""
    kind = sniff(head)
    if kind in AUDIO_TYPES:
        return kind
    reason = kind if kind == "empty" else "not_audio"
    raise NotAccepted(SENTENCES[reason], code=reason)


def _brand(head: bytes) -> bytes:
    return head[8:12] if head[4:8] == b"ftyp" else b""


def _is_riff(head: bytes, form: bytes) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == form


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
    "webp": lambda head: _is_riff(head, b"WEBP"),
    "heif": lambda head: _brand(head) in HEIF_BRANDS,
    "gif": lambda head: head.startswith((b"GIF87a", b"GIF89a")),
    "pdf": lambda head: head.startswith(b"%PDF-"),
    "m4a": lambda head: _brand(head) in {b"M4A ", b"M4B "},
    "video": lambda head: (
        bool(_brand(head)) or head.startswith(b"\x1a\x45\xdf\xa3") or _is_riff(head, b"AVI ")
    ),
    "wav": lambda head: _is_riff(head, b"WAVE"),
    "flac": lambda head: head.startswith(b"fLaC"),
    "ogg": lambda head: head.startswith(b"OggS"),
    "mp3": lambda head: (
        head.startswith(b"ID3") or (head[0] == 0xFF and len(head) > 1 and head[1] & 0xE6 == 0xE2)
    ),
    "svg": _is_svg,
}
