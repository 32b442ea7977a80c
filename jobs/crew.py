"""Workers inside this process, for a command that must not depend on others running."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import close_old_connections

from jobs import execution

IDLE = 0.1  # seconds between looks while nothing is due


@contextmanager
def at_work(*, owner: Any) -> Iterator[None]:
    """While the context lasts, carry the owner's jobs: one thread for quick steps, one a core for media."""
    over = threading.Event()
    queues = ["quick"] + ["media"] * (os.cpu_count() or 1)
    threads = [
        threading.Thread(target=_work, args=(queue, owner, over), name=f"{queue} {number}")
        for number, queue in enumerate(queues)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _work(queue: str, owner: Any, over: threading.Event) -> None:
    while not over.is_set():
        if execution.work_next(queue, owner=owner) is None:
            over.wait(IDLE)
    close_old_connections()
