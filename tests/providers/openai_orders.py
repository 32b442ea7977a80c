"""Orders for the tests of the OpenAI adapter, and the service that they go to."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.test import override_settings

from providers import tasks
from providers.capabilities import (
    Capability,
    EarsRequest,
    EyesRequest,
    ImageRequest,
    ModerationRequest,
    Order,
    Picture,
    Request,
    Spec,
    WriterRequest,
)
from tests import pictures
from tests.contracts.openai import fake, recordings

WIRES = {
    Capability.WRITER: "gpt-6-luna",
    Capability.EYES: "gpt-6-luna",
    Capability.EARS: "gpt-transcribe",
    Capability.IMAGE: "gpt-image-2.5-flare",
    Capability.MODERATION: "omni-moderation-latest",
}
PRICES = {"input": 0.1, "output": 0.5, "image_input": 8, "image_output": 30}


@contextlib.contextmanager
def serving(*, strict: bool = True, key: str = fake.KEY, **behaviour: Any) -> Iterator[fake.OpenAI]:
    """A simulated OpenAI that Echoes is connected to."""
    with fake.running(**behaviour) as service:
        places = {"openai": (key, service.url)}
        with override_settings(PROVIDERS=places, PROVIDERS_STRICT=strict):
            yield service


def order(request: Request, capability: Capability, *, wire: str = "", **options: Any) -> Order:
    return Order(Spec("a-model", capability, wire or WIRES[capability], options, PRICES), request)


def writer(prompt: str = "zoom in", *, longest: int = 300, wire: str = "", **options: Any) -> Order:
    words = {"prompt": prompt, "characters": "200"}
    request = WriterRequest("improve", "Rewrite it.", words, tasks.Improved, longest)
    return order(request, Capability.WRITER, wire=wire, **options)


def eyes(folder: Path, *, look: dict[str, Any] | None = None) -> Order:
    return order(EyesRequest(picture(folder), "Look at it.", look or {}), Capability.EYES)


def image(*references: Picture, wire: str = "", **how: Any) -> Order:
    options = how.pop("options", {})
    settled: dict[str, Any] = {"prompt": "A lake", "aspect": "16:9", "seed": 1}
    request = ImageRequest(**settled | how, references=references)
    return order(request, Capability.IMAGE, wire=wire, **options)


def ears(folder: Path, *, language: str = "", wire: str = "", seconds: float = 2.0) -> Order:
    sound = recordings.wav(folder / "grandmother's voice.wav", seconds=seconds)
    return order(EarsRequest(sound, seconds, language), Capability.EARS, wire=wire)


def moderation(words: str = "", shown: Picture | None = None) -> Order:
    return order(ModerationRequest(words, shown), Capability.MODERATION)


def picture(folder: Path, *, seed: int = 1) -> Picture:
    path = pictures.jpeg(folder / f"{seed}.jpg", seed=seed, size=(96, 64))
    return Picture(path, "image/jpeg", 96, 64)


def every(folder: Path) -> dict[str, Order]:
    """One order for each route of the service."""
    return {
        "responses": writer(),
        "images": image(),
        "edits": image(picture(folder)),
        "transcriptions": ears(folder),
        "moderations": moderation("a lake"),
    }


def bodies(service: fake.OpenAI, route: str) -> list[dict[str, Any]]:
    """What came there, as JSON."""
    return [json.loads(call.body) for asked, call in service.calls if asked == route]
