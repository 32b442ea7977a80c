"""A folder that only its owner may enter, such as root's home."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def folder() -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="echoes-closed-"))
    home.chmod(0o700)
    try:
        yield home
    finally:
        shutil.rmtree(home)
