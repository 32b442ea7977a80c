"""Signals for a loop that sleeps in a selector: what ends it, how often that was asked, and what wakes it."""

from __future__ import annotations

import signal
import socket
import time
from contextlib import suppress
from typing import Any

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SAME_KEY_SECONDS = 1.0


class Bell:
    """Listens while entered; `wire` becomes readable when a signal or the end of a child arrives."""

    def __init__(self) -> None:
        self.wire, self._rope = socket.socketpair()
        self.asked_at: float | None = None
        self.impatient = False
        self._before: dict[int, Any] = {}
        self._fd_before = -1

    def __enter__(self) -> Bell:
        for end in (self.wire, self._rope):
            end.setblocking(False)
        self._fd_before = signal.set_wakeup_fd(self._rope.fileno(), warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, self._asked) for number in STOPS}
        self._before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        return self

    def __exit__(self, *_: object) -> None:
        signal.set_wakeup_fd(self._fd_before)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self.wire.close()
        self._rope.close()

    def hush(self) -> None:
        """Take note of what rang."""
        with suppress(BlockingIOError):
            self.wire.recv(4096)

    def _asked(self, *_: object) -> None:
        """The first signal asks for an end, one a while later for haste: the same Ctrl-C may arrive twice."""
        now = time.monotonic()
        self.impatient = self.asked_at is not None and now - self.asked_at > SAME_KEY_SECONDS
        self.asked_at = self.asked_at or now
