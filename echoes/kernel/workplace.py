"""Private directories for work in hand; what a killed worker leaves there is swept by age."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings


@contextlib.contextmanager
def directory(prefix: str) -> Iterator[Path]:
    """A new empty directory that only we can read, removed at the end."""
    settings.WORK_DIR.mkdir(parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(prefix=f"{prefix}-", dir=settings.WORK_DIR))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
