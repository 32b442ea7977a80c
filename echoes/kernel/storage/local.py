"""The local disk as an honest object store: it signs, verifies and takes tickets like a remote one."""

from __future__ import annotations

import contextlib
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.core.files.storage import FileSystemStorage

from echoes.kernel import signing
from echoes.kernel.storage.base import TICKET_SECONDS, Missing, Ticket

URL_PREFIX = "/media/"
PARTS = ".parts"


class LocalStorage(FileSystemStorage):
    def __init__(self, *, name: str) -> None:
        super().__init__(location=settings.MEDIA_DIR / name)
        self.name = name

    def signed_url(self, key: str, *, now: float, download_name: str = "") -> str:
        expiry = str(signing.window_expiry(now=now))
        signature = signing.sign("read", self.name, key, expiry, download_name)
        url = f"{URL_PREFIX}{self.name}/{quote(key)}?e={expiry}&s={signature}"
        return f"{url}&d={quote(download_name, safe='')}" if download_name else url

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

    @contextlib.contextmanager
    def local_copy(self, key: str) -> Iterator[Path]:
        path = Path(self.path(key))
        if not path.is_file():
            raise Missing
        yield path

    def put(self, key: str, path: Path) -> None:
        """Copied to a place of its own and renamed, so that a reader never meets half a file. Housekeeping
        finds there what a crash has left."""
        target = Path(self.path(key))
        part = settings.MEDIA_DIR / PARTS / uuid.uuid4().hex
        for folder in (target.parent, part.parent):
            folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, part)
        part.replace(target)
