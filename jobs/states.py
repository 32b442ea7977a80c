"""The states of a job, who moves it, and what a crash leaves behind.

=========== ==================================== ==============================================
state       moved on by                          a crash leaves
=========== ==================================== ==============================================
queued      a worker (claim)                     the row; the clock rings the doorbell again
running     its worker                           an expired lease; the clock rescues it
waiting     the clock, or the end of other jobs  the row; the clock wakes it when it is due
cancelling  its worker, on its next look         an expired lease; the clock ends it
succeeded   nobody
failed      a person (retry)
cancelled   a person (retry)
=========== ==================================== ==============================================
"""

from __future__ import annotations

from django.db.models import TextChoices


class State(TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    CANCELLING = "cancelling"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


TERMINAL = frozenset({State.SUCCEEDED, State.FAILED, State.CANCELLED})
LIVE = frozenset(State) - TERMINAL
WANTED = LIVE - {State.CANCELLING}  # being made, and nobody has asked it to stop
LEASED = frozenset({State.RUNNING, State.CANCELLING})
CLAIMABLE = frozenset({State.QUEUED, State.WAITING})

MOVES: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.RUNNING, State.CANCELLED}),
    State.WAITING: frozenset({State.RUNNING, State.CANCELLED}),
    State.RUNNING: frozenset({State.SUCCEEDED, State.FAILED, State.WAITING, State.QUEUED, State.CANCELLING}),
    State.CANCELLING: frozenset({State.CANCELLED}),
    State.SUCCEEDED: frozenset(),
    State.FAILED: frozenset({State.QUEUED}),
    State.CANCELLED: frozenset({State.QUEUED}),
}


def may_move(old: State, new: State) -> bool:
    return new in MOVES[old]
