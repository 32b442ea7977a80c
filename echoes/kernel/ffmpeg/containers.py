"""Which container a file is, told from its first bytes: the demuxer that reads it is then forced.

Left to choose, ffmpeg takes a text for a playlist, whatever its name, and opens the files that it lists.
"""

from __future__ import annotations

HEAD_BYTES = 512
# The first box of a QuickTime film of before it had a brand.
BOXES = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}
# By the kind of file: the one demuxer that may read it.
DEMUXERS = {
    "mp4": "mov",
    "mov": "mov",
    "mkv": "matroska",
    "webm": "matroska",
    "avi": "avi",
    "m4a": "mov",
    "mp3": "mp3",
    "wav": "wav",
    "flac": "flac",
    "ogg": "ogg",
}
VIDEOS = ("mp4", "mov", "mkv", "webm", "avi")


def brand(head: bytes) -> bytes:
    """Of an ISO base media file, which says what kind of one it is; empty for any other file."""
    return head[8:12] if head[4:8] == b"ftyp" else b""


def brands(head: bytes) -> set[bytes]:
    """The brand, and those that the file says it is compatible with."""
    if not brand(head):
        return set()
    end = min(int.from_bytes(head[:4], "big"), len(head))
    return {brand(head)} | {head[at : at + 4] for at in range(16, end - 3, 4)}


def riff(head: bytes) -> bytes:
    """The form of a RIFF file; empty for any other."""
    return head[8:12] if head[:4] == b"RIFF" else b""


def video(head: bytes) -> str:
    """One of VIDEOS, or empty for anything else. Pictures and songs in such a container are to be told
    apart before."""
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "webm" if b"webm" in head[:64] else "mkv"
    if riff(head) == b"AVI ":
        return "avi"
    if brand(head) == b"qt  " or head[4:8] in BOXES:
        return "mov"
    return "mp4" if brand(head) else ""
