"""A sailing boat on a bright afternoon sea."""

from __future__ import annotations

import numpy as np
import skia

from echoes.demo import air, sea, things
from echoes.demo.paint import (
    Floats,
    Random,
    Size,
    as_floats,
    colour,
    grid,
    halo,
    layer,
    lit,
    mix,
    on,
    profile,
    smooth,
)

SKY = [(0, "#2c6bb0"), (0.5, "#649fd0"), (0.85, "#b4d3e2"), (1.0, "#eedfc4"), (3.0, "#eedfc4")]
BOAT = (0.41, 0.68, 0.36)
"""Middle and waterline of the boat, and its height, as shares of the picture."""


def paint(size: Size, random: Random) -> Floats:
    horizon = size.height * 0.53
    sky = air.sky(size, horizon, SKY)
    dense, through = air.cloud_deck(size, horizon, random, lumps=0.42, cover=0.5, stretch=1.2, toward=-1.2)
    white = mix(np.broadcast_to(colour("#8fa3bb"), sky.shape), colour("#fffaf0") * 1.2, through * 0.75 + 0.25)
    _, y = grid(size)
    sky = mix(sky, white, dense * smooth(-y, -horizon, -horizon * 0.45) * 0.92)
    sky = lit(
        sky, "#ffe2ae", halo(size, size.width * 0.8, size.height * 0.1, size.width * 0.16, power=1.6) * 0.55
    )
    above = _coast(sky, size, horizon, random)
    water = sea.Water(horizon, sway=0.16, calm=0.28, ripples=26, deep="#0c3d52", clear=0.86, long=2.4)
    mirrored = layer(size, lambda canvas: _boat(canvas, size, mirrored=True))
    picture = sea.under(above, water, random, things=mirrored)
    return on(picture, layer(size, lambda canvas: _boat(canvas, size, mirrored=False)), light=1.15)


def _boat(canvas: skia.Canvas, size: Size, *, mirrored: bool) -> None:
    x, y, height = BOAT
    with things.placed(canvas, size.width * x, size.height * y, size.height * height, mirrored=mirrored):
        canvas.rotate(4)
        things.yacht(canvas)


def _coast(sky: Floats, size: Size, horizon: float, random: Random) -> Floats:
    """Hills far away over the water, blue with distance."""
    x, y = grid(size)
    picture = sky
    for code, height, cells, side in (("#9db4c8", 0.1, 4, 1), ("#6d8ca6", 0.062, 5, -1)):
        line = profile(size.width, random, cells=cells, octaves=8, gain=0.48)
        rise = smooth(side * (x[:1] / size.width - 0.5), -0.12, 0.5)
        top = horizon - size.height * height * rise * (0.3 + line)
        picture = mix(picture, colour(code), as_floats(np.clip(y - top + 0.5, 0, 1)))
    return mix(
        picture, colour("#f0e7d6"), as_floats(np.exp(-(((y - horizon) / (size.height * 0.016)) ** 2)) * 0.55)
    )
