"""Replicate as a `capabilities.Remote`: it sends once, asks, and gives up."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Iterator
from typing import Any

import httpx
from pydantic import v1 as sdk_types
from replicate.client import Client

from jobs.remote import Answered, CannotLookUp, NotNow, Pending, Refused
from providers import callbacks, connections
from providers.capabilities import Order, Receipt
from providers.connections import Provider
from providers.errors import refused
from providers.replicate import body, line, outputs
from providers.replicate.body import Asked
from providers.replicate.filling import File

log = logging.getLogger(__name__)

HOSTS = ("replicate.delivery", ".replicate.delivery")
TOLD_WITHIN = 120.0  # seconds in which a webhook may still name what we have sent
COMPLETED = ["completed"]

REFUSALS = {400: "bad_input", 413: "bad_input", 422: "bad_input", 404: "model_gone", 410: "model_gone"}
ACCOUNT = frozenset({401, 402, 403})  # our key, our credit
NOBODY_KNOWS = frozenset({500, 502, 504})
"""It may come after the deed, or from something before Replicate that has given up waiting."""


class Replicate:
    in_flight = 50
    min_poll = 2.0  # 3,000 questions a minute are allowed: 25 a second for 50 orders is half of it
    patience = 3_000.0  # its own limit is 30 minutes, after a queue
    settles = 86_400.0  # that something was not made is never certain: `find` cannot search

    def submit(self, order: Order, *, key: str, webhook: str = "") -> Receipt:
        """Files that are too large to go along are uploaded before: where that fails, nothing was made."""
        client = line.client(connections.connection(Provider.REPLICATE))
        with _nothing_made():
            asked = body.asked(order)
            inputs = body.attached(asked.inputs, upload=lambda file: _upload(client, file))
        told: dict[str, Any] = {"webhook": webhook, "webhook_events_filter": COMPLETED} if webhook else {}
        with _perhaps_made(), line.told() as heard:
            _create(client, asked, inputs, told)
        return Receipt(outputs.id_of(heard[-1]))

    def find(self, *, key: str, sent_seconds_ago: float) -> str | None:
        """Nothing can be searched for. Where Replicate can reach us its webhook may still name it."""
        if callbacks.address(provider=Provider.REPLICATE, key=key) and sent_seconds_ago < TOLD_WITHIN:
            return None
        raise CannotLookUp

    async def ask(self, remote_id: str) -> Pending | Answered:
        connection = connections.connection(Provider.REPLICATE)
        client = await line.asking(connection)
        with _patient(), line.told() as heard, _whatever_the_sdk_thinks():
            await client.predictions.async_get(remote_id)
        return outputs.read(heard[-1], strict=connection.strict)

    async def abandon(self, remote_id: str) -> None:
        client = await line.asking(connections.connection(Provider.REPLICATE))
        with line.told(), _whatever_the_sdk_thinks():
            await client.predictions.async_cancel(remote_id)


def _create(client: Client, asked: Asked, inputs: dict[str, Any], told: dict[str, Any]) -> None:
    with _whatever_the_sdk_thinks():
        if asked.version:
            client.predictions.create(version=asked.version, input=inputs, **told)
        else:
            client.models.predictions.create(model=asked.model, input=inputs, **told)


def _upload(client: Client, file: File) -> str:
    """The address of a copy that Replicate keeps for a day, and that only our key opens."""
    with line.told() as heard, _whatever_the_sdk_thinks():
        content = io.BytesIO(file.path.read_bytes())
        client.files.create(content, filename=file.name, content_type=file.content_type)
    try:
        return str(heard[-1]["urls"]["get"])
    except (LookupError, TypeError) as error:
        raise line.Strange("an upload without an address") from error


@contextlib.contextmanager
def _whatever_the_sdk_thinks() -> Iterator[None]:
    """Its types refuse "aborted" and a version that is null. We read what was said ourselves."""
    try:
        yield
    except sdk_types.ValidationError as error:
        log.info("the SDK could not read an answer: %s", error)


@contextlib.contextmanager
def _nothing_made() -> Iterator[None]:
    """Whatever goes wrong in here: nothing that costs was asked for."""
    try:
        yield
    except line.Declined as error:
        raise _refusal(error) from error
    except (httpx.TransportError, line.Strange, OSError) as error:
        raise NotNow(f"what goes along was not ready: {type(error).__name__}: {error}") from error


@contextlib.contextmanager
def _perhaps_made() -> Iterator[None]:
    """What goes wrong once something was sent stays as it is, unless the service itself says what it
    means."""
    try:
        yield
    except line.NOTHING_WAS_SENT as error:
        raise NotNow(f"{type(error).__name__}: {error}") from error
    except line.Declined as error:
        if error.status in NOBODY_KNOWS:
            raise
        raise _refusal(error) from error


@contextlib.contextmanager
def _patient() -> Iterator[None]:
    """A question that may be asked again later."""
    try:
        yield
    except line.Declined as error:
        if error.status == 429 or error.status >= 500:
            raise NotNow(str(error), retry_after=error.retry_after) from error
        raise


def _refusal(error: line.Declined) -> Refused | NotNow:
    if error.status == 429 or error.status >= 500:
        return NotNow(str(error), retry_after=error.retry_after)
    if error.status in ACCOUNT:
        log.error("Replicate does not accept our account: %s", error)
        return refused("service_account", detail=str(error))
    return refused(REFUSALS.get(error.status, "provider_failed"), detail=str(error))


REPLICATE = Replicate()
