"""The faces of the pages, as small as they can be without a tool of their own.

Both packages hold variable faces of Latin letters alone. Fraunces varies along four axes, of which the pages
use two; much of its file says how letters look along SOFT. What its table gvar
(learn.microsoft.com/typography/opentype/spec/gvar) says of unused axes is left out: at their default, where
the pages stand, it has no effect, and every letter stays what it was.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Set
from dataclasses import dataclass
from functools import cache
from importlib import metadata, resources
from itertools import pairwise

from django.urls import reverse

VERSION = 1  # of what is done here: part of the address, since a face is kept for a year
EMBEDDED, INTERMEDIATE, INDEX = 0x8000, 0x4000, 0x0FFF
SHARED, COUNT = 0x8000, 0x0FFF
LONG = 1
CHECKSUM = 0xB1B0AFBA


@dataclass(frozen=True)
class Face:
    package: str
    file: str
    family: str
    weights: str
    unused: frozenset[str] = frozenset()


FACES = {
    "display": Face(
        "fontpkg_fraunces",
        "files/Fraunces[SOFT,WONK,opsz,wght].ttf",
        "Fraunces",
        "100 900",
        frozenset({"SOFT", "WONK"}),
    ),
    "text": Face("fontpkg_figtree", "files/Figtree[wght].ttf", "Figtree", "300 900"),
}


@cache
def load(name: str) -> bytes:
    """A face as pages get it. KeyError for a name that is none."""
    face = FACES[name]
    whole = resources.files(face.package).joinpath(face.file).read_bytes()
    return without_axes(whole, face.unused) if face.unused else whole


@cache
def address(name: str) -> str:
    """Changes with the face, so that it may be kept for ever."""
    package = FACES[name].package.replace("_", "-")
    return f"{reverse('font', args=[name])}?v={metadata.version(package)}-{VERSION}"


def css() -> str:
    return "\n".join(
        f'@font-face{{font-family:"{face.family}";src:url("{address(name)}") format("truetype");'
        f"font-weight:{face.weights};font-display:swap}}"
        for name, face in FACES.items()
    )


def without_axes(font: bytes, unused: Set[str]) -> bytes:
    """The same face without what it says of these axes, which then stay at their default."""
    tables = _tables(font)
    axes = _axes(tables["fvar"])
    tables["gvar"] = _gvar(tables["gvar"], [place for place, axis in enumerate(axes) if axis in unused])
    return _assembled(font[:4], tables)


# ---- the file -------------------------------------------------------------------------------


def _tables(font: bytes) -> dict[str, bytes]:
    (number,) = struct.unpack_from(">H", font, 4)
    found = {}
    for place in range(number):
        tag, _, offset, length = struct.unpack_from(">4sLLL", font, 12 + 16 * place)
        found[tag.decode()] = font[offset : offset + length]
    return found


def _assembled(kind: bytes, tables: dict[str, bytes]) -> bytes:
    head = bytearray(tables["head"])
    head[8:12] = bytes(4)  # its sum of the whole file, which is not known yet
    parts = tables | {"head": bytes(head)}
    power = len(parts).bit_length() - 1
    start = 12 + 16 * len(parts)
    index = kind + struct.pack(">HHHH", len(parts), 16 << power, power, 16 * (len(parts) - (1 << power)))
    body = b""
    for tag in sorted(parts):
        index += struct.pack(">4sLLL", tag.encode(), _sum(parts[tag]), start + len(body), len(parts[tag]))
        body += parts[tag] + bytes(-len(parts[tag]) % 4)
    whole = bytearray(index + body)
    at = next(offset for tag, _, offset, _ in struct.iter_unpack(">4sLLL", index[12:]) if tag == b"head")
    struct.pack_into(">L", whole, at + 8, (CHECKSUM - _sum(bytes(whole))) & 0xFFFFFFFF)
    return bytes(whole)


def _sum(data: bytes) -> int:
    padded = data + bytes(-len(data) % 4)
    words = struct.unpack(f">{len(padded) // 4}L", padded)
    return int(sum(words)) & 0xFFFFFFFF


def _axes(fvar: bytes) -> list[str]:
    offset, _, number, size = struct.unpack_from(">HHHH", fvar, 4)
    return [fvar[offset + size * place :][:4].decode() for place in range(number)]


# ---- gvar -----------------------------------------------------------------------------------


def _gvar(table: bytes, unused: list[int]) -> bytes:
    axes, shared, shared_at, glyphs, flags, data_at = struct.unpack_from(">HHLHHL", table, 4)
    size, factor = (4, 1) if flags & LONG else (2, 2)
    numbers = struct.unpack_from(f">{glyphs + 1}{'L' if size == 4 else 'H'}", table, 20)
    offsets = [data_at + number * factor for number in numbers]
    peaks = [_peak(table, shared_at + 2 * axes * place, axes) for place in range(shared)]
    glyph_data = [_glyph(table[begin:end], peaks, axes, unused) for begin, end in pairwise(offsets)]
    return _packed(table[shared_at : shared_at + 2 * axes * shared], glyph_data, axes, shared)


def _packed(shared: bytes, glyph_data: list[bytes], axes: int, number: int) -> bytes:
    """With long offsets, whatever there were before."""
    begins = 20 + 4 * (len(glyph_data) + 1)
    header = struct.pack(">HHHHLHHL", 1, 0, axes, number, begins, len(glyph_data), LONG, begins + len(shared))
    places, place = [0], 0
    for data in glyph_data:
        place += len(data)
        places.append(place)
    return header + struct.pack(f">{len(places)}L", *places) + shared + b"".join(glyph_data)


def _peak(table: bytes, at: int, axes: int) -> tuple[int, ...]:
    return struct.unpack_from(f">{axes}h", table, at)


def _glyph(data: bytes, peaks: list[tuple[int, ...]], axes: int, unused: list[int]) -> bytes:
    """The variations of one glyph, without those that move with an unused axis."""
    if not data:
        return b""
    count, at = struct.unpack_from(">HH", data)
    points = _points_end(data, at) if count & SHARED else at
    kept = [
        (header, said)
        for header, said, peak in _variations(data, count & COUNT, points, peaks, axes)
        if not any(peak[place] for place in unused)
    ]
    if not kept:
        return b""
    headers = b"".join(header for header, _ in kept)
    start = struct.pack(">HH", (count & SHARED) | len(kept), 4 + len(headers))
    whole = start + headers + data[at:points] + b"".join(said for _, said in kept)
    return whole + bytes(len(whole) % 2)


def _variations(
    data: bytes, count: int, at: int, peaks: list[tuple[int, ...]], axes: int
) -> Iterator[tuple[bytes, bytes, tuple[int, ...]]]:
    """Of each: its header, what it says, and where along the axes it is strongest."""
    place = 4
    for _ in range(count):
        size, index = struct.unpack_from(">HH", data, place)
        length = 4 + 2 * axes * (bool(index & EMBEDDED) + 2 * bool(index & INTERMEDIATE))
        peak = _peak(data, place + 4, axes) if index & EMBEDDED else peaks[index & INDEX]
        yield data[place : place + length], data[at : at + size], peak
        place, at = place + length, at + size


def _points_end(data: bytes, at: int) -> int:
    """Where packed numbers of points end that begin here."""
    number, at = data[at], at + 1
    if number & 0x80:
        number, at = (number & 0x7F) << 8 | data[at], at + 1
    while number > 0:
        run = (data[at] & 0x7F) + 1
        at += 1 + run * (2 if data[at] & 0x80 else 1)
        number -= run
    return at
