"""A question whose answer is a few words, asked by a job on a worker: through the door, with what it may
cost counted, and answered by this machine where a service will not.

A service that has had trouble is left alone as long as `jobs.breaker` says. What was sent and not answered is
not sent again: its price stays written down as expected, and this machine answers.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction

from billing import costs
from echoes.kernel import workplace
from echoes.kernel.errors import Cancelled, EchoesError
from jobs import admission, remote
from jobs.remote import NotNow, Refused
from providers import caps, consent, door, errors, estimates, registry
from providers.capabilities import Answer, Capability, Order, Request
from providers.connections import Provider
from providers.door import Errand, Parcel
from providers.models import Model

log = logging.getLogger(__name__)

Build = Callable[[Model, Errand, Path], Request]
"""What is asked of a model; pictures and words for it come out of the door, with this errand, into this
folder."""


class NobodyAnswers(EchoesError):
    """Nobody could be asked at the moment. Please try again later."""

    code = "nobody_answers"


def ask(
    capability: Capability,
    build: Build,
    *,
    owner: Any,
    reference: str,
    asset: UUID | None,
    project: UUID | None,
    now: datetime,
) -> tuple[Answer, Model]:
    """The answer, and who gave it: the model of a service that is offered first, else this machine's own.
    `reference` is the job, as kind:id. Raises NobodyAnswers, and NotSent where only a service could."""
    trouble: EchoesError | None = None
    for model in candidates(capability, now=now):
        errand = Errand(owner, model.provider, model.slug, reference, asset, project)
        try:
            return _answered(model, errand, build, now=now), model
        except Cancelled:
            raise
        except (errors.Failed, Refused, NotNow, caps.CapReached, consent.NotSent, NobodyAnswers) as error:
            log.warning("%s did not answer %s: %s %s", model.slug, reference, error, _detail(error))
            trouble = error
    raise trouble or NobodyAnswers


def candidates(capability: Capability, *, now: datetime) -> list[Model]:
    """Who is asked, in this order: of services the first that is open, then this machine."""
    usable = [model for model in registry.usable(capability) if model.provider in registry.DIRECT]
    closed = admission.closed(now=now)
    ours = [model for model in usable if model.provider == Provider.LOCAL]
    theirs = [model for model in usable if model.provider not in {Provider.LOCAL, *closed}]
    return theirs[:1] + ours[:1]


def _answered(model: Model, errand: Errand, build: Build, *, now: datetime) -> Answer:
    with workplace.directory("ask") as folder, door.parcel() as parcel:
        (folder / "made").mkdir()
        request = build(model, errand, folder)
        order = Order(model.spec, request)
        if model.provider == Provider.LOCAL:
            return registry.direct(model.provider).answer(order, folder=folder / "made")
        return _paid(model, errand, order, parcel, folder / "made", now=now)


def _paid(
    model: Model, errand: Errand, order: Order, parcel: Parcel, folder: Path, *, now: datetime
) -> Answer:
    """Asked of a service, once. What it may cost is counted before, and what it did after."""
    cost = {"reference": errand.reference, "charge": uuid.uuid4().hex}
    usd = estimates.usd(model, order.request)
    with transaction.atomic():
        caps.reserve(**cost, model=model.slug, usd=usd, user=errand.owner, project=errand.project, now=now)
        parcel.goes(now=now)
    try:
        answer = registry.direct(model.provider).answer(order, folder=folder)
    except (Refused, NotNow) as error:
        costs.nothing_was_made(**cost)
        if isinstance(error, NotNow):
            remote.trouble(model.provider, error, now=now)
        raise
    except errors.Failed as failure:
        costs.settle(**cost, usd=failure.usd or estimates.NOTHING)
        raise
    except Exception as error:  # it may have arrived, and may have to be paid
        log.exception("nobody knows what became of %s at %s", errand.reference, model.provider)
        remote.trouble(model.provider, error, now=now)
        raise NobodyAnswers from error
    costs.settle(**cost, usd=answer.usd)
    costs.deliver(**cost)
    admission.succeeded(model.provider, now=now)
    return answer


def _detail(error: Exception) -> str:
    return str(getattr(error, "detail", "") or "\n".join(getattr(error, "__notes__", [])))
