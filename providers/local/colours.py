"""The colours of a picture by the names that people give them, the most frequent first."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

LOOKED_AT = 96
"""Pixels of the longer side."""
BLACK_BELOW, WHITE_FROM = 0.14, 0.86
"""Of the light, for what has hardly any colour."""
GREY_BELOW = 0.16
"""Of the most that a colour can be, by its light."""
BROWN_BELOW = 0.62
"""Orange with less light than this is called brown."""
HUES = (
    (15, "red"),
    (42, "orange"),
    (68, "yellow"),
    (160, "green"),
    (195, "turquoise"),
    (255, "blue"),
    (290, "purple"),
    (335, "pink"),
    (361, "red"),
)
"""Degrees up to which a hue has that name."""
NAMES = (
    "black",
    "grey",
    "white",
    "red",
    "orange",
    "brown",
    "yellow",
    "green",
    "turquoise",
    "blue",
    "purple",
    "pink",
)


def shares(*, image: Picture) -> dict[str, float]:
    """How much of an RGB picture has each colour, the largest first; those that are there only."""
    names, counts = np.unique(_named(_small(image)), return_counts=True)
    total = int(counts.sum())
    found = {NAMES[name]: count / total for name, count in zip(names.tolist(), counts.tolist(), strict=True)}
    return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))


def dominant(*, image: Picture, least: float = 0.12, most: int = 3) -> list[str]:
    """The colours that make the picture, at least one."""
    found = list(shares(image=image).items())
    return [name for place, (name, share) in enumerate(found[:most]) if not place or share >= least]


def _small(image: Picture) -> Floats:
    scale = min(1.0, LOOKED_AT / max(image.shape[:2]))
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA) / 255, np.float32)


def _named(pixels: Floats) -> npt.NDArray[np.int64]:
    """The place in NAMES of each pixel's colour."""
    hsv = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV)
    hue, value = hsv[..., 0], hsv[..., 2]
    chroma = value - pixels.min(axis=2)
    light = (value + pixels.min(axis=2)) / 2
    edges = np.array([edge for edge, _ in HUES])
    by_hue = np.array([NAMES.index(name) for _, name in HUES])[np.searchsorted(edges, hue, side="right")]
    brown = (by_hue == NAMES.index("orange")) & (value < BROWN_BELOW)
    coloured = np.where(brown, NAMES.index("brown"), by_hue)
    plain = np.where(light < BLACK_BELOW, 0, np.where(light >= WHITE_FROM, 2, 1))
    is_plain = (chroma < GREY_BELOW * np.minimum(1, 0.4 + value)) | (light < BLACK_BELOW / 2)
    return np.asarray(np.where(is_plain, plain, coloured), np.int64)
