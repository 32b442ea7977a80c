"""What an error means for a job. Pure: from the job's counters and the error to a decision."""

from __future__ import annotations

from dataclasses import dataclass

from echoes.kernel.errors import EchoesError

UNEXPECTED = "Something on our side went wrong. It has been written down; please try again."


@dataclass(frozen=True)
class Retry:
    note: str


@dataclass(frozen=True)
class GiveUp:
    code: str
    message: str


def on_error(error: BaseException, *, attempt: int, max_attempts: int) -> Retry | GiveUp:
    """A fact ends the job with its sentence; anything else is tried again, `max_attempts` times in all."""
    known = error if isinstance(error, EchoesError) else None
    is_fact = known is not None and known.permanent
    if not is_fact and attempt < max_attempts:
        return Retry(f"{type(error).__name__}: {error}")
    return GiveUp(known.code, str(known)) if known else GiveUp("unexpected", UNEXPECTED)
