"""Workers and a clock inside this process, for a command that must not depend on others running."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from django.db import close_old_connections

from echoes.kernel import clock
from jobs import execution, sweep

log = logging.getLogger(__name__)
IDLE = 0.1  # seconds between looks while nothing is due
PERIOD = 1.0  # seconds between the clock's ticks


@contextmanager
def at_work() -> Iterator[None]:
    """While the context lasts, carry due jobs: one thread for quick steps, one a core for media, one clock.

    They take whatever is due, whoever owns it: what this command waits for may have been asked for before.
    """
    over = threading.Event()
    queues = ["quick"] + ["media"] * (os.cpu_count() or 1)
    duties: list[Callable[[threading.Event], None]] = [partial(_work, queue) for queue in queues]
    threads = [threading.Thread(target=duty, args=(over,), name="crew") for duty in [*duties, _watch]]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _work(queue: str, over: threading.Event) -> None:
    while not over.is_set():
        try:
            if execution.work_next(queue) is None:
                over.wait(IDLE)
        except Exception:  # the edge of a worker: the lease runs out, and the job is tried again
            log.exception("a step of %s was lost", queue)
            over.wait(PERIOD)


def _watch(over: threading.Event) -> None:
    while not over.wait(PERIOD):
        try:
            sweep.tick(now=clock.now())
        except Exception:  # the edge of the clock: the next second tries again
            log.exception("the clock missed a tick")
    close_old_connections()
