"""What Runway says, in our words.

States are compared as strings: a state that the SDK does not know yet comes as an object of the wrong class.
Codes of failures are matched by their beginnings, since Runway adds to their ends; what was charged stands in
`cost.credits`, of failures too. Its own sentence about a failure is for staff ("not for end users").
"""

from __future__ import annotations

import functools
import logging
from decimal import Decimal
from typing import Any

import httpx
from runwayml import APIConnectionError, APIStatusError

from jobs.remote import Answered, NotNow, Pending
from providers.capabilities import succeeded
from providers.errors import ANY, failed, refused

log = logging.getLogger(__name__)

CREDITS_IN_A_DOLLAR = 100
MOST_CREDITS = 10_000_000
WAITING = frozenset({"PENDING", "THROTTLED"})
FAILURE_CODES = (
    ("SAFETY.INPUT.TEXT", "unsafe_words"),
    ("SAFETY.INPUT.IMAGE", "unsafe_picture"),
    ("SAFETY.INPUT.VIDEO", "unsafe_picture"),
    ("SAFETY.OUTPUT", "unsafe_result"),
    ("SAFETY", "unsafe_input"),
    ("INPUT_PREPROCESSING.SAFETY.TEXT", "unsafe_words"),
    ("INPUT_PREPROCESSING.SAFETY", "unsafe_input"),
    ("INPUT_PREPROCESSING.INTERNAL", "internal"),
    ("INTERNAL.BAD_OUTPUT", "bad_result"),
    ("INTERNAL", "internal"),
    ("THIRD_PARTY.UNAVAILABLE", "internal"),
    ("THIRD_PARTY.INPUT_VALIDATION", "bad_input"),
    ("ASSET", "bad_input"),
)
"""From the documentation and from users; the first that fits counts."""

NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
ACCOUNT = frozenset({401, 402, 403})
SHEDDING = frozenset({429, 502, 503, 504})
"""Runway takes no work at the moment [documentation]. A 500 is not among them: it may come after the deed."""
DAY_IS_FULL = 600.0
"""Seconds to wait when a model has used up its day, which is the last 24 hours. Questions about tasks wait as
long, so it is not longer."""
LONGEST_PAUSE = 3_600.0
"""No service is left alone for longer because of one header."""


def usd(cost: Any) -> Decimal | None:
    """Dollars of a `cost` or an `estimatedCost`; None where nothing sensible is said. It never raises: a
    receipt must not be lost over its price."""
    credits = getattr(cost, "credits", None)
    sensible = isinstance(credits, int | float) and 0 <= credits < MOST_CREDITS
    return Decimal(str(credits)) / CREDITS_IN_A_DOLLAR if sensible else None


def read(task: Any) -> Pending | Answered:
    """How a task goes."""
    cost = usd(getattr(task, "cost", None))
    match task.status:
        case "SUCCEEDED" if output := getattr(task, "output", None):
            return succeeded(urls=tuple(map(str, output)), usd=cost)
        case "SUCCEEDED":
            return failed("bad_result", detail="a success without a file", usd=cost)
        case "FAILED":
            said = getattr(task, "failure_code", None), getattr(task, "failure", "")
            return failed(failure(said[0]), detail=f"{said[0]}: {said[1]}", usd=cost)
        case "CANCELLED":
            return failed("stopped", detail="CANCELLED", usd=cost)
        case "RUNNING":
            return Pending(_share(getattr(task, "progress", None)))
        case status if status not in WAITING:
            _wonder(str(status))
    return Pending()


def _share(progress: Any) -> float | None:
    return progress if isinstance(progress, int | float) and 0 <= progress <= 1 else None


def failure(code: str | None) -> str:
    """The key of FAILURES for a failure's code. Without a code the same may go well next time."""
    if not code:
        return "internal"
    return next((ours for start, ours in FAILURE_CODES if f"{code}.".startswith(f"{start}.")), ANY)


@functools.cache
def _wonder(status: str) -> None:
    """Once for each process and state."""
    log.warning("Runway has a state that nobody knows: %s", status)


# ---- errors ---------------------------------------------------------------------------------


def to_a_create(error: APIStatusError | APIConnectionError) -> Exception:
    """What to raise when a create met with an error. Whatever leaves open whether a task was made stays the
    error that it is."""
    if isinstance(error, APIConnectionError):
        return NotNow(str(error)) if isinstance(error.__cause__, NEVER_SENT) else error
    if error.status_code in SHEDDING:
        # A page of some gateway's is not Runway's word: behind it the task may have been made.
        return not_now(error) if error.status_code in (429, 503) or _in_its_words(error) else error
    return refusal(error) if 400 <= error.status_code < 500 and error.status_code != 408 else error


def not_now(error: APIStatusError) -> NotNow:
    words = _words(error)
    told = _seconds(error.response.headers.get("retry-after"))
    if told is None and error.status_code == 429 and "dail" in words.lower():
        told = DAY_IS_FULL
    return NotNow(words, retry_after=told)


def refusal(error: APIStatusError) -> Exception:
    """Why nothing was made: an account that staff must look after, a model that is gone, or what was sent."""
    words = _words(error)
    # 400 "You do not have enough credits to run this task." (github.com/runwayml/sdk-node/issues/28)
    if error.status_code in ACCOUNT or "enough credits" in words.lower():
        log.error("Runway does not serve this account: %s", words)
        return refused("service_account", detail=words)
    return refused("model_gone" if "model" in _blamed(error) else "bad_input", detail=words)


def _in_its_words(error: APIStatusError) -> bool:
    return isinstance(error.body, dict) and "error" in error.body


def _blamed(error: APIStatusError) -> set[str]:
    """Fields that `issues` name; as users report them, no type describes them."""
    issues = error.body.get("issues") if isinstance(error.body, dict) else None
    paths = [issue.get("path") for issue in issues or [] if isinstance(issue, dict)]
    return {str(part) for path in paths for part in (path if isinstance(path, list) else [path])}


def _words(error: APIStatusError) -> str:
    return f"{error.status_code}: {error.body}"[:1_000]


def _seconds(told: str | None) -> float | None:
    try:
        return min(max(0.0, float(told)), LONGEST_PAUSE) if told else None
    except ValueError:  # a date
        return None
