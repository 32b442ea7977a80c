"""The soft picture behind a title: a frame of the clip beside it, far out of focus and in the dark."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from compiler import decode
from echoes.kernel.shapes import Size

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]

# Of light: how much of the picture is left, and the dusk that takes its place (R, G, B, 0..255).
BRIGHTNESS = 0.5
DUSK = np.array((24.0, 20.0, 30.0), np.float32)
BRIGHTEST = 150.0
# Half of a level of noise keeps eight bits from showing steps in a soft gradient.
GRAIN = 0.8


def frame(*, path: Path, index: int, fps: int) -> Picture:
    """One decoded frame as RGB, counted from 0. Raises SourceNotMezzanine where there is none."""
    (found,) = decode.frames(path=path, first=index, last=index + 1, fps=fps)
    rgb = found.reformat(format="rgb24", src_colorspace="ITU709", dst_colorspace="ITU709")
    return np.asarray(rgb.to_ndarray(), np.uint8)


def draw(*, picture: Picture, size: Size) -> Picture:
    """RGB of `size`: the picture blurred, darkened towards its edges, with a breath of grain."""
    soft = _blurred(picture, size)
    dark = _darkened(soft) * _vignette(size) + DUSK
    noise = np.random.default_rng(7).normal(0.0, GRAIN, dark.shape[:2])[..., None]
    return np.clip(dark + noise, 0, 255).astype(np.uint8)


def _blurred(picture: Picture, size: Size) -> Floats:
    """Blurred small, where it is cheap, and enlarged smoothly."""
    small = cv2.resize(picture, (size.width // 16, size.height // 16), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small.astype(np.float32), (0, 0), min(small.shape[:2]) / 14)
    large = cv2.resize(soft, (size.width, size.height), interpolation=cv2.INTER_CUBIC)
    return cv2.GaussianBlur(large, (0, 0), 9).astype(np.float32)


def _darkened(soft: Floats) -> Floats:
    """Dark enough for light words, whatever the photo: white walls are pulled down further than dusk."""
    peak = max(1.0, float(np.percentile(soft, 98)))
    return soft * np.float32(min(BRIGHTNESS, BRIGHTEST * BRIGHTNESS / peak))


def _vignette(size: Size) -> Floats:
    y, x = np.mgrid[-1 : 1 : size.height * 1j, -1 : 1 : size.width * 1j]
    light: Floats = (1.0 - 0.28 * (x * x + y * y)).astype(np.float32)
    return light[..., None]
