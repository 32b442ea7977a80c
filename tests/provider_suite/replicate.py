"""Replicate's models, simulated or real: the official ones by name, the others by a pinned version."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from providers.capabilities import Capability, Spec
from providers.replicate import REPLICATE
from tests.contracts.replicate import fake
from tests.contracts.replicate.shapes import MODELS
from tests.provider_suite import harness
from tests.provider_suite.harness import Maker


def _maker(model: str, capability: Capability, *, most: str, **options: Any) -> Maker:
    version = MODELS[model].get("version")
    short = model.rpartition("/")[2]
    return harness.maker(
        name=f"replicate {short}",
        spec=Spec(
            f"replicate-{short.replace('.', '-')}",
            capability,
            f"{model}:{version}" if version else model,
            options,
        ),
        provider="replicate",
        adapter=REPLICATE,
        running=fake.running,
        key=fake.KEY,
        most=Decimal(most),
    )


MAKERS = [
    _maker("wan-video/wan-2.2-i2v-fast", Capability.MOTION, most="0.15", resolution="480p"),
    _maker("kwaivgi/kling-v2.1", Capability.MOTION, most="0.60", mode="standard"),
    _maker("black-forest-labs/flux-schnell", Capability.IMAGE, most="0.02"),
    _maker("black-forest-labs/flux-dev", Capability.IMAGE, most="0.05", output_format="webp"),
    _maker("black-forest-labs/flux-canny-pro", Capability.IMAGE, most="0.10"),
    _maker("black-forest-labs/flux-canny-dev", Capability.IMAGE, most="0.10"),
    _maker("black-forest-labs/flux-kontext-pro", Capability.IMAGE, most="0.10"),
    _maker("meta/musicgen", Capability.MUSIC, most="0.15", output_format="mp3"),
    _maker("bria/remove-background", Capability.CUTOUT, most="0.05"),
    _maker("851-labs/background-remover", Capability.CUTOUT, most="0.02"),
    _maker("cjwbw/rembg", Capability.CUTOUT, most="0.02"),
    _maker("openai/whisper", Capability.EARS, most="0.05"),
]
