"""First light over mountain ridges with mist in their valleys."""

from __future__ import annotations

import numpy as np

from echoes.demo import air, land
from echoes.demo.paint import Floats, Random, Size, as_floats, blur, colour, grid, halo, mix, ramp, smooth

SKY = [
    (0, "#3c5488"),
    (0.35, "#8090b8"),
    (0.6, "#d9a9a6"),
    (0.82, "#fbc48c"),
    (1.0, "#ffe3ae"),
    (2.0, "#ffe9c4"),
]
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
    terrain = _terrain(size, random)
    camera = land.Camera(size, horizon, size.width * 1.3, 2.35, 1.6, 27)
    seen = land.look(terrain, camera)
    light = terrain.at(land.daylight(terrain, azimuth=14, elevation=10), seen.x, seen.z)
    heights = terrain.at(terrain.heights, seen.x, seen.z)
    woods = ramp([(0, "#16242b"), (0.5, "#1d2c33"), (1, "#333c48")], heights / 2.4)
    ground = woods + light[..., None] * colour("#ff9c5c") * 0.22
    veil = 1 - np.exp(-0.05 * np.maximum(seen.z - 2, 0))
    mist = land.fog(seen, heights, camera=camera, density=9.0, falls=4.2)
    air_light = mix(ramp([(0, "#5f76a6"), (1, "#c4a9b4")], smooth(seen.z, 2, 14)), colour("#ffc584"), warm)
    low_light = mix(
        ramp([(0, "#93a5c9"), (1, "#f3d3c2")], smooth(seen.z, 2, 12)), colour("#ffe3b4") * 1.1, warm
    )
    picture_of_land = mix(mix(as_floats(ground), air_light, as_floats(veil)), low_light, mist)
    return mix(picture, picture_of_land, blur(seen.cover, 0.8))


def _terrain(size: Size, random: Random) -> land.Land:
    """Alps with spruces below, falling away before the camera's feet."""
    side = land.cells_for(size, full=1792)
    step = 28 / side
    heights = land.eroded(side, random, cells=6, octaves=9, ridged=0.85) * 2.9
    trees = random.random((side, side), np.float32) * smooth(-heights, -1.7, -1.1) * 0.03
    away = np.arange(side, dtype=np.float32)[:, None] * step
    return land.Land(as_floats((heights + trees) * (0.35 + 0.65 * smooth(away, 1, 7))), step)
