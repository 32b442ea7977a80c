"""A model that costs credits: it does what `MOOD` says, and a provider asks for its trouble either way."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from billing import costs
from echoes.kernel import clock
from echoes.kernel.errors import Cancelled, EchoesError
from providers.registry import MOTION, MotionModel

VERSION = "dream-1"
MOOD = {"does": "deliver"}


class TooSmall(EchoesError):
    """The service found a face too small to follow."""

    code = "too_small"


def render(*, photo: Path, out: Path, seed: int, cancelled: Callable[[], bool], **how: Any) -> Path:
    """The film of the local model, for money."""
    does = MOOD["does"]
    costs.record(
        reference="lab:dream",
        charge=f"{seed}",
        model="dream",
        usd=Decimal("0.25"),
        delivered=does == "deliver",
        now=clock.now(),
    )
    if does == "refuse":
        raise TooSmall
    if does == "hold":
        while not cancelled():
            MOOD["waiting"] = "yes"
        raise Cancelled
    local = MOTION["local"].load()
    return local(photo=photo, out=out, seed=seed, cancelled=cancelled, **how)


MODEL = MotionModel(
    slug="dream",
    title="Dream",
    note="Made by a service",
    price_label="",
    version="tests.billing.dream.VERSION",
    render="tests.billing.dream.render",
)
