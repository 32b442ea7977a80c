"""What goes wrong at services, in one table: a sentence for people, and whether the same may be tried again.

Each service has codes of its own; an adapter maps those that it knows to a key of FAILURES, and keeps what
the service said as `detail`, for staff. What nobody knows is "provider_failed", with the strange code in the
detail. In every case the person who asked pays nothing; what the service asks of us is written down.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext

from echoes.kernel.errors import EchoesError, gettext_noop
from jobs.remote import Answered, Refused


@dataclass(frozen=True)
class Failure:
    """`message` is in English. `again`: the same order may come out well next time, so it is sent once more
    by itself."""

    message: str
    again: bool = False


FAILURES = {
    "unsafe_words": Failure(
        gettext_noop("The service does not make what these words ask for. You were not charged.")
    ),
    "unsafe_picture": Failure(
        gettext_noop("The service does not work with this picture. You were not charged.")
    ),
    "unsafe_input": Failure(
        gettext_noop("The service does not work with this picture and these words. You were not charged.")
    ),
    "unsafe_result": Failure(
        gettext_noop(
            "The service has made something that it does not hand out. Other words may help. "
            "You were not charged."
        )
    ),
    "bad_input": Failure(gettext_noop("The service could not work with this. You were not charged.")),
    "bad_result": Failure(
        gettext_noop("What the service made was not usable. You were not charged."), again=True
    ),
    "model_gone": Failure(
        gettext_noop("This model is not offered any more. Please choose another. You were not charged.")
    ),
    "service_account": Failure(
        gettext_noop(
            "This service is not available at the moment, and we have been told. Please choose another. "
            "You were not charged."
        )
    ),
    "internal": Failure(
        gettext_noop("The service had trouble of its own. You were not charged."), again=True
    ),
    "stopped": Failure(gettext_noop("The service has stopped this. You were not charged.")),
    "result_gone": Failure(gettext_noop("The service has made it, and lost it again. You were not charged.")),
    "provider_failed": Failure(gettext_noop("The service could not make this. You were not charged.")),
}
ANY = "provider_failed"


class Failed(EchoesError):
    """The service could not make this."""

    def __init__(self, code: str, *, detail: str = "", usd: Decimal | None = None) -> None:
        """`code` is a key of FAILURES; `detail` is what the service said, for staff; `usd` what it asks for
        its trouble, where it says so."""
        failure = FAILURES.get(code, FAILURES[ANY])
        super().__init__(gettext(failure.message), code=code if code in FAILURES else ANY)
        self.permanent = not failure.again
        self.detail, self.usd = detail, usd


def refused(code: str, *, detail: str = "") -> Refused:
    """What `submit` raises when the service will not take an order at all."""
    refusal = Refused(gettext(FAILURES[code].message), code=code)
    refusal.add_note(detail)
    return refusal


def failed(code: str, *, detail: str = "", usd: Decimal | None = None) -> Answered:
    """The end of an order that came to nothing, as `ask` gives it."""
    failure = FAILURES[code]
    data: dict[str, Any] = {"code": code, "message": failure.message, "again": failure.again}
    return Answered("failed", data | {"detail": detail, "usd": None if usd is None else str(usd)})
