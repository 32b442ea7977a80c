"""A service that does in this process what a test tells it, for tests of the rows rather than of the wire."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from jobs.remote import Answered, CannotLookUp, Finished, Pending


class Scripted:
    in_flight = 3
    min_poll = 5.0
    patience = 600.0
    settles = 30.0
    resubmits_safely = False
    can_look_up = False

    def __init__(self) -> None:
        self.made: dict[str, str] = {}
        """The remote id of each submit key that made something."""
        self.submits: list[str] = []
        self.asked: list[str] = []
        self.abandoned: list[str] = []
        self.on_submit: Callable[[Any], None] = lambda job: None
        """May raise; called before the job is made, or after where `fails_late`."""
        self.at_once: Answered | None = None
        self.fails_late = False
        self.says: Callable[[str], Pending | Answered] = lambda remote_id: Pending()

    def lane_limit(self, lane: str) -> int | None:
        return int(lane.removeprefix("most-")) if lane.startswith("most-") else None

    def submit(self, job: Any) -> str | Finished:
        self.submits.append(str(job.submit_key))
        if not self.fails_late:
            self.on_submit(job)
        remote_id = self.made.setdefault(str(job.submit_key), f"remote-{len(self.made) + 1}")
        if self.fails_late:
            self.on_submit(job)
        return Finished(remote_id, self.at_once) if self.at_once else remote_id

    def find(self, job: Any) -> str | None:
        if not self.can_look_up:
            raise CannotLookUp
        return self.made.get(str(job.submit_key))

    async def ask(self, remote_id: str) -> Pending | Answered:
        self.asked.append(remote_id)
        return self.says(remote_id)

    async def abandon(self, remote_id: str) -> None:
        self.abandoned.append(remote_id)


SERVICE = Scripted()
"""What settings.REMOTE_SERVICES names in these tests; `fresh` puts it back."""


@contextmanager
def fresh() -> Iterator[Scripted]:
    SERVICE.__init__()  # type: ignore[misc]
    for name in ("in_flight", "settles", "resubmits_safely", "can_look_up"):
        SERVICE.__dict__.pop(name, None)
    yield SERVICE
