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
    """An error of ours is a fact and ends the job with its sentence; anything else is tried again, up to
    `max_attempts` times in all."""
    if isinstance(error, EchoesError):
        return GiveUp(error.code, str(error))
    if attempt < max_attempts:
        return Retry(f"{type(error).__name__}: {error}")
    return GiveUp("unexpected", UNEXPECTED)
