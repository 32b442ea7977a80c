"""What OpenAI's errors mean for us.

The code decides, and only then the status: `insufficient_quota` comes as 429 and no waiting helps,
`moderation_blocked` comes as 400. Codes are of the SDK's types and of the service's documentation; one that
nobody here knows is "provider_failed", and is kept in the detail.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from decimal import Decimal
from typing import TypeVar

import httpx2
import openai

from echoes.kernel.errors import EchoesError
from jobs.remote import NotNow
from providers.errors import ANY, Failed

log = logging.getLogger(__name__)
T = TypeVar("T")

CODES = {
    "moderation_blocked": "unsafe_words",
    "content_policy_violation": "unsafe_words",
    "invalid_prompt": "unsafe_words",
    "bio_policy": "unsafe_words",
    "misalignment_policy": "unsafe_words",
    "image_content_policy": "unsafe_picture",
    "content_filter": "unsafe_result",
    "model_not_found": "model_gone",
    "model_deprecated": "model_gone",
    "insufficient_quota": "service_account",
    "billing_": "service_account",
    "invalid_api_key": "service_account",
    "account_deactivated": "service_account",
    "invalid_organization": "service_account",
    "invalid_image": "bad_input",
    "invalid_base64_image": "bad_input",
    "image_": "bad_input",
    "unsupported_image": "bad_input",
    "empty_image": "bad_input",
    "failed_to_download_image": "bad_input",
    "context_length_exceeded": "bad_input",
    "string_above_max_length": "bad_input",
    "audio_too_short": "bad_input",
    "server_error": "internal",
}
"""The beginnings of codes; the first that fits counts."""
STATUSES = {401: "service_account", 402: "service_account", 403: "service_account", 404: "model_gone"}
LATER = frozenset({408, 409, 429, 503})
"""It has not begun. Of other statuses from 500 on nobody knows: they may come after the deed, and a page of
some gateway's says nothing of what was made behind it."""
PASSING = frozenset({"rate_limit_exceeded", "slow_down"})
"""Codes that mean "later", whatever the status: also those in an answer that came through."""
UNSENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
OF_FILES = frozenset({"file", "image", "image[]"})
"""Fields of which it says only that what they hold is broken."""
DETAIL = 600


class Unreadable(EchoesError):
    """OpenAI's answer is none, so nobody knows what became of the order."""

    code = "unreadable"


@contextlib.contextmanager
def told(*, with_picture: bool = False) -> Iterator[None]:
    """Errors of the SDK in here become ours: Failed, or NotNow where nothing was made. What leaves open
    whether something was made stays what it is: nobody knows what became of the order."""
    try:
        yield
    except openai.APIStatusError as error:
        meaning = _meaning(error, with_picture=with_picture)
        raise meaning from (None if meaning is error else error)
    except openai.APIConnectionError as error:
        if isinstance(error.__cause__, UNSENT):
            raise NotNow(f"OpenAI cannot be reached: {error.__cause__}") from error
        raise


def whole(answer: T) -> T:
    """The answer, if it is one: for a page of somebody between us and them the SDK gives its text."""
    if isinstance(answer, str):
        raise Unreadable(answer[:DETAIL])
    return answer


def failed(code: str, detail: str, *, with_picture: bool = False, usd: Decimal | None = None) -> Failed:
    """How an order ended that came to nothing, by the service's code."""
    key = next((key for start, key in CODES.items() if code.startswith(start)), ANY)
    if key == "unsafe_words" and with_picture:
        key = "unsafe_picture"  # it does not say which of the two; the picture is what people look at first
    return _written_down(key, f"{code}: {detail}", usd)


def _meaning(error: openai.APIStatusError, *, with_picture: bool) -> Exception:
    code, status, detail = error.code or "", error.status_code, _detail(error)
    if status < 500 and code.startswith(tuple(CODES)):
        return failed(code, detail, with_picture=with_picture)
    if status in STATUSES:
        return _written_down(STATUSES[status], f"{code}: {detail}")
    if code in PASSING or status in LATER:
        return NotNow(detail, retry_after=_retry_after(error))
    if status >= 500:
        return error
    if status == 400 and error.param in OF_FILES:
        return Failed("bad_input", detail=detail)
    return failed(code or str(status), detail)


def _written_down(key: str, detail: str, usd: Decimal | None = None) -> Failed:
    if key in ("service_account", "model_gone"):
        log.error("OpenAI does not serve us: %s", detail)
    return Failed(key, detail=detail[:DETAIL], usd=usd)


def _detail(error: openai.APIStatusError) -> str:
    """What it said, and its number for it, which its support asks for."""
    return f"{error.message[:DETAIL]} ({error.status_code}, {error.request_id or 'no request id'})"


def _retry_after(error: openai.APIStatusError) -> float | None:
    for header, scale in (("retry-after-ms", 1_000), ("retry-after", 1)):
        with contextlib.suppress(KeyError, ValueError):
            return float(error.response.headers[header]) / scale
    return None
