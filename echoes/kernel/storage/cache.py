"""Copies of a bucket's objects on this machine's disk, up to a limit; what was used longest ago goes first.

    entries/<two letters>/<digest of the name>.<tag>    one object, and which version of it
    use/<random><suffix>                                what somebody reads now: a hard link

A reader has a link of its own, so that its file stays whole whatever happens to the entry: other processes
may throw the entry away, or bring another version, at any time. Only complete files become entries. The whole
folder may be deleted while nobody reads.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote

LEFT_BEHIND_SECONDS = 24 * 3600
# What nobody has read for so long goes even if there is room: it may belong to somebody who has left.
UNUSED_SECONDS = 7 * 24 * 3600


class Cache:
    """One folder for all processes of a machine. `limit` counts bytes of entries that nobody reads."""

    def __init__(self, *, folder: Path, limit: int) -> None:
        self.folder = folder
        self.limit = limit
        self._entries = folder / "entries"
        self._use = folder / "use"

    @contextlib.contextmanager
    def place(self, name: str) -> Iterator[Path]:
        """A path of the caller's own where nothing is yet, with the suffix of the name; gone afterwards."""
        self._use.mkdir(parents=True, exist_ok=True)
        path = self._use / f"{uuid.uuid4().hex}{PurePosixPath(name).suffix}"
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def lend(self, name: str, *, to: Path) -> str:
        """Link what is kept under this name to a place, and return its tag; empty if nothing is kept."""
        for entry in self._versions(name):
            with contextlib.suppress(FileNotFoundError):  # somebody has just thrown it away
                os.utime(entry)
                os.link(entry, to)
                return unquote(entry.name.partition(".")[2])
        return ""

    def keep(self, name: str, tag: str, path: Path) -> None:
        """Keep a complete file that nobody writes to any more, instead of other versions of it."""
        if path.stat().st_size > self.limit:
            return
        entry = self._entry(name, tag)
        entry.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):  # another process was faster with the same bytes
            os.link(path, entry)
        os.utime(entry)
        for version in self._versions(name):
            if version != entry:
                version.unlink(missing_ok=True)
        self.trim()

    def forget(self, name: str) -> None:
        for entry in self._versions(name):
            entry.unlink(missing_ok=True)

    def trim(self) -> None:
        """Throw away what was used longest ago until the rest fits, what nobody uses at all, and what killed
        readers left."""
        with (self.folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            found = sorted(_facts(self._entries.glob("*/*")))
            total = sum(size for _, size, _ in found)
            for used_at, size, path in found:
                if total <= self.limit and used_at >= time.time() - UNUSED_SECONDS:
                    break
                path.unlink(missing_ok=True)
                total -= size
            for used_at, _, path in _facts(self._use.iterdir()):
                if used_at < time.time() - LEFT_BEHIND_SECONDS:
                    path.unlink(missing_ok=True)

    def _entry(self, name: str, tag: str) -> Path:
        digest = hashlib.sha256(name.encode()).hexdigest()
        return self._entries / digest[:2] / f"{digest[2:]}.{quote(tag, safe='')}"

    def _versions(self, name: str) -> list[Path]:
        pattern = self._entry(name, "")
        return list(pattern.parent.glob(f"{pattern.name}*"))


def _facts(paths: Iterator[Path]) -> Iterator[tuple[float, int, Path]]:
    """(used at, bytes, path) of each file that is still there."""
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            stat = path.stat()
            yield stat.st_mtime, stat.st_size, path
