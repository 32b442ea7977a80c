"""A mountain lake in the morning, before the wind comes."""

from __future__ import annotations

import numpy as np
import skia

from echoes.demo import air, land, sea, things
from echoes.demo.paint import (
    Floats,
    Random,
    Size,
    as_floats,
    blur,
    colour,
    grid,
    layer,
    mix,
    noise,
    on,
    ramp,
    smooth,
)

SKY = [(0, "#2f6fb5"), (0.55, "#6fa6d6"), (0.9, "#bcd9ea"), (1.0, "#dcebee"), (3.0, "#dcebee")]
SHORE = 3.4
"""How far away the land begins."""


def paint(size: Size, random: Random) -> Floats:
    horizon = size.height * 0.52
    sky = air.sky(size, horizon, SKY)
    dense, through = air.cloud_deck(size, horizon, random, lumps=0.5, cover=0.42, stretch=1.4, toward=1.0)
    white = mix(np.broadcast_to(colour("#8ea6c2"), sky.shape), colour("#ffffff") * 1.05, through * 0.7 + 0.3)
    fade = smooth(grid(size)[1], horizon, horizon * 0.55)
    above = _mountains(mix(sky, white, dense * fade * 0.85), size, horizon, random)
    line = horizon + size.height * 0.035
    water = sea.Water(line, sway=0.02, calm=1.5, ripples=9, deep="#0d3138", clear=1.0, long=5)
    boat = (size.width * 0.3, size.height * 0.735, size.width * 0.085)
    mirrored = layer(size, lambda canvas: _boat(canvas, *boat, mirrored=True))
    picture = sea.under(above, water, random, things=mirrored)
    picture = _mist(picture, size, line, random)
    return on(picture, layer(size, lambda canvas: _boat(canvas, *boat, mirrored=False)))


def _mountains(sky: Floats, size: Size, horizon: float, random: Random) -> Floats:
    side = land.cells_for(size, full=1792)
    step = 20 / side
    away = np.arange(side, dtype=np.float32)[:, None] * step
    rising = smooth(away, SHORE, SHORE + 5.5)
    heights = land.eroded(side, random, cells=4, octaves=9, ridged=0.85) * 3.3 * rising
    low = land.eroded(side, random, cells=9, octaves=6) * 0.75 * smooth(away, SHORE, SHORE + 0.9)
    woods = smooth(-(heights + low), -1.25, -0.75) * smooth(away, SHORE, SHORE + 0.25)
    trees = random.random((side, side), np.float32) * woods * 0.045
    terrain = land.Land(as_floats(heights + low + trees - 0.02), step)
    camera = land.Camera(size, horizon, size.width * 0.95, 0.11, SHORE - 0.4, 19)
    seen = land.look(terrain, camera)
    ground = _ground(terrain, seen, woods, random)
    haze = ramp([(0, "#8fb3d6"), (1, "#cfe0ea")], smooth(seen.z, 3, 16))
    veiled = mix(ground, haze, as_floats(1 - np.exp(-0.055 * np.maximum(seen.z - SHORE, 0))))
    return mix(sky, veiled, blur(seen.cover, 0.7))


def _ground(terrain: land.Land, seen: land.Seen, woods: Floats, random: Random) -> Floats:
    """Rock with snow where it is high and flat, spruces below; sun from the left, blue light in the shade."""
    along, across = np.gradient(terrain.heights, terrain.step)
    steep = as_floats(np.hypot(along, across))
    rough = noise(Size(*terrain.heights.shape), random, cells=(60, 60), octaves=5)
    snow = smooth(terrain.heights + rough * 0.9, 1.5, 2.1) * (1 - smooth(steep, 1.2, 2.3))
    rock = ramp([(0, "#5b5650"), (0.5, "#857c72"), (1, "#a39a8c")], rough)
    meadow = ramp([(0, "#5f6b3a"), (0.5, "#8a7f45"), (1, "#a8894a")], rough)
    bare = mix(meadow, rock, smooth(steep + rough * 0.4, 0.6, 1.1))
    covered = mix(
        bare, ramp([(0, "#18301f"), (0.6, "#2c4a2c"), (1, "#6b6a2c")], rough**1.5), as_floats(woods * 0.95)
    )
    surface = mix(covered, colour("#f4f7fb"), snow)
    sun = land.daylight(terrain, azimuth=-118, elevation=36)
    shown = [terrain.at(as_floats(surface[..., channel]), seen.x, seen.z) for channel in range(3)]
    light = terrain.at(sun, seen.x, seen.z)
    glow = light[..., None] * colour("#fff0d6") * 1.5 + colour("#8fb0de") * 0.42
    return as_floats(np.stack(shown, axis=-1) * glow)


def _mist(picture: Floats, size: Size, line: float, random: Random) -> Floats:
    """What is left of the night's mist, along the far shore."""
    _, y = grid(size)
    band = np.exp(-(((y - line + size.height * 0.012) / (size.height * 0.02)) ** 2))
    drift = smooth(noise(size, random, cells=(4, 10), octaves=5), 0.35, 0.75)
    return mix(picture, colour("#e8eff2"), as_floats(band * drift * 0.34))


def _boat(canvas: skia.Canvas, x: float, y: float, length: float, *, mirrored: bool) -> None:
    """A red rowing boat; y is its waterline."""
    rim = (-0.25, -0.07, 0.3, -0.08, 0.53, -0.16)
    with things.placed(canvas, x, y, length, mirrored=mirrored):
        hull = things.curve((-0.5, -0.13), (-0.46, 0.0, -0.38, 0.03, -0.3, 0.03))
        hull.lineTo(0.32, 0.03)
        hull.cubicTo(0.42, 0.02, 0.48, -0.05, 0.53, -0.16)
        hull.cubicTo(0.3, -0.08, -0.25, -0.07, -0.5, -0.13)
        canvas.drawPath(hull, things.shaded((0, -0.14), (0, 0.03), "#ce4a34", "#621818"))
        inside = things.curve((-0.5, -0.13), rim, (0.3, -0.125, -0.25, -0.125, -0.5, -0.13))
        canvas.drawPath(inside, things.ink("#4a2c1e"))
        canvas.drawPath(things.curve((-0.5, -0.13), rim), things.ink("#f0d6b4", line=0.014))
