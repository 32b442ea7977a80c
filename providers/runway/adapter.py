"""Sends an order once, asks how it goes, gives it up. And what staff want to know of our account there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from runwayml import APIConnectionError, APIStatusError, RunwayMLError

from jobs.remote import Answered, CannotLookUp, NotNow, Pending
from providers.capabilities import Order, Picture, Receipt
from providers.errors import failed
from providers.runway import answers, bodies, clients

HOSTS = frozenset({".cloudfront.net"})
"""Where results lie. The documentation shows dnznrvs05pmza.cloudfront.net, users have seen others there; a
name that is not expected would lose what is paid for, and what is fetched is checked."""
SUFFIXES = {"image/jpeg": "jpg", "image/png": "png"}


@dataclass(frozen=True)
class Limit:
    """What a model may do for us; None is no limit."""

    at_once: int | None
    a_day: int | None
    today: int  # the last 24 hours


@dataclass(frozen=True)
class Organisation:
    """Our account at Runway: dollars that are left, and limits by wire model."""

    usd: Decimal
    limits: Mapping[str, Limit]


class Runway:
    """A `capabilities.Remote` for motion."""

    in_flight = 20
    min_poll = 5.0
    """Runway asks for no more."""
    patience = 3_600.0
    """It holds what is over its limits back for minutes, without an error (THROTTLED)."""
    settles = 60.0

    def submit(self, order: Order, *, key: str, webhook: str = "") -> Receipt:
        """Upload the picture, create the task. An upload that fails has made nothing."""
        bodies.check(order)
        body = bodies.body(order, uri=_bring(bodies.motion(order).picture))
        create: Any = clients.sending().image_to_video.create
        try:
            made = create(**bodies.known(order).keywords(body))
        except (APIStatusError, APIConnectionError) as error:
            trouble = answers.to_a_create(error)
            raise trouble from (None if trouble is error else error)
        return Receipt(str(made.id), answers.usd(getattr(made, "estimated_cost", None)))

    def find(self, *, key: str, sent_seconds_ago: float) -> str | None:
        raise CannotLookUp  # no list, no tag

    async def ask(self, remote_id: str) -> Pending | Answered:
        try:
            # The SDK writes the id into the address as it is.
            return answers.read(await clients.asking().tasks.retrieve(quote(remote_id, safe="")))
        except APIStatusError as error:
            if error.status_code == 404:
                return failed("stopped", detail=f"Runway does not know task {remote_id} (any more)")
            raise _later_or(error) from error

    async def abandon(self, remote_id: str) -> None:
        """Stops a task, and deletes one that has ended. What it costs then only Runway knows."""
        try:
            await clients.asking().tasks.delete(remote_id)
        except APIStatusError as error:
            if error.status_code != 404:
                raise _later_or(error) from error

    def organisation(self) -> Organisation:
        """Raises jobs.remote.Refused when the key is not good (any more), NotNow when nobody answers."""
        try:
            found = clients.sending().organization.retrieve(timeout=clients.ASK_SECONDS)
        except APIStatusError as error:
            raise _refused_or_later(error) from error
        except RunwayMLError as error:
            raise NotNow(str(error)) from error
        limits = {
            wire: Limit(
                of.max_concurrent_generations,
                of.max_daily_generations,
                found.usage.models[wire].daily_generations if wire in found.usage.models else 0,
            )
            for wire, of in found.tier.models.items()
        }
        return Organisation(Decimal(found.credit_balance) / answers.CREDITS_IN_A_DOLLAR, limits)

    def balance(self) -> Decimal:
        """Dollars that are left at Runway. Raises as `organisation` does."""
        return self.organisation().usd


def _bring(picture: Picture) -> str:
    """Upload a picture under a name that says nothing; gives its address at Runway, good for a day. Raises
    jobs.remote.Refused and NotNow."""
    file = (f"picture.{SUFFIXES[picture.content_type]}", picture.path.read_bytes(), picture.content_type)
    try:
        return clients.sending().uploads.create_ephemeral(file=file).uri
    except APIStatusError as error:
        raise _refused_or_later(error) from error
    except Exception as error:  # its second half is a client of its own, with errors of its own
        raise NotNow(f"the picture was not taken: {type(error).__name__}: {error}") from error


def _refused_or_later(error: APIStatusError) -> Exception:
    """Of a call that makes nothing."""
    waits = error.status_code in (408, 429) or error.status_code >= 500
    return answers.not_now(error) if waits else answers.refusal(error)


def _later_or(error: APIStatusError) -> Exception:
    return answers.not_now(error) if error.status_code in answers.SHEDDING else error


RUNWAY = Runway()
