"""What Echoes asks of a store of media: files by key, signed links, and tickets for direct uploads."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol, cast

from django.core.files.storage import storages

from echoes.kernel.errors import EchoesError


@dataclass(frozen=True)
class Ticket:
    """Permission to upload one object: send `fields` and then `file` as a form to `url` with `method`."""

    method: str
    url: str
    fields: dict[str, str]


TICKET_SECONDS = 600


class Missing(EchoesError):
    """A file that this needs is not there any more."""

    code = "file_missing"


class MediaStorage(Protocol):
    """A Django storage that also signs."""

    def signed_url(self, key: str, *, now: float, download_name: str = "") -> str:
        """A link that reads one object; with a name, browsers save it under that name."""
        ...

    def ticket(self, key: str, *, content_type: str, max_bytes: int, now: float) -> Ticket:
        """Permission to upload exactly this key, of this type, up to that size, for ten minutes."""
        ...

    def local_copy(self, key: str) -> contextlib.AbstractContextManager[Path]:
        """A readable file with the object's bytes, as long as the context lasts. Raises Missing."""
        ...

    def put(self, key: str, path: Path) -> None:
        """Store the file under exactly this key, replacing what was there, all or nothing."""
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
