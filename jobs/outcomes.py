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
    """Nothing to do until a moment, until other jobs have ended, or until a provider's service has answered,
    which the clock asks for at `poll_at`. No worker is held."""

    until: datetime | None = None
    on: tuple[Job, ...] = ()
    poll_at: datetime | None = None


@dataclass(frozen=True)
class Again:
    """One bounded step is done; call the handler again at once, on the workers of `queue` if one is named."""

    queue: str = ""


@dataclass(frozen=True)
class Later:
    """It did not succeed and may do so later; nothing was lost. The handler itself counts such tries."""

    until: datetime
    note: str


@dataclass(frozen=True)
class Fail:
    """It cannot be done. `message` is a sentence for the person who waits."""

    code: str
    message: str
    detail: str = ""


Outcome = Done | Park | Again | Later | Fail
