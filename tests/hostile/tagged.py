"""Photos that say more than they show: who, where, when, with what, and what is hidden behind them."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator

from PIL import Image, PngImagePlugin

from tests.hostile import photos

# Stands in everything that may not come out again.
SECRET = b"SECRET-9c41"
WORD = SECRET.decode()
Tag = Callable[[Image.Image, Image.Exif], dict[str, object]]
XMP = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF exif:GPSLatitude="{WORD}"/></x:xmpmeta>'.encode()
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "AVIF", "TIFF")


def photos_of(format: str) -> Iterator[tuple[str, bytes]]:
    """Each tag in each of the eight orientations."""
    for orientation in range(1, 9):
        for name, tag in TAGS.items():
            content = _saved(format, orientation, tag)
            yield f"{format} {orientation} {name}", content
        for name, tail in TAILS.items():
            yield f"{format} {orientation} {name}", _saved(format, orientation, _camera) + tail


def _saved(format: str, orientation: int, tag: Tag) -> bytes:
    image, exif = photos.scene("RGB", (72, 48)).copy(), photos.turned(orientation)
    options = tag(image, exif)
    if format == "HEIF":
        known = {name: options[name] for name in ("xmp", "icc_profile") if name in options}
        return photos.heic(image, exif=exif.tobytes(), **known)
    if format == "TIFF":
        options = {name: options[name] for name in ("icc_profile", "description") if name in options}
    if format == "AVIF":
        options["speed"] = 10
    out = io.BytesIO()
    image.save(out, format, exif=exif, **options)
    return out.getvalue()


def _camera(image: Image.Image, exif: Image.Exif) -> dict[str, object]:
    exif[0x010F], exif[0x0110], exif[0x0131] = WORD, WORD, WORD
    return {}


def _place(image: Image.Image, exif: Image.Exif) -> dict[str, object]:
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (52.0, 31.0, 12.0), "E", (13.0, 24.0, 18.0)
    gps[27] = SECRET
    return {}


def _maker(image: Image.Image, exif: Image.Exif) -> dict[str, object]:
    details = exif.get_ifd(0x8769)
    details[0x927C], details[0x9286], details[0xA430], details[0xA431] = SECRET * 9, SECRET, WORD, WORD
    return {}


def _author(image: Image.Image, exif: Image.Exif) -> dict[str, object]:
    exif[0x013B], exif[0x8298], exif[0x010E] = WORD, WORD, WORD
    return {"description": WORD}


def _xmp(image: Image.Image, exif: Image.Exif) -> dict[str, object]:
    return {"xmp": XMP}


def _comment(image: Image.Image, exif: Image.Exif) -> dict[str, object]:
    return {"comment": SECRET, "pnginfo": _texts()}


def _profile(image: Image.Image, exif: Image.Exif) -> dict[str, object]:
    """A profile that works, with something in its last bytes."""
    profile = photos.srgb() + SECRET
    return {"icc_profile": struct.pack(">I", len(profile)) + profile[4:]}


def _newspaper(image: Image.Image, exif: Image.Exif) -> dict[str, object]:
    """IPTC, where Photoshop puts it."""
    record = b"\x1c\x02\x5a" + struct.pack(">H", len(SECRET)) + SECRET
    block = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(record)) + record
    segment = b"Photoshop 3.0\0" + block
    return {"extra": b"\xff\xed" + struct.pack(">H", len(segment) + 2) + segment, "pnginfo": _texts()}


def _texts() -> PngImagePlugin.PngInfo:
    found = PngImagePlugin.PngInfo()
    found.add_text("Author", WORD)
    found.add_text("Comment", WORD, zip=True)
    found.add_itxt("Location", WORD, "de", "Ort")
    return found


TAGS: dict[str, Tag] = {
    "camera": _camera,
    "place": _place,
    "maker": _maker,
    "author": _author,
    "xmp": _xmp,
    "comment": _comment,
    "profile": _profile,
    "newspaper": _newspaper,
}
TAILS = {
    "trailing": SECRET * 3,
    "film": b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + SECRET * 20,
    "archive": b"PK\x03\x04" + SECRET * 4,
}
