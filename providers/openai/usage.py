"""What an answer cost, from the tokens that the service counted and the prices of the model's row.

Prices are dollars for a million tokens, by these names:

    input, output               words, in and out (reasoning counts as output)
    cached, cache_write         of the words in, those that it had kept, and those that it keeps now
    image_input, image_output   pictures, in and out

One that is missing is that of `input` or `output`. From 272,000 tokens on the service asks more; we never
send so many.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_UP, Decimal
from typing import Any

MILLION = Decimal(1_000_000)
PLACES = Decimal("0.000001")  # as costs are kept; what is less counts as that much
INSTEAD = {
    "cached": "input",
    "cache_write": "input",
    "image_input": "input",
    "image_output": "output",
}


def usd(usage: Any, prices: Mapping[str, Any]) -> Decimal | None:
    """Of a usage object of the SDK's; None where it counts no tokens, or a price is not known."""
    counted = tokens(usage)
    found = {name: _price(name, prices) for name, count in counted.items() if count}
    if not counted or None in found.values():
        return None
    asked = sum((counted[name] * (price or 0) for name, price in found.items()), Decimal(0))
    return (asked / MILLION).quantize(PLACES, ROUND_UP)


def tokens(usage: Any) -> dict[str, int]:
    """How many of each name; none at all where the service counts otherwise."""
    if getattr(usage, "input_tokens", None) is None:
        return {}
    inside, outside = getattr(usage, "input_tokens_details", None), usage.output_tokens
    counted = {
        "cached": _count(inside, "cached_tokens"),
        "cache_write": _count(inside, "cache_write_tokens"),
        "image_input": _count(inside, "image_tokens"),
    }
    drawn = _drawn(usage)
    plain = max(0, usage.input_tokens - sum(counted.values()))
    return counted | {"input": plain, "image_output": drawn, "output": outside - drawn}


def _drawn(usage: Any) -> int:
    """Tokens that are a picture. Where the service does not divide what it made for pictures, all are."""
    is_of_pictures = hasattr(getattr(usage, "input_tokens_details", None), "image_tokens")
    details = getattr(usage, "output_tokens_details", None)
    if not is_of_pictures:
        return 0
    return _count(details, "image_tokens") if details else int(usage.output_tokens)


def _count(details: Any, name: str) -> int:
    return int(getattr(details, name, 0) or 0)


def _price(name: str, prices: Mapping[str, Any]) -> Decimal | None:
    price = prices.get(name, prices.get(INSTEAD.get(name, name)))
    return None if price is None else Decimal(str(price))
