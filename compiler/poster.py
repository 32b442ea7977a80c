"""Picks the picture that stands for a film."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from echoes.kernel.ffmpeg import glimpses
from echoes.kernel.ffmpeg.glimpses import Picture

WIDEST = 1_280
QUALITY = 86
# How far into the film is looked, in key frames: a poster shows the beginning, not the end.
CANDIDATES = 8


def make(*, film: Path, out: Path) -> None:
    """Writes a JPEG, at most 1280 pixels wide: the liveliest of the first key frames. Raises NoPicture."""
    with glimpses.opened(film) as found:
        pictures = (found.still(key, width=WIDEST) for key in found.keys[:CANDIDATES])
        best: Picture = max(pictures, key=liveliness)
    Image.fromarray(best).save(out, "JPEG", quality=QUALITY, progressive=True)


def liveliness(picture: Picture) -> float:
    """Contrast and detail: a black frame has neither, a blurred card has little."""
    grey = cv2.cvtColor(cv2.resize(picture, (320, 180), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    detail = float(np.abs(cv2.Laplacian(grey, cv2.CV_32F)).mean())
    return float(grey.std()) + 2.0 * detail
