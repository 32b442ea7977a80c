"""Pictures drawn for the tests: nothing in them was photographed, and each is the same every time."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

Picture = npt.NDArray[np.uint8]


def landscape(*, width: int, height: int, seed: int = 1) -> Picture:
    """Sky, hills, grain and a red roof."""
    chance = np.random.default_rng(seed)
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    picture = (
        np.array([110, 160, 220], np.float32) * (1 - rows) + np.array([210, 200, 160], np.float32) * rows
    )
    picture = np.repeat(picture, width, axis=1)
    for hill in range(4):
        middle = (int(chance.uniform(0, width)), int(height * (0.8 + 0.1 * hill)))
        axes = (int(width * 0.4), int(height * 0.3))
        colour = [float(value) for value in chance.uniform(40, 120, 3)]
        cv2.ellipse(picture, middle, axes, 0, 0, 360, colour, -1)
    picture += chance.normal(0, 2, picture.shape).astype(np.float32)
    left, top = int(width * 0.6), int(height * 0.45)
    cv2.rectangle(picture, (left, top), (left + width // 10, top + height // 8), (200.0, 30.0, 20.0), -1)
    return np.asarray(np.clip(picture, 0, 255), np.uint8)


def texture(*, width: int, height: int, seed: int = 1) -> Picture:
    """Smooth noise without any period, on which a shift can be measured to a fraction of a pixel."""
    chance = np.random.default_rng(seed)
    noise = chance.normal(0, 1, (height, width)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 6) + cv2.GaussianBlur(noise, (0, 0), 14) * 3
    grey = np.clip(128 + 45 * (soft - soft.mean()) / soft.std(), 0, 255).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def saved(*, picture: Picture, at: Path) -> Path:
    Image.fromarray(picture).save(at, quality=95)
    return at


def shift(*, one: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> tuple[float, float]:
    """How many pixels a picture has moved to the right and down, up to about one.

    By least squares over its gradients, which have no liking for whole pixels as phase correlation has.
    """
    mean = (one + other) / 2
    rows, columns = np.gradient(mean)
    slopes = np.stack([columns.ravel(), rows.ravel()], axis=1).astype(np.float64)
    moved, *_ = np.linalg.lstsq(slopes, (one - other).ravel().astype(np.float64), rcond=None)
    return float(moved[0]), float(moved[1])
