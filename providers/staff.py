"""What staff do to models: written into the admin's log, each in a transaction of its own."""

from __future__ import annotations

from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from billing.models import Price
from billing.staff import log
from echoes.kernel.errors import EchoesError
from echoes.kernel.storage import base as storages
from jobs.states import State
from providers import trials
from providers.capabilities import Capability
from providers.connections import Provider
from providers.models import Model, Trial

SAMPLES = "samples"
SOLD = frozenset({Capability.MOTION})
"""Capabilities whose models people choose and pay."""


class IsDefault(EchoesError):
    """This model is used where nobody chooses. Make another one the default first, or have none."""

    code = "is_default"


class IsOff(EchoesError):
    """This model is not offered: switch it on before it becomes the default."""

    code = "is_off"


class NothingToShow(EchoesError):
    """This trial has made no file that could be shown to people."""

    code = "nothing_to_show"


@transaction.atomic
def switch(*, model: Model, on: bool, by: Any) -> bool:
    """Offer it, or offer it no more; whether that changed anything. Raises IsDefault."""
    found = Model.objects.select_for_update().get(pk=model.pk)
    if found.is_default and not on:
        raise IsDefault
    if found.is_on == on:
        return False
    found.is_on = on
    found.save(update_fields=["is_on", "changed_at"])
    log(found, gettext("Switched on.") if on else gettext("Switched off."), by=by)
    return True


@transaction.atomic
def make_default(*, model: Model, by: Any) -> None:
    """Use it where nobody chooses, instead of the one before. Raises IsOff."""
    rows = Model.objects.select_for_update().filter(capability=model.capability).in_order()
    found = next(row for row in rows if row.pk == model.pk)
    if not found.is_on:
        raise IsOff
    for row in rows:
        if row.is_default and row.pk != found.pk:
            text = gettext("No longer the default: {model} is.").format(model=found)
            _set_default(row, False, text, by=by)
    if not found.is_default:
        _set_default(found, True, gettext("Made the default."), by=by)


@transaction.atomic
def drop_default(*, model: Model, by: Any) -> bool:
    """From now on the first in order is used where nobody chooses; whether that changed anything."""
    found = Model.objects.select_for_update().get(pk=model.pk)
    if found.is_default:
        _set_default(found, False, gettext("No longer the default: the first in order is."), by=by)
        return True
    return False


@transaction.atomic
def set_credits(*, model: Model, credits: int | None, by: Any) -> bool:
    """What people pay for each started five seconds; None: it is not for sale. Whether that changed
    anything."""
    before = Price.objects.select_for_update().filter(model=model.pk).first()
    if (before.credits if before else None) == credits:
        return False
    if credits is None:
        Price.objects.filter(model=model.pk).delete()
    else:
        Price.objects.update_or_create(model=model.pk, defaults={"credits": credits})
    was = before.credits if before else gettext("none")
    text = gettext("Price in credits: {was} → {now}.")
    log(model, text.format(was=was, now=gettext("none") if credits is None else credits), by=by)
    return True


@transaction.atomic
def try_out(*, model: Model, words: str, by: Any, now: datetime) -> Trial:
    """Raises UnknownModel for one whose service is not connected."""
    trial = trials.start(model=model.pk, words=words, by=by, now=now)
    log(model, gettext("Tried: trial {id}.").format(id=trial.pk), by=by)
    return trial


def use_as_sample(*, trial: Trial, by: Any) -> Model:
    """Show what this trial made beside its model. It is a copy under a key of no person's, so it stays when
    the trial goes. Raises NothingToShow."""
    if trial.state != State.SUCCEEDED or not trial.key:
        raise NothingToShow
    store = storages.get("photos")
    name = f"{trial.model}-{trial.pk.hex[:8]}{PurePosixPath(trial.key).suffix}"
    key = f"{SAMPLES}/{name}"
    store.copy(trial.key, key)
    with transaction.atomic():
        model = Model.objects.select_for_update().get(pk=trial.model)
        old, model.sample = model.sample, key
        model.save(update_fields=["sample", "changed_at"])
        log(model, gettext("Sample: what trial {id} made.").format(id=trial.pk), by=by)
        if old.startswith(f"{SAMPLES}/") and old != key:
            transaction.on_commit(lambda: store.delete(old))
    return model


def is_free(model: Model) -> bool:
    """What this machine makes costs people nothing, and that is a promise."""
    return model.provider == Provider.LOCAL


def _set_default(row: Model, on: bool, message: str, *, by: Any) -> None:
    row.is_default = on
    row.save(update_fields=["is_default", "changed_at"])
    log(row, message, by=by)
