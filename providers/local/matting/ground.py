"""The ground behind a thing, told from a picture's rim: one smooth colour, lit from somewhere.

A sheet of paper, a wall, a sky: in Lab each of their channels is a low polynomial of the place. It is fitted
to the rim, again and again without what does not fit, since a thing may well reach into it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

RIM = 0.03
"""Of the shorter side."""
ROUNDS = 6
FITS = 2.5
"""Spreads of the rim within which a pixel is ground."""
LEAST_SPREAD = 1.0
"""In Lab; a drawn ground has none at all."""
SHADE = 0.45
"""What a shadow takes of the light at most."""


@dataclass(frozen=True, eq=False)
class Ground:
    """`away` is how far each pixel's colour is from the ground's at its place, in Lab; `shaded`, from the
    ground's in a shadow, where it might be one; `spread` how far ground itself usually is; `share` how much
    of the rim is ground."""

    away: Floats
    shaded: Floats
    spread: float
    share: float


def lab(*, image: Picture) -> Floats:
    """L 0 to 100, a and b about -100 to 100: a step of one is about what an eye sees."""
    return np.asarray(cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)


def find(*, colours: Floats) -> Ground:
    """The ground of a picture in Lab."""
    height, width = colours.shape[:2]
    terms, rim = _terms(height, width), _rim(height, width)
    on_rim, seen = terms[rim], colours[rim].astype(np.float64)
    fits = np.ones(len(seen), bool)
    for _ in range(ROUNDS):
        weights, *_ = np.linalg.lstsq(on_rim[fits], seen[fits], rcond=None)
        off = np.sqrt(((seen - on_rim @ weights) ** 2).sum(axis=1))
        spread = max(LEAST_SPREAD, float(np.median(off[fits])))
        fits = off <= FITS * spread
        if fits.sum() < 6 * terms.shape[-1]:
            break
    modelled = (terms.reshape(-1, terms.shape[-1]) @ weights).reshape(height, width, 3)
    away = np.sqrt(np.square(colours - modelled).sum(axis=2))
    shaded = np.where(_is_darker(colours[..., 0], modelled[..., 0]), _in_shadow(colours, modelled), away)
    return Ground(np.asarray(away, np.float32), np.asarray(shaded, np.float32), spread, float(fits.mean()))


def _terms(height: int, width: int) -> npt.NDArray[np.float64]:
    """1, x, y and their products, for every pixel."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    x, y = 2 * x / max(1, width - 1) - 1, 2 * y / max(1, height - 1) - 1
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)


def _rim(height: int, width: int) -> npt.NDArray[np.bool_]:
    deep = max(2, round(RIM * min(height, width)))
    rim = np.ones((height, width), bool)
    rim[deep:-deep, deep:-deep] = False
    return rim


def _in_shadow(colours: Floats, ground: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How far each colour is from that of a ground that is as dark. Less light takes from a and b in
    proportion to L + 16: all three are of the cube root of light."""
    dimmed = ground[..., 1:] * ((colours[..., :1] + 16) / (ground[..., :1] + 16))
    return np.asarray(np.sqrt(np.square(colours[..., 1:] - dimmed).sum(axis=2)), np.float64)


def _is_darker(light: Floats, ground: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    return (light < ground) & (light > (1 - SHADE) * ground)
