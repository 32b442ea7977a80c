"""What Echoes asks of a store of media: files by key, signed links, and tickets for direct uploads.

Keys are made by us, never by a browser. An object is written once under its key and replaced as a whole or
not at all; what browsers send arrives under `…/incoming/…` and is read once, checked, and kept elsewhere.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol, cast

from django.core.files.storage import storages

from echoes.kernel.errors import EchoesError

TICKET_SECONDS = 600
PART_SECONDS = 3600
# S3 takes no more parts than that, and none but the last below 5 MiB.
MOST_PARTS = 10_000
PART_BYTES = 8 * 1024 * 1024
# What is smaller is sent as a whole.
PARTS_FROM = 32 * 1024 * 1024
ARRIVING = "/incoming/"
NO_NAMES: Mapping[str, str] = {}


@dataclass(frozen=True)
class Ticket:
    """Permission to upload one object: send `fields` and then `file` as a form to `url` with `method`."""

    method: str
    url: str
    fields: dict[str, str]


@dataclass(frozen=True)
class Part:
    """One part that has arrived: its tag, without quotes, and its bytes."""

    tag: str
    size: int


@dataclass(frozen=True)
class Stored:
    """One object as a listing tells of it; `changed_at` is a Unix second."""

    key: str
    size: int
    changed_at: float


class Missing(EchoesError):
    """A file that this needs is not there any more."""

    code = "file_missing"


class Incomplete(EchoesError):
    """The parts of this file do not fit together. Please send it again."""

    code = "incomplete"


class MediaStorage(Protocol):
    """A Django storage that also signs."""

    name: str

    def signed_url(self, key: str, *, now: float, download_name: str = "") -> str:
        """A link that reads one object; with a name, browsers save it under that name."""
        ...

    def urls(self, keys: Iterable[str], *, now: float, names: Mapping[str, str] = NO_NAMES) -> dict[str, str]:
        """The links of all objects that a page shows, {key: link}, signed in one go. What has a name in
        `names` is saved under it."""
        ...

    def ticket(self, key: str, *, content_type: str, max_bytes: int, now: float) -> Ticket:
        """Permission to upload exactly this key, of this type, up to that size, for ten minutes."""
        ...

    def create_multipart(self, key: str, *, content_type: str) -> str:
        """Begin an upload in parts; returns its id, which is ours to keep and no secret."""
        ...

    def part_urls(self, key: str, upload: str, *, sizes: Mapping[int, int], now: float) -> dict[int, str]:
        """Where to PUT each part, {number: link}, for an hour. Numbers begin at 1, and a part has exactly the
        size in bytes that is named here. The answer's ETag is the part's tag."""
        ...

    def parts(self, key: str, upload: str) -> dict[int, Part]:
        """What has arrived, {number: part}, in order. Raises Missing for an upload that was completed or
        aborted."""
        ...

    def complete_multipart(self, key: str, upload: str, tags: Sequence[str]) -> None:
        """Make the object of all parts, by their tags in order. Doing it twice is done once; raises
        Incomplete."""
        ...

    def abort_multipart(self, key: str, upload: str) -> None:
        """Throw the parts away. An upload that does not exist (any more) is no error."""
        ...

    def local_copy(self, key: str) -> contextlib.AbstractContextManager[Path]:
        """A file to read with the object's bytes, as long as the context lasts. Raises Missing."""
        ...

    def put(self, key: str, path: Path) -> None:
        """Store the file under exactly this key, replacing what was there, all or nothing."""
        ...

    def copy(self, source: str, target: str) -> None:
        """Have the same bytes under another key as well, without moving them through here. Raises Missing."""
        ...

    def move(self, source: str, target: str) -> None:
        """Have the object under another key instead. Raises Missing."""
        ...

    def listing(self, prefix: str) -> Iterator[Stored]:
        """All objects whose key begins so, in the order of their keys."""
        ...

    def folders(self) -> Iterator[str]:
        """The first part of every key, each once: whose objects there are."""
        ...

    def delete_all(self, keys: Iterable[str]) -> None:
        """Delete many objects in few requests. One that does not exist (any more) is no error."""
        ...

    def open(self, name: str, mode: str = "rb") -> IO[bytes]: ...
    def exists(self, name: str) -> bool: ...
    def size(self, name: str) -> int: ...
    def delete(self, name: str) -> None: ...


def get(name: str) -> MediaStorage:
    """The storage of that name in settings.STORAGES: photos, films or music."""
    return cast(MediaStorage, storages[name])


@contextlib.contextmanager
def copies(stored: dict[str, tuple[str, str]]) -> Iterator[dict[str, Path]]:
    """Readable files for several objects: {label: (storage name, key)} becomes {label: path}."""
    with contextlib.ExitStack() as stack:
        yield {
            label: stack.enter_context(get(storage).local_copy(key))
            for label, (storage, key) in stored.items()
        }


def part_bytes(size: int) -> int:
    """How large each part of a file of so many bytes is, but for the last."""
    return max(PART_BYTES, -(-size // MOST_PARTS))


def part_sizes(size: int) -> dict[int, int]:
    """How a file of so many bytes is sent in parts: {number: bytes}, all alike but the last."""
    each = part_bytes(size)
    return {at // each + 1: min(each, size - at) for at in range(0, size, each)}
