"""What an error means for a job. Pure: from the job's counters and the error to a decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext

from echoes.kernel.errors import EchoesError, gettext_noop

PAUSES = (timedelta(seconds=1), timedelta(seconds=5))
"""Before the second and the third try: long enough for a blink of the database or of a disk."""
OURS = frozenset({"unexpected", "interrupted"})
"""Codes of failures that say nothing of what a person brought."""
UNEXPECTED = gettext_noop("Something on our side went wrong. It has been written down; please try again.")


@dataclass(frozen=True)
class Retry:
    note: str
    after: timedelta


@dataclass(frozen=True)
class GiveUp:
    code: str
    message: str


def on_error(error: BaseException, *, attempt: int, max_attempts: int) -> Retry | GiveUp:
    """A fact ends the job with its sentence; anything else is tried again, `max_attempts` times in all."""
    known = error if isinstance(error, EchoesError) else None
    is_fact = known is not None and known.permanent
    if not is_fact and attempt < max_attempts:
        return Retry(f"{type(error).__name__}: {error}", PAUSES[min(attempt, len(PAUSES)) - 1])
    return GiveUp(known.code, str(known)) if known else GiveUp("unexpected", gettext(UNEXPECTED))
