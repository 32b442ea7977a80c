"""What keeps each promise, and what the product would do without it.

A test that a promise survives a crash counts only if the same scenario breaks it once the guard is gone.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

Unguarded = Callable[..., Any]
LATE = 3.0  # seconds


def nothing(original: Any, *args: Any, **options: Any) -> None:
    return None


def _unfenced(original: Any, job: Any) -> Any:
    """Whoever comes may move a running job, however old the claim."""
    from jobs import lifecycle

    return lifecycle._rows(job).filter(state="running")


def _uncounted(original: Any, job: Any, **options: Any) -> Any:
    """A try is counted only when it has ended, so one that takes the worker along is never counted."""
    claimed = original(job, **options)
    type(claimed)._base_manager.filter(pk=claimed.pk).update(attempt=0)
    return claimed


def _unleashed(original: Any, command: list[str]) -> list[str]:
    return list(command)


def _put_late(original: Any, store: Any, key: str, path: Path) -> None:
    """The row may say that a file is there before it is. (What the rig brings is stored as ever.)"""
    if os.environ["CHAOS_ROLE"] == "asker":
        return original(store, key, path)
    folder = Path(store.path("late"))
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / key.replace("/", "_")
    kept.write_bytes(path.read_bytes())
    timer = threading.Timer(LATE, original, args=(store, key, kept))
    timer.daemon = True
    return timer.start()


def _never(original: Any, *args: Any, **options: Any) -> bool:
    return False


def _sent_again(original: Any, job: Any) -> Any:
    """A submit of which nobody knows the outcome is simply repeated."""
    from jobs import remote

    remote._nothing_was_made(job)
    return remote._submit(job)


GUARDS: dict[str, tuple[str, Unguarded]] = {
    "rescue": ("jobs.sweep._rescue", nothing),
    "reminder": ("jobs.sweep._ring", nothing),
    "fence": ("jobs.lifecycle._running", _unfenced),
    "counting first": ("jobs.lifecycle.claim", _uncounted),
    "leash": ("echoes.kernel.leash.leashed", _unleashed),
    "listening": ("echoes.kernel.ffmpeg.run._Watch._stop_if_asked", nothing),
    "storing first": ("echoes.kernel.storage.local.LocalStorage.put", _put_late),
    "draining": ("jobs.draining.must_stop", _never),
    "health checks": ("psycopg_pool.ConnectionPool.check_connection", nothing),
    "finding out": ("jobs.remote._find_out", _sent_again),
}
