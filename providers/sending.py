"""The services as `jobs.remote` knows them: between a job's row and an adapter, which sees no rows.

Before anything is sent: the model is still offered, everything that leaves goes through the door, words and
picture are judged, what it may cost is counted against the limits, and what goes is written down. If one of
these says no, or goes wrong, nothing was sent, and that is no trouble of the service's. After the adapter has
begun, only Refused and NotNow mean that nothing was made.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from billing import costs
from echoes.kernel import clock, workplace
from echoes.kernel.errors import EchoesError
from echoes.kernel.storage import base as storages
from jobs.remote import Answered, CannotLookUp, Finished, NotNow, NotReady, Pending, Refused
from providers import (
    callbacks,
    capabilities,
    caps,
    connections,
    door,
    errors,
    estimates,
    moderation,
    registry,
)
from providers.capabilities import Answer, Order, Receipt, succeeded
from providers.connections import Provider
from providers.door import Parcel
from providers.models import Model

log = logging.getLogger(__name__)
T = TypeVar("T")


class Remote:
    """A service that works on its own. A `jobs.remote.Service`."""

    resubmits_safely = False

    def __init__(self, provider: Provider) -> None:
        self.provider = provider

    @property
    def in_flight(self) -> int:
        return self._adapter.in_flight

    @property
    def min_poll(self) -> float:
        return self._adapter.min_poll

    @property
    def patience(self) -> float:
        return self._adapter.patience

    @property
    def settles(self) -> float:
        return self._adapter.settles

    def lane_limit(self, lane: str) -> int | None:
        return _lane_limit(lane)

    def submit(self, job: Any) -> str:
        key = str(job.submit_key)
        with _prepared(job) as order:
            webhook = callbacks.address(provider=self.provider, key=key)
            receipt = _sent(job, order, lambda: self._adapter.submit(order, key=key, webhook=webhook))
        return str(receipt.remote_id)

    def find(self, job: Any) -> str | None:
        age = (clock.now() - job.submitted_at).total_seconds()
        return self._adapter.find(key=str(job.submit_key), sent_seconds_ago=age)

    async def ask(self, remote_id: str) -> Pending | Answered:
        return await self._adapter.ask(remote_id)

    async def abandon(self, remote_id: str) -> None:
        await self._adapter.abandon(remote_id)

    @property
    def _adapter(self) -> capabilities.Remote:
        return registry.remote(self.provider)


class Direct:
    """A service that answers while a worker waits, and that knows no ids. A `jobs.remote.Service`."""

    in_flight = 8
    min_poll = 5.0
    patience = 600.0
    settles = 600.0
    resubmits_safely = False

    def __init__(self, provider: Provider) -> None:
        self.provider = provider

    def lane_limit(self, lane: str) -> int | None:
        return _lane_limit(lane)

    def submit(self, job: Any) -> Finished:
        with _prepared(job) as order, workplace.directory("answer") as folder:
            answer = _sent(job, order, lambda: self._answered(job, order, folder))
        return Finished(str(job.submit_key), answer)

    def _answered(self, job: Any, order: Order, folder: Path) -> Answered:
        try:
            answer = registry.direct(self.provider).answer(order, folder=folder)
        except errors.Failed as failure:
            return errors.failed(failure.code, detail=failure.detail, usd=failure.usd)
        return _kept(job, answer)

    def find(self, job: Any) -> str | None:
        raise CannotLookUp

    async def ask(self, remote_id: str) -> Pending | Answered:
        raise CannotLookUp

    async def abandon(self, remote_id: str) -> None:
        """There is nothing that could be stopped."""


RUNWAY = Remote(Provider.RUNWAY)
REPLICATE = Remote(Provider.REPLICATE)
OPENAI = Direct(Provider.OPENAI)


@contextmanager
def _prepared(job: Any) -> Iterator[Order]:
    """The order of a job, judged, counted and written down, with all that goes along, on this machine for as
    long as it is sent."""
    with workplace.directory("order") as folder:
        with _nothing_sent(job), door.parcel() as parcel:
            order: Order = import_string(settings.ORDERS[job.kind])(job, folder)
            moderation.check(order, parcel=parcel, now=clock.now())
            _count(job, order, parcel)
        yield order


@contextmanager
def _nothing_sent(job: Any) -> Iterator[None]:
    """What goes wrong in here went wrong before anything was sent. Raises Refused, NotReady."""
    try:
        yield
    except (Refused, NotReady):
        raise
    except EchoesError as error:
        if error.permanent:
            raise Refused(str(error), code=error.code) from error
        raise NotReady(str(error)) from error
    except Exception as error:
        log.exception("the order of %s %s could not be made", job.kind, job.pk)
        raise NotReady(f"{type(error).__name__}: {error}") from error


@transaction.atomic
def _count(job: Any, order: Order, parcel: Parcel) -> None:
    """What it may cost is counted, and who gets what is written down: both, or neither. Raises CapReached."""
    model, now = Model.objects.get(pk=order.spec.slug), clock.now()
    caps.reserve(
        reference=_reference(job),
        charge=str(job.submit_key),
        model=model.slug,
        usd=estimates.usd(model, order.request),
        user=job.owner,
        project=job.live_project(),
        now=now,
    )
    parcel.goes(now=now)


def _sent(job: Any, order: Order, send: Callable[[], T]) -> T:
    """Send what was counted. If nothing was made, it is counted no more."""
    reference, charge = _reference(job), str(job.submit_key)
    try:
        sent = send()
    except (Refused, NotNow) as error:
        costs.nothing_was_made(reference=reference, charge=charge)
        if getattr(error, "code", "") == "service_account":
            log.error("%s takes nothing of us: %s", job.service, getattr(error, "__notes__", error))
        raise
    if isinstance(sent, Receipt) and sent.usd is not None:
        costs.revise(reference=reference, charge=charge, usd=sent.usd)
    return sent


def _reference(job: Any) -> str:
    return f"{job.kind}:{job.pk}"


def _kept(job: Any, answer: Answer) -> Answered:
    """The files go to the store at once: nobody could fetch them a second time."""
    store, keys = storages.get("photos"), []
    for number, path in enumerate(answer.files):
        key = f"{job.owner_id}/made/{job.pk}-{job.submit_key}-{number}{path.suffix}"
        store.put(key, path)
        keys.append(key)
    found = succeeded(said=answer.said, usd=answer.usd)
    return Answered(found.status, {**found.data, "keys": keys})


def _lane_limit(lane: str) -> int | None:
    limits = Model.objects.filter(slug=lane).values_list("at_once", flat=True)
    return limits.first()


def simulated() -> list[str]:
    """What pages say: services that are simulated here."""
    return [str(Provider(name).label) for name in connections.simulated()]
