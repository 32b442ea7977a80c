"""What the page of prices shows to everybody: what credits buy here today, and what they cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from billing import ledger, pricing, rewards
from billing import queries as billing_queries
from billing.stripe import gateway
from clips import offers
from echoes.kernel import shapes
from providers import registry
from providers.registry import MotionModel

LENGTHS = (5, 10)
"""Seconds of a clip in a film. A model that makes six for five costs as for five."""


@dataclass(frozen=True)
class ModelPrice:
    """`prices` are those of a clip of each of LENGTHS, empty where it makes none as long. `usual` is about
    how long a clip takes to come; `shapes` what it can make where that is not all."""

    title: str
    note: str
    maker: str
    usual: str
    shapes: str
    prices: list[str]


def page() -> dict[str, Any]:
    """The same few queries whatever there is for sale."""
    rules = rewards.current()
    return {
        "models": _models(),
        "lengths": LENGTHS,
        "packs": billing_queries.offers() if gateway.is_on() else [],
        "welcome": ledger.credits(rules.signup) if rules.signup else "",
        "referrer": ledger.credits(rules.referrer) if rules.referrer else "",
        "friend": ledger.credits(rules.friend) if rules.friend else "",
    }


def _models() -> list[ModelPrice]:
    """Those that can be used now, in the order in which they are offered; one that nobody has priced is not
    for sale."""
    found = registry.paid_motion()
    if not found:
        return []
    credits = pricing.price_list(models=[model.slug for model in found], seconds=pricing.STEP)
    return [_priced(model, credits[model.slug]) for model in found if model.slug in credits]


def _priced(model: MotionModel, credits: int) -> ModelPrice:
    fitting = [label for shape, label in shapes.CHOICES if shape in model.aspects]
    return ModelPrice(
        title=model.title,
        note=model.note,
        maker=model.maker,
        usual=offers.usual_words(model.expected_seconds),
        shapes=", ".join(map(str, fitting)) if len(fitting) < len(shapes.CHOICES) else "",
        prices=[_price(model, credits, seconds) for seconds in LENGTHS],
    )


def _price(model: MotionModel, credits: int, seconds: int) -> str:
    """In whole steps, as `pricing` counts them."""
    return ledger.credits(credits * -(-seconds // pricing.STEP)) if model.can_make(seconds) else ""
