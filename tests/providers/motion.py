"""Orders for motion, for tests of the adapters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from providers.capabilities import Capability, MotionRequest, Order, Picture, Spec
from tests import pictures

WORDS = "Clouds pass, slowly."


def order(
    folder: Path,
    wire: str = "gen4_turbo",
    *,
    prompt: str = WORDS,
    seconds: int = 5,
    aspect: str = "16:9",
    seed: int = 7,
    **options: Any,
) -> Order:
    """An order for a clip of a small landscape; `options` are the model's."""
    path = folder / "somebody's holiday.jpg"
    if not path.exists():
        pictures.jpeg(path, size=(320, 180))
    request = MotionRequest(Picture(path, "image/jpeg", 320, 180), prompt, seconds, aspect, seed)
    return Order(Spec(wire.replace(".", "-"), Capability.MOTION, wire, options), request)
