from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from openai.types.audio.transcription import UsageDuration, UsageTokens
from openai.types.images_response import Usage
from openai.types.responses import ResponseUsage

from providers.capabilities import Capability
from providers.models import Model
from providers.openai import usage

LUNA = {"input": 0.10, "cached": 0.01, "cache_write": 0.125, "output": 0.50}
FLARE = {"input": 5, "image_input": 8, "image_output": 30}


def words(inside: int, outside: int, *, cached: int = 0, written: int = 0) -> ResponseUsage:
    return ResponseUsage.model_validate(
        {
            "input_tokens": inside,
            "input_tokens_details": {"cached_tokens": cached, "cache_write_tokens": written},
            "output_tokens": outside,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": inside + outside,
        }
    )


def pictures(text: int, image: int, made: int, **details: Any) -> Usage:
    return Usage.model_validate(
        {
            "input_tokens": text + image,
            "input_tokens_details": {"text_tokens": text, "image_tokens": image},
            "output_tokens": made,
            "total_tokens": text + image + made,
            **details,
        }
    )


class TestUsd:
    @pytest.mark.parametrize(
        ("counted", "prices", "usd"),
        [
            (words(1_000_000, 0), LUNA, "0.1"),
            (words(0, 1_000_000), LUNA, "0.5"),
            (words(1_000, 200), LUNA, "0.0002"),
            (words(1_000_000, 0, cached=600_000, written=400_000), LUNA, "0.056"),
            (words(1_000, 0, cached=1_000), {"input": 1, "output": 1}, "0.001"),
            (pictures(100, 0, 1_000), FLARE, "0.0305"),
            (pictures(100, 1_000, 1_000), FLARE, "0.0385"),
            (
                pictures(0, 0, 1_000, output_tokens_details={"text_tokens": 400, "image_tokens": 600}),
                {**FLARE, "output": 10},
                "0.022",
            ),
        ],
    )
    def test_is_what_the_tokens_cost(self, counted: Any, prices: dict[str, Any], usd: str) -> None:
        assert usage.usd(counted, prices) == Decimal(usd)

    def test_is_exact_where_prices_are_text(self) -> None:
        assert usage.usd(words(30, 0), {"input": "0.1"}) == Decimal("0.000003")

    def test_is_never_less_than_it_was(self) -> None:
        assert usage.usd(words(31, 0), {"input": "0.1"}) == Decimal("0.000004")

    @pytest.mark.parametrize(
        ("counted", "prices"),
        [
            (None, LUNA),
            (UsageDuration(type="duration", seconds=60), LUNA),
            (words(10, 10), {}),
            (words(10, 10), {"input": 1}),
            (pictures(10, 0, 10), {"input": 1}),
        ],
    )
    def test_is_not_known_without_tokens_or_a_price(self, counted: Any, prices: dict[str, Any]) -> None:
        assert usage.usd(counted, prices) is None

    def test_counts_what_was_heard_too(self) -> None:
        heard = UsageTokens(type="tokens", input_tokens=100, output_tokens=10, total_tokens=110)
        assert usage.usd(heard, {"input": 1, "output": 5}) == Decimal("0.00015")


def test_prices_come_with_the_model() -> None:
    model = Model(slug="luna", capability=Capability.WRITER, wire="gpt-6-luna", token_prices=LUNA)
    assert model.spec.prices == LUNA
