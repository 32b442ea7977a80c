"""A hot-air balloon over hills, early, with mist in the hollows."""

from __future__ import annotations

import numpy as np
import skia
from scipy.spatial import cKDTree

from echoes.demo import air, land, things
from echoes.demo.paint import (
    Floats,
    Random,
    Size,
    as_floats,
    blur,
    colour,
    halo,
    layer,
    lit,
    mix,
    noise,
    on,
    ramp,
    smooth,
)

SKY = [(0, "#4f86c0"), (0.4, "#8fb6d8"), (0.75, "#e2d3c4"), (1.0, "#ffe2b0"), (3.0, "#ffe2b0")]
SIDE = 1792
STEP = 16 / SIDE


def paint(size: Size, random: Random) -> Floats:
    horizon = size.height * 0.5
    sun_x, sun_y = size.width * 0.92, size.height * 0.4
    sky = air.sky(size, horizon, SKY)
    high = air.streaks(size, random, across=2.4, down=8, cover=0.45)
    sky = mix(sky, colour("#fff1dc") * 1.05, high * 0.5)
    picture = _ground(sky, size, horizon, halo(size, sun_x, sun_y, size.width * 0.34, power=1.2), random)
    picture = lit(picture, "#ffc982", halo(size, sun_x, sun_y, size.width * 0.26, power=1.5) * 0.42)
    picture = on(picture, layer(size, lambda canvas: _far(canvas, size)), light=0.92)
    return on(picture, layer(size, lambda canvas: _near(canvas, size)), light=1.12)


def _near(canvas: skia.Canvas, size: Size) -> None:
    with things.placed(canvas, size.width * 0.31, size.height * 0.3, size.width * 0.19):
        things.balloon(canvas, ("#c8402f", "#f3b23c", "#c8402f", "#f7e3bd", "#c8402f", "#f3b23c"), light=1)


def _far(canvas: skia.Canvas, size: Size) -> None:
    for x, y, width, codes in (
        (0.665, 0.36, 0.042, ("#5f7fa8", "#dfe3e4")),
        (0.79, 0.27, 0.026, ("#b98a8f", "#ecd9c0")),
    ):
        with things.placed(canvas, size.width * x, size.height * y, size.width * width):
            things.balloon(canvas, codes, light=1)


def _ground(sky: Floats, size: Size, horizon: float, warm: Floats, random: Random) -> Floats:
    heights = land.eroded(SIDE, random, cells=5, octaves=5, gain=0.4) * 1.15
    woods = smooth(noise(Size(SIDE, SIDE), random, cells=(26, 26), octaves=4), 0.56, 0.62)
    trees = random.random((SIDE, SIDE), np.float32) ** 2 * woods * 0.03 + woods * 0.012
    terrain = land.Land(as_floats(heights + trees), STEP)
    camera = land.Camera(size, horizon, size.width * 1.05, 1.45, 0.9, 15.5)
    seen = land.look(terrain, camera)
    surface = _fields(woods, random)
    shown = np.stack([terrain.at(as_floats(surface[..., c]), seen.x, seen.z) for c in range(3)], axis=-1)
    sun = terrain.at(land.daylight(terrain, azimuth=58, elevation=15), seen.x, seen.z)
    ground = shown * (sun[..., None] * colour("#ffcf8e") * 3.0 + colour("#8fa9cf") * 0.5)
    high = terrain.at(terrain.heights, seen.x, seen.z)
    mist = land.fog(seen, high, camera=camera, density=5.0, falls=5.0)
    haze = mix(ramp([(0, "#9db3cc"), (1, "#d8cfca")], smooth(seen.z, 1, 10)), colour("#ffdcaa"), warm)
    veil = as_floats(1 - np.exp(-0.06 * seen.z))
    veiled = mix(mix(as_floats(ground), haze, veil), mix(haze, colour("#fff0dc"), 0.55), mist)
    return mix(sky, veiled, blur(seen.cover, 0.8))


def _fields(woods: Floats, random: Random) -> Floats:
    """A patchwork of meadow, stubble and ploughed earth, with woods between."""
    count = 460
    middles = (random.random((count, 2)) * SIDE).astype(np.float32)
    kind, edge = _nearest(middles, random)
    codes = ["#6f8f3e", "#8aa24a", "#c9b25f", "#5d7d39", "#a88a52", "#7d9a45", "#d8c47a", "#577a3c"]
    palette = np.stack([colour(code) for code in codes])
    fields = palette[kind % len(codes)]
    rows = 0.88 + 0.24 * noise(Size(SIDE, SIDE), random, cells=(220, 220), octaves=3)
    green = mix(as_floats(fields * rows[..., None]), colour("#2f4a26"), (1 - smooth(edge, 1.0, 3.0)) * 0.8)
    autumn = ramp(
        [(0, "#26401f"), (0.55, "#4c5a26"), (1, "#a9702a")], random.random((SIDE, SIDE), np.float32)
    )
    return mix(green, autumn, woods)


def _nearest(middles: Floats, random: Random) -> tuple[np.ndarray, Floats]:
    """Which field each cell belongs to, and how far its hedge is, in cells; borders bend a little."""
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    bend = [(noise(Size(SIDE, SIDE), random, cells=(20, 20), octaves=3) - 0.5) * 40 for _ in range(2)]
    places = np.stack((x + bend[0], (y + bend[1])), axis=-1).reshape(-1, 2)
    distance, number = cKDTree(middles).query(places, k=2, workers=1)
    edge = (distance[:, 1] - distance[:, 0]).reshape(SIDE, SIDE)
    return number[:, 0].reshape(SIDE, SIDE), as_floats(edge)
