"""Which models serve which capability: a literal table, whose entries are imported when they are used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from django.utils.module_loading import import_string

from echoes.kernel import shapes
from echoes.kernel.errors import EchoesError


class UnknownModel(EchoesError):
    """This way of making a clip does not exist any more. Please choose another."""

    code = "unknown_model"


class Motion(Protocol):
    """Turns an upright photo (for FOOTAGE, a video) into a silent clip of exactly seconds * fps frames.
    `focus` is what somebody wants to keep in view, in shares of its sides; None leaves it to the model."""

    def __call__(
        self,
        *,
        photo: Path,
        out: Path,
        aspect: str,
        quality: str = shapes.STANDARD,
        focus: tuple[float, float] | None = None,
        fps: int,
        seconds: int,
        seed: int,
        prompt: str,
        on_progress: Callable[[float], None],
        cancelled: Callable[[], bool],
    ) -> Path: ...


@dataclass(frozen=True)
class MotionModel:
    slug: str
    title: str
    note: str
    price_label: str
    version: str  # dotted path of the version that enters digests
    render: str  # dotted path of a Motion

    def load(self) -> Motion:
        found: Motion = import_string(self.render)
        return found

    def load_version(self) -> str:
        return str(import_string(self.version))


# The model of clips that were videos when they came.
FOOTAGE = "video"

MOTION = {
    "local": MotionModel(
        slug="local",
        title="Camera move",
        note="Made on this machine",
        price_label="Free",
        version="providers.local.motion.VERSION",
        render="providers.local.motion.render",
    ),
    FOOTAGE: MotionModel(
        slug=FOOTAGE,
        title="Your video",
        note="Your video",
        price_label="Free",
        version="providers.local.footage.VERSION",
        render="providers.local.footage.render",
    ),
}


def motion(slug: str) -> MotionModel:
    """The model of that name; raises UnknownModel."""
    try:
        return MOTION[slug]
    except KeyError:
        raise UnknownModel from None
