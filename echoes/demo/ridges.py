"""First light over mountain ridges with mist in their valleys."""

from __future__ import annotations

import numpy as np

from echoes.demo import air, land
from echoes.demo.paint import Floats, Random, Size, as_floats, blur, colour, grid, halo, mix, ramp, smooth

SKY = [(0, "#3c5488"), (0.35, "#8090b8"), (0.6, "#d9a9a6"), (0.82, "#fbc48c"), (1.0, "#ffe3ae"), (2.0, "#ffe9c4")]
SUN = (0.635, 0.372)
"""Of the picture's width and height."""


def paint(size: Size, random: Random) -> Floats:
    horizon = size.height * 0.43
    sun_x, sun_y = SUN[0] * size.width, SUN[1] * size.height
    sky = _sky(size, horizon, random)
    picture = air.sun(sky, sun_x, sun_y, radius=size.width * 0.013, strength=1.0)
    warm = halo(size, sun_x, sun_y, size.width * 0.3, power=1.2)
    return _ground(picture, sky, warm, size, horizon, random)


def _sky(size: Size, horizon: float, random: Random) -> Floats:
    sky = air.sky(size, horizon, SKY)
    high = air.streaks(size, random, across=1.6, down=9, cover=0.52)
    _, y = grid(size)
    glow = ramp([(0, "#7d86ad"), (0.45, "#e9a5a0"), (0.8, "#ffc98a"), (1, "#ffe2ac")], y / horizon)
    return mix(sky, glow * 1.12, high * 0.75 * smooth(y, 0, size.height * 0.1))


def _ground(picture: Floats, sky: Floats, warm: Floats, size: Size, horizon: float, random: Random) -> Floats:
    side = 1536
    terrain = land.Land(land.eroded(side, random, cells=5, octaves=9, ridged=0.75) * 3.4, 26 / side)
    camera = land.Camera(size, horizon, size.width * 1.25, 2.55, 0.7, 25)
    seen = land.look(terrain, camera)
    light = terrain.at(land.daylight(terrain, azimuth=12, elevation=9), seen.x, seen.z)
    heights = terrain.at(terrain.heights, seen.x, seen.z)
    ground = colour("#1b2a33") + light[..., None] * colour("#c9875a") * 0.55
    mist = land.fog(seen, heights, camera=camera, density=1.15, falls=2.1)
    haze = mix(ramp([(0, "#5d739c"), (1, "#5d739c")], warm), ramp([(0, "#8fa0c0"), (0.3, "#d9b3ab"), (1, "#ffdca6")], warm), smooth(seen.z, 0, 9))
    return mix(picture, mix(as_floats(ground), haze, mist), blur(seen.cover, 1.0))
