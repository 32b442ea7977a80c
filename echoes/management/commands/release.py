from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import OperationalError, connection
from psycopg.errors import LockNotAvailable

from echoes import staticfiles

STAMP = ".collected"
LOCK_WAIT = 2.0  # seconds: while a migration waits for a table, everybody else waits behind it
TRIES = 30
PAUSE = 1.0  # seconds in which the others get their turn


class Command(BaseCommand):
    help = "What a new version needs before it serves: database up to date, static files collected."

    def handle(self, *args: Any, **options: Any) -> None:
        migrate_patiently(verbosity=options["verbosity"])
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


def migrate_patiently(*, verbosity: int) -> Any:
    """Migrate a database that is in use: let go of a lock that does not come soon, and try again. What one
    try has done stays done, since each migration is a transaction of its own."""
    _wait_for_locks(LOCK_WAIT)
    try:
        for left in reversed(range(TRIES)):
            try:
                return call_command("migrate", verbosity=verbosity, interactive=False)
            except OperationalError as error:
                if not left or not isinstance(error.__cause__, LockNotAvailable):
                    raise
                time.sleep(PAUSE)
    finally:
        _wait_for_locks(0)  # for ever, as before


def _wait_for_locks(seconds: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{seconds}s"])


def _fingerprint() -> str:
    return hashlib.sha256("\n".join(sorted(_lines())).encode()).hexdigest()


def _lines() -> Iterator[str]:
    yield staticfiles.sources()
    for finder in finders.get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            yield f"{name} {status.st_size} {status.st_mtime_ns}"
