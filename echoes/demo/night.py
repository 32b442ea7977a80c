"""The Milky Way over mountains, and a tent with a lamp in it."""

from __future__ import annotations

from functools import partial

import numpy as np
import skia

from echoes.demo import air, land, things
from echoes.demo.paint import (
    Floats,
    Random,
    Size,
    as_floats,
    blur,
    colour,
    grid,
    halo,
    layer,
    lit,
    mask,
    mix,
    noise,
    on,
    profile,
    ramp,
    smooth,
)

SKY = [
    (0, "#0b1330"),
    (0.5, "#16264f"),
    (0.8, "#2c4468"),
    (0.94, "#5a6a78"),
    (1.0, "#8a7f6f"),
    (3, "#8a7f6f"),
]
TENT = (0.43, 0.868, 0.125)
"""Middle and foot of the tent, and half its width as a share of the picture's width."""


def paint(size: Size, random: Random) -> Floats:
    horizon = size.height * 0.745
    picture = _heavens(size, horizon, random)
    picture = _mountains(picture, size, horizon, random)
    for foot, tall, code in ((0.8, 0.05, "#1d2b45"), (0.83, 0.085, "#131d31"), (0.86, 0.14, "#090f1b")):
        woods = mask(size, partial(_woods, size=size, random=random, foot=foot, tall=tall))
        picture = mix(picture, colour(code), woods)
    picture = _meadow(picture, size, random)
    x, y, half = TENT[0] * size.width, TENT[1] * size.height, TENT[2] * size.width
    picture = on(picture, layer(size, lambda canvas: _tent(canvas, x, y, half)), light=1.0)
    picture = lit(picture, "#ff9a3d", halo(size, x, y - half * 0.3, half * 1.5, power=2.2) * 0.2)
    return on(picture, layer(size, lambda canvas: _grass(canvas, size, random)))


def _heavens(size: Size, horizon: float, random: Random) -> Floats:
    sky = air.sky(size, horizon, SKY)
    _, y = grid(size)
    band = air.milky_way(size, random, x=size.width * 0.3, lean=size.width * 0.5, width=size.width * 0.17)
    fade = smooth(-y, -horizon * 1.02, -horizon * 0.62)
    tint = ramp([(0, "#2a3a7c"), (0.45, "#8d93cc"), (0.8, "#e8c9c4"), (1.2, "#fff0dc")], band)
    sky = as_floats(sky + tint * (band**1.6 * fade * 0.4)[..., None])
    cores = smooth(noise(size, random, cells=(7, 12), octaves=5), 0.66, 0.9) * band * fade
    sky = lit(sky, "#ff6f9e", as_floats(cores * 0.16))
    crowd = air.stars(size, random, count=42_000, brightest=1.1, where=as_floats(np.clip(band, 0.05, 1)))
    all_over = air.stars(size, random, count=4_000, brightest=5.0)
    return as_floats(sky + (crowd + all_over) * (0.15 + 0.85 * fade)[..., None])


def _mountains(sky: Floats, size: Size, horizon: float, random: Random) -> Floats:
    side = land.cells_for(size, full=1280)
    step = 16 / side
    away = np.arange(side, dtype=np.float32)[:, None] * step
    heights = land.eroded(side, random, cells=5, octaves=9, ridged=0.85) * 3.0 * smooth(away, 2, 6)
    terrain = land.Land(as_floats(heights), step)
    camera = land.Camera(size, horizon, size.width * 1.5, 0.35, 1.2, 15)
    seen = land.look(terrain, camera)
    light = terrain.at(land.daylight(terrain, azimuth=-125, elevation=30), seen.x, seen.z)
    high = terrain.at(terrain.heights, seen.x, seen.z)
    rock = ramp([(0, "#0c1322"), (0.5, "#16213a"), (1, "#6a7ea6")], light * (0.34 + high / 3.6))
    air_glow = ramp([(0, "#1e2c4a"), (1, "#4c5c72")], smooth(seen.z, 2, 14))
    veil = as_floats(1 - np.exp(-0.06 * seen.z))
    mist = land.fog(seen, high, camera=camera, density=0.5, falls=4.0)
    return mix(sky, mix(mix(rock, air_glow, veil), colour("#43536e"), mist * 0.8), blur(seen.cover, 0.9))


def _meadow(picture: Floats, size: Size, random: Random) -> Floats:
    """The rise on which the tent stands, lit by its lamp."""
    x, y = grid(size)
    line = profile(size.width, random, cells=3, octaves=7)
    top = size.height * (0.845 + 0.022 * line + 0.02 * (x[:1] / size.width - 0.4) ** 2)
    blades = noise(size, random, cells=(120, 60), octaves=5, gain=0.75)
    ground = ramp([(0, "#070b12"), (1, "#18232a")], blades)
    lamp = halo(size, TENT[0] * size.width, size.height * (TENT[1] + 0.006), size.width * 0.15, power=2.2)
    ground = lit(ground, "#ff9440", as_floats(lamp * (0.12 + 0.55 * blades**1.6)))
    return mix(picture, ground, as_floats(np.clip((y - top) / 2 + 0.5, 0, 1)))


def _woods(canvas: skia.Canvas, size: Size, random: Random, foot: float, tall: float) -> None:
    """A row of spruces that leaves the valley open behind the tent."""
    path = skia.Path()
    for _ in range(150):
        x = random.random()
        open_ = 0.3 + 0.7 * min(1.0, abs(x - 0.47) * 2.4) ** 1.4
        high = tall * open_ * (0.45 + 0.75 * random.random())
        things.spruce(path, x * size.width, foot * size.height, high * size.height, random, slim=0.17)
    path.addRect(skia.Rect(0, (foot - tall * 0.12) * size.height, size.width, size.height))
    path.setFillType(skia.PathFillType.kWinding)
    canvas.drawPath(path, things.ink("#000000"))


def _tent(canvas: skia.Canvas, x: float, y: float, half: float) -> None:
    with things.placed(canvas, x, y, half):
        dome = things.curve(
            (-1, 0), (-0.85, -0.5, -0.4, -0.86, 0.04, -0.88), (0.45, -0.86, 0.86, -0.5, 1.02, 0)
        )
        canvas.drawPath(dome, _lamp_light())
        door = things.curve(
            (-0.52, 0.0), (-0.42, -0.45, -0.2, -0.75, 0.04, -0.88), (0.1, -0.6, 0.14, -0.3, 0.15, 0.0)
        )
        canvas.drawPath(door, things.shaded((0, -0.8), (0, 0), "#f08a32", "#ffdf9a"))
        canvas.drawPath(
            things.outline([(-0.14, 0), (-0.09, -0.5), (0.0, -0.82), (0.0, 0)]),
            things.ink("#fff0c4", opacity=0.85),
        )
        for bends in (
            ((-1, 0), (-0.75, -0.55, -0.3, -0.82, 0.04, -0.88)),
            ((0.04, -0.88), (0.3, -0.72, 0.52, -0.3, 0.56, 0.0)),
            ((0.04, -0.88), (-0.2, -0.75, -0.42, -0.45, -0.52, 0.0)),
            ((0.04, -0.88), (0.1, -0.6, 0.14, -0.3, 0.15, 0.0)),
        ):
            canvas.drawPath(things.curve(*bends), things.ink("#7a3412", line=0.016, opacity=0.8))
        canvas.drawLine(0.98, -0.04, 1.4, 0.07, things.ink("#c98c50", line=0.008, opacity=0.7))
        canvas.drawLine(-0.97, -0.04, -1.36, 0.07, things.ink("#c98c50", line=0.008, opacity=0.7))


def _lamp_light() -> skia.Paint:
    """Cloth with a lamp behind it."""
    codes = [skia.ColorSetRGB(255, 226, 150), skia.ColorSetRGB(247, 160, 62), skia.ColorSetRGB(150, 62, 20)]
    shader = skia.GradientShader.MakeRadial(skia.Point(-0.02, -0.22), 1.08, codes, [0.0, 0.42, 1.0])
    return skia.Paint(AntiAlias=True, Shader=shader)


def _grass(canvas: skia.Canvas, size: Size, random: Random) -> None:
    """Blades before the tent and along the lower edge, dark against the light."""
    unit = size.width / 1600
    for _ in range(2600):
        x = random.random() * size.width
        depth = random.random() ** 1.6
        foot = size.height * (0.874 + 0.14 * depth)
        tall = unit * (8 + 42 * depth) * (0.6 + 0.7 * random.random())
        lean = unit * (random.normal(0, 5) + 4) * (0.5 + depth)
        blade = things.curve(
            (x, foot), (x, foot - tall * 0.5, x + lean * 0.4, foot - tall * 0.8, x + lean, foot - tall)
        )
        canvas.drawPath(blade, things.ink("#0b1216", line=unit * (0.9 + 1.4 * depth), opacity=0.9))
