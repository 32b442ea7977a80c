"""What a handler may answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jobs.models import Job


@dataclass(frozen=True)
class Done:
    """The goal is reached; `fields` are written to the row in the same statement that ends the job."""

    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Park:
    """Nothing to do until a moment, or until other jobs have ended. No worker is held."""

    until: datetime | None = None
    on: tuple[Job, ...] = ()


@dataclass(frozen=True)
class Again:
    """One bounded step is done; call the handler again at once."""


@dataclass(frozen=True)
class Fail:
    """It cannot be done. `message` is a sentence for the person who waits."""

    code: str
    message: str
    detail: str = ""


Outcome = Done | Park | Again | Fail
