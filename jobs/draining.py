"""How a worker process ends: no new job; what is in hand may finish for a moment, then it is put back.

A deploy stops every worker. What it interrupts goes back into the queue at once and has lost no try.
"""

from __future__ import annotations

import os
import signal
import threading

from dramatiq import Broker, Middleware, Worker

GRACE = 5.0  # seconds that work in hand may take to finish

_is_worker = threading.Event()
_begun = threading.Event()
_must_stop = threading.Event()


def begin(*, grace: float = GRACE) -> None:
    """Called once, when the process has been told to end."""
    _begun.set()
    timer = threading.Timer(grace, _must_stop.set)
    timer.daemon = True
    timer.start()


def begun() -> bool:
    """True when no job may be taken any more."""
    return _begun.is_set()


def must_stop() -> bool:
    """True when what is in hand must be put back."""
    return _must_stop.is_set()


def end_process() -> None:
    """Have this worker process end, to be started again: a thread of it is lost. Elsewhere do nothing."""
    if _is_worker.is_set():
        os.kill(os.getpid(), signal.SIGTERM)


class Drain(Middleware):
    """Tells this process's work that its worker was asked to end."""

    def after_worker_boot(self, broker: Broker, worker: Worker) -> None:
        _is_worker.set()

    def before_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        begin()
