"""The local studio: a provider like any other, without a key and without a network, and the default until
there is one. What it makes is real, and made of what people bring: it has no generative model.

Each of its makers can be absent on its own: a package or a file of weights that is not there switches off
what needs it, and nothing else. Nothing heavy is imported before it is used, and by a web process never.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.module_loading import import_string
from django.utils.translation import gettext, ngettext

from echoes.kernel.errors import gettext_noop
from providers import capabilities
from providers.capabilities import Answer, Capability, Order
from providers.errors import Failed
from providers.local import weights


@dataclass(frozen=True)
class Maker:
    """`answer` is the dotted path of what does it, given a `request`; `packages` and `weights` what it needs;
    `note` says what it is, to people."""

    answer: str
    request: type
    note: str
    packages: tuple[str, ...] = ()
    weights: weights.Packaged | None = None


PICTURES = ("cv2", "numpy")
MAKERS = {
    Capability.MOTION: Maker(
        "providers.local.filming.answer",
        capabilities.MotionRequest,
        gettext_noop(
            "A camera move over your photo, made on this machine; with depth where one thing stands clearly "
            "before its ground."
        ),
        (*PICTURES, "PIL", "imageio_ffmpeg"),
    ),
    Capability.MUSIC: Maker(
        "providers.local.composer.answer",
        capabilities.MusicRequest,
        gettext_noop(
            "Composed from a mood and a length, and played by synthetic instruments on this machine."
        ),
        ("numpy", "scipy", "imageio_ffmpeg"),
    ),
    Capability.WRITER: Maker(
        "providers.local.writing.writer.answer",
        capabilities.WriterRequest,
        gettext_noop("Written by rules on this machine, from your own words; English."),
    ),
    Capability.EYES: Maker(
        "providers.local.eyes.answer",
        capabilities.EyesRequest,
        gettext_noop(
            "Faces, colours, light and shape, measured on this machine; it does not know what things are."
        ),
        PICTURES,
    ),
    Capability.CUTOUT: Maker(
        "providers.local.cutout.answer",
        capabilities.CutoutRequest,
        gettext_noop(
            "Cut out on this machine, well before a plain ground; please look at it before you use it."
        ),
        PICTURES,
    ),
    Capability.MODERATION: Maker(
        "providers.local.moderation.answer",
        capabilities.ModerationRequest,
        gettext_noop("Pictures only, judged by a small classifier on this machine."),
        ("numpy", "PIL", "onnxruntime"),
        weights.OPEN_NSFW,
    ),
}
NAMES = {"cv2": "opencv-python-headless", "PIL": "Pillow", "imageio_ffmpeg": "imageio-ffmpeg"}
"""Of packages that are called otherwise than what is imported."""


def available() -> dict[Capability, str]:
    """Of each capability that the studio has: empty, or why it is absent on this machine, in a sentence.
    Nothing is imported for it."""
    return {capability: _why_not(maker) for capability, maker in MAKERS.items()}


def notes() -> dict[Capability, str]:
    """What each of them is, in a sentence for people."""
    return {capability: gettext(maker.note) for capability, maker in MAKERS.items()}


class Studio:
    """A capabilities.Direct."""

    def answer(
        self,
        order: Order,
        *,
        folder: Path,
        on_progress: Callable[[float], None] = lambda share: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Answer:
        """What does not depend on the machine's mood comes out the same for the same order. Costs nothing."""
        maker = _maker(order)
        make: Any = import_string(maker.answer)
        try:
            made: Answer = make(order.request, folder=folder, on_progress=on_progress, cancelled=cancelled)
        except weights.Unusable as error:
            raise Failed("model_gone", detail=str(error)) from error
        return made


STUDIO = Studio()


def _maker(order: Order) -> Maker:
    """Who does it; raises Failed where nobody can."""
    maker = MAKERS.get(order.spec.capability)
    if maker is None:
        raise Failed("model_gone", detail=f"the local studio has no {order.spec.capability}")
    if why := _why_not(maker):
        raise Failed("model_gone", detail=why)
    if not isinstance(order.request, maker.request):
        raise Failed("bad_input", detail=f"{type(order.request).__name__} for {order.spec.capability}")
    return maker


def _why_not(maker: Maker) -> str:
    lacking = [NAMES.get(name, name) for name in maker.packages if importlib.util.find_spec(name) is None]
    if lacking:
        said = ngettext("{names} is not installed.", "{names} are not installed.", len(lacking))
        return said.format(names=gettext(" and ").join(lacking))
    if maker.weights and maker.weights.path() is None:
        said = gettext("The weights of {package} are not installed.")
        return said.format(package=maker.weights.distribution)
    return ""
