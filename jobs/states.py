"""The states of a job, who moves it, and what a crash leaves behind.

=========== ==================================== ==============================================
state       moved on by                          a crash leaves
=========== ==================================== ==============================================
queued      a worker (claim)                     the row; the clock rings the doorbell again
running     its worker                           an expired lease; the clock rescues it
waiting     the clock, or the end of other jobs  the row; the clock wakes it when it is due
cancelling  its worker, on its next look         an expired lease; the clock ends it
succeeded   housekeeping, if what was made is gone
failed      a person (retry)
cancelled   a person (retry)
=========== ==================================== ==============================================

A remote job, one that a provider's service does, has a phase beside its state. It says what the provider may
know of it, which is what a crash must not forget:

=========== ============================================ =============================================
phase       meaning                                      a crash leaves
=========== ============================================ =============================================
(empty)     nothing was sent                             nothing; it is sent by the next worker
submitting  it is being sent                             an unknown outcome; it is looked up, or the
                                                         job fails as `ambiguous` and is never sent
                                                         again by itself
submitted   the provider has taken it and gave an id     the id; the clock goes on asking
answered    the provider has said how it ended           the answer; a worker fetches, as often as needed
=========== ============================================ =============================================
"""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy


class State(TextChoices):
    QUEUED = "queued", pgettext_lazy("of a job", "Queued")
    RUNNING = "running", pgettext_lazy("of a job", "Running")
    WAITING = "waiting", pgettext_lazy("of a job", "Waiting")
    CANCELLING = "cancelling", pgettext_lazy("of a job", "Cancelling")
    SUCCEEDED = "succeeded", pgettext_lazy("of a job", "Succeeded")
    FAILED = "failed", pgettext_lazy("of a job", "Failed")
    CANCELLED = "cancelled", pgettext_lazy("of a job", "Cancelled")


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
    State.SUCCEEDED: frozenset({State.FAILED}),
    State.FAILED: frozenset({State.QUEUED}),
    State.CANCELLED: frozenset({State.QUEUED}),
}


class Phase(TextChoices):
    NEW = "", pgettext_lazy("of a job", "New")
    SUBMITTING = "submitting", pgettext_lazy("of a job", "Submitting")
    SUBMITTED = "submitted", pgettext_lazy("of a job", "Submitted")
    ANSWERED = "answered", pgettext_lazy("of a job", "Answered")


AT_PROVIDER = frozenset({Phase.SUBMITTING, Phase.SUBMITTED})

PHASE_MOVES: dict[Phase, frozenset[Phase]] = {
    Phase.NEW: frozenset({Phase.SUBMITTING}),
    Phase.SUBMITTING: frozenset({Phase.SUBMITTED, Phase.NEW}),
    Phase.SUBMITTED: frozenset({Phase.ANSWERED}),
    Phase.ANSWERED: frozenset(),
}


def word(state: str) -> str:
    """A state as it stands within a sentence, in the language that is spoken now."""
    return str(State(state).label).lower() if state in State.values else state


def may_move(old: State, new: State) -> bool:
    return new in MOVES[old]
