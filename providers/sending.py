"""The services as `jobs.remote` knows them: between a job's row and an adapter, which sees no rows.

Before anything is sent: the model is still offered, everything that leaves goes through the door, words and
picture are judged, and what it may cost is counted against the limits. If one of these says no, nothing was
sent. After the adapter has begun, only Refused and NotNow mean that nothing was made.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from billing import costs
from echoes.kernel import clock, workplace
from echoes.kernel.errors import EchoesError
from echoes.kernel.storage import base as storages
from jobs.remote import Answered, CannotLookUp, Finished, NotNow, Pending, Refused
from providers import callbacks, capabilities, caps, connections, errors, estimates, moderation, registry
from providers.capabilities import Answer, Order, Receipt, succeeded
from providers.connections import Provider
from providers.models import Model

log = logging.getLogger(__name__)


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
            receipt = _counted(job, order, lambda: self._adapter.submit(order, key=key, webhook=webhook))
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
            answer = _counted(job, order, lambda: self._answered(job, order, folder))
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
    """The order of a job, with all that goes along, on this machine for as long as it is sent. What goes
    wrong here went wrong before anything was sent."""
    with workplace.directory("order") as folder:
        try:
            order: Order = import_string(settings.ORDERS[job.kind])(job, folder)
            moderation.check(order)
        except (Refused, NotNow):
            raise
        except EchoesError as error:
            if error.permanent:
                raise Refused(str(error), code=error.code) from error
            raise NotNow(str(error)) from error
        except Exception as error:
            log.exception("the order of %s %s could not be made", job.kind, job.pk)
            raise NotNow(f"{type(error).__name__}: {error}") from error
        yield order


def _counted(job: Any, order: Order, send: Any) -> Any:
    """Send, with what it may cost counted before. If nothing was made, it is counted no more."""
    reference, charge = f"{job.kind}:{job.pk}", str(job.submit_key)
    model = Model.objects.get(pk=order.spec.slug)
    try:
        caps.reserve(
            reference=reference,
            charge=charge,
            model=model.slug,
            usd=estimates.usd(model, order.request),
            user=job.owner,
            project=job.live_project(),
            now=clock.now(),
        )
    except caps.CapReached as error:
        raise Refused(str(error), code=error.code) from error
    try:
        sent = send()
    except (Refused, NotNow) as error:
        costs.nothing_was_made(reference=reference, charge=charge)
        if getattr(error, "code", "") == "service_account":
            log.error("%s takes nothing of us: %s", model.provider, getattr(error, "__notes__", error))
        raise
    if isinstance(sent, Receipt) and sent.usd is not None:
        costs.revise(reference=reference, charge=charge, usd=sent.usd)
    return sent


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
    return [Provider(name).label for name in connections.simulated()]
