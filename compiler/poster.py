"""Picks the picture that stands for a film."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from echoes.kernel.ffmpeg import glimpses, sprite
from echoes.kernel.ffmpeg.glimpses import Picture

WIDEST = 1_280
QUALITY = 86
# How far into the film is looked, in key frames: a poster shows the beginning, not the end.
CANDIDATES = 8


def make(*, film: Path, out: Path, cell: int | None = None, frame: int | None = None) -> None:
    """Writes a JPEG, at most 1280 pixels wide: what the film's sheet shows in `cell`, the very `frame`, or,
    with neither, the liveliest of the first key frames. Raises NoPicture."""
    with glimpses.opened(film) as found:
        if cell is not None:
            picture = found.still(sprite.shown_in(cell, found), width=WIDEST)
        elif frame is not None:
            picture = next(found.moment(frame, frame + 1, fps=found.fps, width=WIDEST))
        else:
            picture = _liveliest(found)
    Image.fromarray(picture).save(out, "JPEG", quality=QUALITY, progressive=True)


def liveliness(picture: Picture) -> float:
    """Contrast and detail: a black frame has neither, a blurred card has little."""
    grey = cv2.cvtColor(cv2.resize(picture, (320, 180), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    detail = float(np.abs(cv2.Laplacian(grey, cv2.CV_32F)).mean())
    return float(grey.std()) + 2.0 * detail


def _liveliest(found: glimpses.Film) -> Picture:
    pictures = (found.still(key, width=WIDEST) for key in found.keys[:CANDIDATES])
    return max(pictures, key=liveliness)
