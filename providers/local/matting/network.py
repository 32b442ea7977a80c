"""The thing in a picture by a trained network (ISNet's form), where a deployment brings one: MATTING_MODEL.

The file takes 1 x 3 x 1024 x 1024 pixels as (x - 128) / 256 and gives the alpha itself. Those that can be had
are excellent even with hair, and take 6 s of a processor and 1.4 GB; whether their weights may be used is in
doubt everywhere (docs/operations.md), so none comes with Echoes, and the default does without.
"""

from __future__ import annotations

import threading
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from providers.local import weights
from providers.local.matting.separation import Separated

Picture = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

SIDE = 1024
MIDDLE, SPAN = 128, 256
FEW = 0.005
"""Of the picture: less than this is not a thing."""

_one_at_a_time = threading.Lock()


def separate(*, image: Picture, model: Path) -> Separated:
    """The thing in an RGB picture. Raises weights.Unusable."""
    network = weights.session(path=model)
    square = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    batch = np.ascontiguousarray(((square - MIDDLE) / SPAN).transpose(2, 0, 1)[None], np.float32)
    first = network.get_inputs()[0]
    with _one_at_a_time:  # each run takes more than a gigabyte
        found = network.run(None, {first.name: batch.astype(_kind(first.type))})[0]
    alpha = np.clip(np.asarray(found, np.float32).reshape(SIDE, SIDE), 0, 1)
    return Separated(_as_large(alpha, image), _sure(alpha))


def _kind(name: str) -> type[np.floating]:
    return np.float16 if "float16" in name else np.float32


def _as_large(alpha: Floats, image: Picture) -> Floats:
    large = cv2.resize(alpha, image.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(large, 0, 1), np.float32)


def _sure(alpha: Floats) -> float:
    """How decided it is where it sees anything: each pixel there is thing, or is not."""
    seen = alpha[alpha > 0.05]
    if seen.size < FEW * alpha.size:
        return 0.0
    return round(float(np.abs(2 * seen - 1).mean()), 3)
