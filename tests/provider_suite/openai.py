"""OpenAI's models in the suite. Prices as its price list had them in November 2026."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from providers.capabilities import Capability, Spec
from providers.openai import OPENAI
from tests.contracts.openai import fake
from tests.provider_suite import harness
from tests.provider_suite.harness import Maker

LUNA = {"input": 0.10, "cached": 0.01, "cache_write": 0.125, "output": 0.50}
FLARE = {"input": 5, "image_input": 8, "image_output": 30}


def made(
    capability: Capability, wire: str, *, most: str, prices: Mapping[str, Any] | None = None, **options: Any
) -> Maker:
    slug = f"openai-{capability}-{wire}"
    return harness.maker(
        name=f"openai {wire}",
        spec=Spec(slug, capability, wire, options, prices or {}),
        provider="openai",
        adapter=OPENAI,
        running=fake.running,
        key=fake.KEY,
        most=Decimal(most),
    )


MAKERS = [
    made(Capability.WRITER, "gpt-6-luna", most="0.01", prices=LUNA),
    made(Capability.EYES, "gpt-6-luna", most="0.01", prices=LUNA),
    made(Capability.EARS, "gpt-transcribe", most="0.01"),
    made(Capability.EARS, "whisper-1", most="0.02"),
    made(Capability.IMAGE, "gpt-image-2.5-flare", most="0.40", prices=FLARE, quality="low"),
    made(Capability.MODERATION, "omni-moderation-latest", most="0"),
]
