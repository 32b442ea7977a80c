"""Puts many objects into one zip file, a piece of a file at a time: memory does not grow with what is packed.

Photos and films are packed already, so nothing is compressed.
"""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from django.utils.translation import gettext, gettext_noop

from echoes.kernel.errors import Cancelled
from echoes.kernel.storage import base as storages

if TYPE_CHECKING:
    from library.exports import Item

CHUNK = 1024 * 1024
LONGEST = 120
# What one system or another does not take in a name.
FORBIDDEN = set('<>:"\\|?*')
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
MISSING = gettext_noop("These files belong here, and were not found when this was put together:")


@dataclass
class Packed:
    files: int = 0
    missing: list[str] = field(default_factory=list)


def pack(
    items: Iterable[Item],
    *,
    out: Path,
    now: datetime,
    total: int,
    cancelled: Callable[[], bool],
    on_progress: Callable[[float], None],
) -> Packed:
    """Write the zip file. An object that is not there is named in `missing.txt`. Raises Cancelled."""
    packed = Packed()
    names = _Names()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for number, item in enumerate(items, start=1):
            name = names.new(item.name)
            with contextlib.ExitStack() as stack:
                try:
                    pieces = _pieces(item, stack)
                except storages.Missing:
                    packed.missing.append(name)
                    continue
                _write(archive, name, pieces, now=now, cancelled=cancelled)
            packed.files += 1
            on_progress(number / max(total, number))
        if packed.missing:
            text = "\n".join([gettext(MISSING), "", *packed.missing, ""])
            _write(archive, names.new("missing.txt"), iter([text.encode()]), now=now, cancelled=cancelled)
    return packed


def clean(name: str) -> str:
    """One part of a path that every system takes, of any script; empty if nothing is left."""
    taken = (sign for sign in name if sign.isprintable() and sign not in FORBIDDEN and sign != "/")
    shown = " ".join("".join(taken).split())
    stem, dot, suffix = shown.strip(". ").rpartition(".")
    if len(suffix) > 10 or not dot:
        stem, suffix = shown.strip(". "), ""
    kept = stem[: LONGEST - len(suffix)].strip(". ")
    kept = f"{kept}_" if kept.lower() in RESERVED else kept
    return f"{kept}.{suffix}" if suffix and kept else kept


class _Names:
    """Gives each file a name of its own, whatever the system thinks of capitals."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def new(self, wanted: str) -> str:
        parts = filter(None, map(clean, wanted.split("/")))
        path = PurePosixPath("/".join(parts) or "file")
        name, number = str(path), 1
        while name.casefold() in self._used:
            number += 1
            name = str(path.with_name(f"{path.stem} ({number}){path.suffix}"))
        self._used.add(name.casefold())
        return name


def _pieces(item: Item, stack: contextlib.ExitStack) -> Iterator[bytes]:
    """The bytes of an item, as long as the stack lasts. Raises Missing."""
    if not item.key:
        return iter([item.text.encode()])
    path = stack.enter_context(storages.get(item.storage).local_copy(item.key))
    file = stack.enter_context(path.open("rb"))
    return iter(lambda: file.read(CHUNK), b"")


def _write(
    archive: zipfile.ZipFile,
    name: str,
    pieces: Iterator[bytes],
    *,
    now: datetime,
    cancelled: Callable[[], bool],
) -> None:
    about = zipfile.ZipInfo(name, date_time=now.timetuple()[:6])
    about.external_attr = 0o644 << 16
    with archive.open(about, "w", force_zip64=True) as out:
        _pour(pieces, out, cancelled)


def _pour(pieces: Iterator[bytes], out: IO[bytes], cancelled: Callable[[], bool]) -> None:
    for piece in pieces:
        if cancelled():
            raise Cancelled
        out.write(piece)
