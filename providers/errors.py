"""What goes wrong at services, in one table: a sentence for people, and whether the same may be tried again.

Each service has codes of its own; an adapter maps those that it knows to a key of FAILURES, and keeps what
the service said as `detail`, for staff. What nobody knows is "provider_failed", with the strange code in the
detail. In every case the person who asked pays nothing; what the service asks of us is written down.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from echoes.kernel.errors import EchoesError
from jobs.remote import Answered, Refused


@dataclass(frozen=True)
class Failure:
    """`again`: the same order may come out well next time, so it is sent once more by itself."""

    message: str
    again: bool = False


NOT_CHARGED = "You were not charged."
FAILURES = {
    "unsafe_words": Failure(f"The service does not make what these words ask for. {NOT_CHARGED}"),
    "unsafe_picture": Failure(f"The service does not work with this picture. {NOT_CHARGED}"),
    "unsafe_input": Failure(f"The service does not work with this picture and these words. {NOT_CHARGED}"),
    "unsafe_result": Failure(
        f"The service has made something that it does not hand out. Other words may help. {NOT_CHARGED}"
    ),
    "bad_input": Failure(f"The service could not work with this. {NOT_CHARGED}"),
    "bad_result": Failure(f"What the service made was not usable. {NOT_CHARGED}", again=True),
    "model_gone": Failure(f"This model is not offered any more. Please choose another. {NOT_CHARGED}"),
    "service_account": Failure(
        f"This service is not available at the moment, and we have been told. Please choose another. "
        f"{NOT_CHARGED}"
    ),
    "internal": Failure(f"The service had trouble of its own. {NOT_CHARGED}", again=True),
    "stopped": Failure(f"The service has stopped this. {NOT_CHARGED}"),
    "result_gone": Failure(f"The service has made it, and lost it again. {NOT_CHARGED}"),
    "provider_failed": Failure(f"The service could not make this. {NOT_CHARGED}"),
}
ANY = "provider_failed"


class Failed(EchoesError):
    """The service could not make this."""

    def __init__(self, code: str, *, detail: str = "", usd: Decimal | None = None) -> None:
        """`code` is a key of FAILURES; `detail` is what the service said, for staff; `usd` what it asks for
        its trouble, where it says so."""
        failure = FAILURES.get(code, FAILURES[ANY])
        super().__init__(failure.message, code=code if code in FAILURES else ANY)
        self.permanent = not failure.again
        self.detail, self.usd = detail, usd


def refused(code: str, *, detail: str = "") -> Refused:
    """What `submit` raises when the service will not take an order at all."""
    refusal = Refused(FAILURES[code].message, code=code)
    refusal.add_note(detail)
    return refusal


def failed(code: str, *, detail: str = "", usd: Decimal | None = None) -> Answered:
    """The end of an order that came to nothing, as `ask` gives it."""
    failure = FAILURES[code]
    data: dict[str, Any] = {"code": code, "message": failure.message, "again": failure.again}
    return Answered("failed", data | {"detail": detail, "usd": None if usd is None else str(usd)})
