from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.core.management.base import BaseCommand

STAMP = ".collected"


class Command(BaseCommand):
    help = "What a new version needs before it serves: database up to date, static files collected."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=options["verbosity"], interactive=False)
        if self._collect_if_changed():
            self.stdout.write("Static files collected.")

    def _collect_if_changed(self) -> bool:
        """Collecting compresses every file; a look at names, sizes and times tells whether it is needed."""
        stamp = Path(settings.STATIC_ROOT) / STAMP
        fingerprint = _fingerprint()
        if stamp.exists() and stamp.read_text() == fingerprint:
            return False
        call_command("collectstatic", verbosity=0, interactive=False)
        stamp.write_text(fingerprint)
        return True


def _fingerprint() -> str:
    return hashlib.sha256("\n".join(sorted(_lines())).encode()).hexdigest()


def _lines() -> Iterator[str]:
    for finder in finders.get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            yield f"{name} {status.st_size} {status.st_mtime_ns}"
