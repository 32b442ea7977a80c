"""A thing without its background, as a PNG with an alpha channel.

By the network that a deployment brings, where it can be loaded; else without any (`matting.separation`),
which is good before something plain and says so when it is not. Where no thing is found nothing is taken
away, and the answer is not sure at all.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from django.conf import settings

from echoes.kernel.errors import Cancelled
from providers.capabilities import Answer, Cut, CutoutRequest
from providers.errors import Failed
from providers.local import weights
from providers.local.matting import edges, network, separation
from providers.local.matting.separation import Separated

Pixels = npt.NDArray[np.uint8]

log = logging.getLogger(__name__)

NOTHING = 0.002
"""Of the picture: a smaller thing is none."""


def answer(
    request: CutoutRequest,
    *,
    folder: Path,
    on_progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> Answer:
    image = cv2.imread(str(request.picture.path), cv2.IMREAD_COLOR_RGB)
    if image is None:
        raise Failed("bad_input", detail="the picture cannot be read")
    found = separated(image=np.asarray(image, np.uint8))
    if cancelled():
        raise Cancelled
    out = folder / "cutout.png"
    _write(np.asarray(image, np.uint8), found, out)
    on_progress(1.0)
    return Answer(files=(out,), said=Cut(sure=found.sure).model_dump())


def separated(*, image: Pixels) -> Separated:
    """The thing in an RGB picture; all of the picture, and not sure, where there is none."""
    found = _by_network(image) or separation.separate(image=image)
    if float(found.alpha.mean()) >= NOTHING:
        return found
    return Separated(np.ones(image.shape[:2], np.float32), 0.0)


def _by_network(image: Pixels) -> Separated | None:
    """None where there is no network, or none that can be loaded: `make doctor` says which."""
    if settings.MATTING_MODEL is None:
        return None
    try:
        return network.separate(image=image, model=settings.MATTING_MODEL)
    except weights.Unusable as error:
        log.warning("cutting out without MATTING_MODEL: %s", error)
        return None


def _write(image: Pixels, found: Separated, out: Path) -> None:
    alpha = np.rint(found.alpha * 255).astype(np.uint8)
    colours = edges.own_colours(image=image, alpha=found.alpha)
    layered = np.dstack([colours[..., ::-1], alpha])
    if not cv2.imwrite(str(out), layered):
        raise OSError(f"{out.name} could not be written")
