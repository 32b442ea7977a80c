"""Orders for Replicate's models, and what became of them."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from typing import Any

from jobs.remote import Answered, Pending
from providers.capabilities import (
    Capability,
    ImageRequest,
    MotionRequest,
    Order,
    Picture,
    Spec,
)
from providers.replicate import REPLICATE, table
from tests.contracts.replicate import shapes
from tests.contracts.replicate.fake import Replicate

WAN = "wan-video/wan-2.2-i2v-fast"
SCHNELL = "black-forest-labs/flux-schnell"
KEY = "5f0c1d9e-1111-4222-8333-444455556666"
HOOK = "https://films.example.org/hooks/replicate/sealed/"


def spec(model: str, **options: Any) -> Spec:
    version = shapes.MODELS.get(model, {}).get("version")
    capability = table.WIRES[model].capability if model in table.WIRES else Capability.MOTION
    return Spec("slug", capability, f"{model}:{version}" if version else model, options)


def motion(
    picture: Picture, *, model: str = WAN, prompt: str = "Waves roll.", seconds: int = 5, **options: Any
) -> Order:
    aspect = options.pop("aspect", "16:9")
    return Order(spec(model, **options), MotionRequest(picture, prompt, seconds, aspect, seed=11))


def drawing(*, model: str = SCHNELL, **request: Any) -> Order:
    return Order(spec(model), ImageRequest("A boat", "16:9", seed=7, **request))


def uri(path: Path, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


def created(service: Replicate) -> list[dict[str, Any]]:
    return [call.json() for route, call in service.calls if route.startswith("create")]


def ask(remote_id: str) -> Pending | Answered:
    return asyncio.run(REPLICATE.ask(remote_id))


def ended(service: Replicate, order: Order) -> Answered:
    """How an order comes out, once it is over."""
    receipt = REPLICATE.submit(order, key=KEY)
    service.clock.advance(service.seconds + 1)
    said = ask(receipt.remote_id)
    assert isinstance(said, Answered)
    return said
