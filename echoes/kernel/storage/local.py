"""The local disk as an honest object store: it signs, verifies and takes tickets like a remote one."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO
from urllib.parse import quote

from django.conf import settings
from django.core.files.storage import FileSystemStorage

from echoes.kernel import signing
from echoes.kernel.storage.base import (
    NO_NAMES,
    PART_SECONDS,
    TICKET_SECONDS,
    Incomplete,
    Missing,
    Part,
    Stored,
    Ticket,
)

URL_PREFIX = "/media/"
# Housekeeping throws away what lies there for a day.
PARTS = ".parts"
UPLOAD = re.compile(r"[0-9a-f]{32}")
NUMBERED = re.compile(r"([0-9]+)-([0-9a-f]{32})")
CHUNK = 1024 * 1024


class LocalStorage(FileSystemStorage):
    def __init__(self, *, name: str) -> None:
        super().__init__(location=settings.MEDIA_DIR / name)
        self.name = name

    # ---- what browsers get --------------------------------------------------------------------

    def signed_url(self, key: str, *, now: float, download_name: str = "") -> str:
        expiry = str(signing.window_expiry(now=now))
        signature = signing.sign("read", self.name, key, expiry, download_name)
        base = f"{settings.MEDIA_ADDRESS}{URL_PREFIX}{self.name}"
        url = f"{base}/{quote(key)}?e={expiry}&s={signature}"
        return f"{url}&d={quote(download_name, safe='')}" if download_name else url

    def urls(self, keys: Iterable[str], *, now: float, names: Mapping[str, str] = NO_NAMES) -> dict[str, str]:
        return {key: self.signed_url(key, now=now, download_name=names.get(key, "")) for key in keys}

    def ticket(self, key: str, *, content_type: str, max_bytes: int, now: float) -> Ticket:
        facts = {
            "storage": self.name,
            "key": key,
            "type": content_type,
            "max": max_bytes,
            "until": int(now) + TICKET_SECONDS,
        }
        fields = {"key": key, "Content-Type": content_type, "policy": signing.seal("upload", facts)}
        return Ticket(method="POST", url=f"{URL_PREFIX}{self.name}/", fields=fields)

    # ---- uploads in parts ---------------------------------------------------------------------

    def create_multipart(self, key: str, *, content_type: str) -> str:
        upload = uuid.uuid4().hex
        folder = _parts(upload)
        folder.mkdir(parents=True)
        (folder / "key").write_text(f"{self.name}/{key}")
        return upload

    def part_urls(self, key: str, upload: str, *, sizes: Mapping[int, int], now: float) -> dict[int, str]:
        facts = {"storage": self.name, "upload": upload, "until": int(now) + PART_SECONDS}

        def url(number: int, size: int) -> str:
            sealed = signing.seal("part", {**facts, "number": number, "size": size})
            return f"{URL_PREFIX}{self.name}/?part={sealed}"

        return {number: url(number, size) for number, size in sizes.items()}

    def take_part(self, upload: str, number: int, pieces: Iterable[bytes]) -> str:
        """Keep one part, replacing what came under its number before; returns its tag. Raises Missing for an
        upload that was completed or aborted."""
        digest = hashlib.md5(usedforsecurity=False)
        with _arriving() as part:
            with part.open("xb") as out:
                for piece in pieces:
                    digest.update(piece)
                    out.write(piece)
            _keep_part(_parts(upload), number, part, tag=digest.hexdigest())
        return f'"{digest.hexdigest()}"'

    def parts(self, key: str, upload: str) -> dict[int, Part]:
        folder = _parts(upload)
        if not self._is_for(folder, key):
            raise Missing
        with _locked(folder):
            names = (NUMBERED.fullmatch(path.name) for path in folder.iterdir())
            found = {int(name[1]): name for name in names if name}
            return {
                number: Part(tag=found[number][2], size=(folder / found[number][0]).stat().st_size)
                for number in sorted(found)
            }

    def complete_multipart(self, key: str, upload: str, tags: Sequence[str]) -> None:
        folder = _parts(upload)
        if not self._is_for(folder, key):
            if self.exists(key):
                return
            raise Incomplete
        arrived = self.parts(key, upload)
        if not tags or [tag.strip('"') for tag in tags] != _tags_of_first(arrived, len(tags)):
            raise Incomplete
        with _arriving() as whole:
            with whole.open("xb") as out:
                for number in range(1, len(tags) + 1):
                    _append(folder / f"{number}-{arrived[number].tag}", out)
            self._adopt(whole, key)
        _throw_away(folder)

    def abort_multipart(self, key: str, upload: str) -> None:
        folder = _parts(upload)
        if self._is_for(folder, key):
            _throw_away(folder)

    # ---- what workers do ----------------------------------------------------------------------

    @contextlib.contextmanager
    def local_copy(self, key: str) -> Iterator[Path]:
        path = Path(self.path(key))
        if not path.is_file():
            raise Missing
        yield path

    def put(self, key: str, path: Path) -> None:
        """Copied to a place of its own and renamed, so that a reader never meets half a file. Housekeeping
        finds there what a crash has left."""
        with _arriving() as part:
            shutil.copyfile(path, part)
            self._adopt(part, key)

    def receive(self, key: str, pieces: Iterable[bytes]) -> None:
        """What a browser sends, in the same way."""
        with _arriving() as part:
            with part.open("xb") as out:
                for piece in pieces:
                    out.write(piece)
            self._adopt(part, key)

    def copy(self, source: str, target: str) -> None:
        """A second name for the same bytes: nothing here is ever written in place."""
        with self.local_copy(source) as path, _arriving() as part:
            os.link(path, part)
            self._adopt(part, target)

    def move(self, source: str, target: str) -> None:
        with self.local_copy(source) as path:
            self._adopt(path, target)

    def listing(self, prefix: str) -> Iterator[Stored]:
        top = Path(self.location)
        files = (path for path in (top / prefix.rpartition("/")[0]).rglob("*") if path.is_file())
        for key, path in sorted((path.relative_to(top).as_posix(), path) for path in files):
            if key.startswith(prefix):
                with contextlib.suppress(FileNotFoundError):
                    stat = path.stat()
                    yield Stored(key=key, size=stat.st_size, changed_at=stat.st_mtime)

    def folders(self) -> Iterator[str]:
        top = Path(self.location)
        yield from sorted(path.name for path in top.iterdir() if path.is_dir()) if top.is_dir() else ()

    def delete(self, name: str) -> None:
        """With the folders that become empty."""
        path = Path(self.path(name))
        path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder == Path(self.location) or not _remove_if_empty(folder):
                break

    def delete_all(self, keys: Iterable[str]) -> None:
        for key in keys:
            self.delete(key)

    def size(self, name: str) -> int:
        with self.local_copy(name) as path:
            return path.stat().st_size

    def _adopt(self, path: Path, key: str) -> None:
        target = Path(self.path(key))
        while True:
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                path.replace(target)
                return
            except FileNotFoundError:  # somebody has just removed the empty folder
                if not path.exists():
                    raise

    def _is_for(self, folder: Path, key: str) -> bool:
        try:
            return (folder / "key").read_text() == f"{self.name}/{key}"
        except FileNotFoundError:
            return False


@contextlib.contextmanager
def _arriving() -> Iterator[Path]:
    """A place for a file that is not complete yet."""
    part = Path(settings.MEDIA_DIR, PARTS, uuid.uuid4().hex)
    part.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)


def _remove_if_empty(folder: Path) -> bool:
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:  # there is something in it, maybe since a moment ago
        return False
    return True


def _parts(upload: str) -> Path:
    if not UPLOAD.fullmatch(upload):
        raise Incomplete
    return Path(settings.MEDIA_DIR, PARTS, upload)


def _keep_part(folder: Path, number: int, part: Path, *, tag: str) -> None:
    """Put a part under its number and tag, instead of others of that number."""
    with _locked(folder):
        for older in folder.glob(f"{number}-*"):
            older.unlink()
        part.replace(folder / f"{number}-{tag}")


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One at a time: of two parts of one number that come at once, one stays. Raises Missing."""
    try:
        with (folder / "key").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except FileNotFoundError:
        raise Missing from None


def _tags_of_first(arrived: Mapping[int, Part], count: int) -> list[str]:
    return [arrived[number].tag for number in range(1, count + 1) if number in arrived]


def _append(part: Path, out: IO[bytes]) -> None:
    """Write a part to the end of a file."""
    try:
        with part.open("rb") as file:
            shutil.copyfileobj(file, out, CHUNK)
    except FileNotFoundError:
        raise Incomplete from None


def _throw_away(folder: Path) -> None:
    """What says whose the parts are goes first: a crash leaves no upload that has only some of them."""
    (folder / "key").unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
