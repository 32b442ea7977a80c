"""Water: it shows what is above it, upside down and shaken, and its own colour where one looks into it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from echoes.demo.paint import Floats, Random, Size, as_floats, colour, grid, mix, tile

TILE = 1024


@dataclass(frozen=True)
class Water:
    """`line` is the row where it ends; `sway` how far (share of the picture's height) the mirror is shaken at
    the lower edge, `calm` how much less of it far away (0: as much); `ripples` their number across."""

    line: float
    sway: float
    calm: float
    ripples: float
    deep: str
    clear: float = 0.9
    long: float = 1.0


def under(
    above: Floats, water: Water, random: Random, *, things: tuple[Floats, Floats] | None = None
) -> Floats:
    """The picture with water below its line. `things` is a layer that is drawn already mirrored."""
    height, width = above.shape[:2]
    size = Size(width, height)
    x, y = grid(size)
    down = np.maximum(y - water.line, 0.5)
    tilt_x, tilt_y = _waves(size, water, down, random)
    sway = water.sway * height * (down / (height - water.line)) ** water.calm
    at_x = as_floats(x + tilt_x * sway * 0.2)
    at_y = as_floats(np.clip(water.line - np.abs(down - tilt_y * sway), 0, water.line - 1))
    mirrored = _sampled(above, at_x, at_y)
    if things is not None:
        shaken = as_floats(y + tilt_y * sway * 0.16)
        mirrored = mix(mirrored, _sampled(things[0], at_x, shaken), _sampled(things[1], at_x, shaken))
    glance = np.clip(down / height * 1.15 + tilt_y * 0.05, 0, 1)
    reflected = water.clear * (0.06 + 0.94 * (1 - glance) ** 1.7)
    surface = mix(np.broadcast_to(colour(water.deep), above.shape), mirrored, as_floats(reflected))
    return mix(above, surface, as_floats(np.clip(y - water.line + 0.5, 0, 1)))


def _waves(size: Size, water: Water, down: Floats, random: Random) -> tuple[Floats, Floats]:
    """The slope of the water sideways and towards us, of deviation 1 and less far away."""
    x, _ = grid(size)
    away = (size.height - water.line) / down
    across = (x / size.width - 0.5) * away * water.ripples * 9 / water.long
    along = away * water.ripples * 7
    swell, chop = tile(TILE, random, slope=3.4), tile(TILE, random, slope=2.2)
    tilts = [
        _sampled(field, as_floats(across * scale + shift), as_floats(along * scale), wrap=True)
        for field, scale, shift in ((swell, 1, 0), (chop, 3.1, 311), (swell, 0.9, 517), (chop, 2.7, 95))
    ]
    return as_floats(tilts[0] * 0.7 + tilts[1] * 0.5), as_floats(tilts[2] * 0.7 + tilts[3] * 0.55)


def _sampled(field: Floats, x: Floats, y: Floats, *, wrap: bool = False) -> Floats:
    edge = cv2.BORDER_WRAP if wrap else cv2.BORDER_REFLECT
    return as_floats(cv2.remap(field, x, y, cv2.INTER_LINEAR, borderMode=edge))
