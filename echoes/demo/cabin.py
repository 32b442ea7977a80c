"""A cabin in the snow at dusk; somebody has left the light on."""

from __future__ import annotations

from functools import partial

import cv2
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
    (0, "#1c2a58"),
    (0.45, "#3f528c"),
    (0.75, "#8a82ac"),
    (0.93, "#d9a3a4"),
    (1.0, "#f0bfa6"),
    (3.0, "#f0bfa6"),
]
CABIN = (0.6, 0.725, 0.082)
"""Middle and foot of the cabin, and a unit of it as a share of the picture's width."""


def paint(size: Size, random: Random) -> Floats:
    horizon = size.height * 0.56
    sky = air.sky(size, horizon, SKY)
    sky = mix(
        sky,
        ramp([(0, "#5f6aa0"), (1, "#f5b9a8")], grid(size)[1] / horizon),
        air.streaks(size, random, across=2, down=9, cover=0.45) * 0.6,
    )
    sky = as_floats(
        sky
        + air.stars(size, random, count=500, brightest=1.4)
        * smooth(-grid(size)[1], -horizon * 0.5, 0)[..., None]
    )
    picture = _mountains(sky, size, horizon, random)
    picture = _woods(picture, size, random)
    picture = _snow(picture, size, random)
    return _falling(_cabin(picture, size, random), size, random)


def _mountains(sky: Floats, size: Size, horizon: float, random: Random) -> Floats:
    side = land.cells_for(size, full=1536)
    step = 16 / side
    away = np.arange(side, dtype=np.float32)[:, None] * step
    heights = land.eroded(side, random, cells=4, octaves=9, ridged=0.85) * 2.3 * smooth(away, 2.5, 8)
    terrain = land.Land(as_floats(heights), step)
    camera = land.Camera(size, horizon, size.width * 1.05, 0.3, 2.0, 15.5)
    seen = land.look(terrain, camera)
    light = terrain.at(land.daylight(terrain, azimuth=-115, elevation=12), seen.x, seen.z)
    along, across = np.gradient(terrain.heights, terrain.step)
    steep = terrain.at(as_floats(np.hypot(along, across)), seen.x, seen.z)
    surface = mix(
        np.broadcast_to(colour("#dfe6f4"), sky.shape), colour("#58597a"), smooth(steep, 1.3, 2.4) * 0.85
    )
    ground = surface * (light[..., None] * colour("#ffab8c") * 0.95 + colour("#5a72b4") * 0.5)
    high = terrain.at(terrain.heights, seen.x, seen.z)
    mist = land.fog(seen, high, camera=camera, density=0.7, falls=4.5)
    veil = as_floats(1 - np.exp(-0.05 * np.maximum(seen.z - 2, 0)))
    hazy = mix(mix(as_floats(ground), colour("#9a9cc4"), veil), colour("#b3aac8"), mist)
    return mix(sky, hazy, blur(seen.cover, 0.8))


def _woods(picture: Floats, size: Size, random: Random) -> Floats:
    """Rows of snowy spruces: each nearer row is darker and larger."""
    for foot, tall, code, snow in (
        (0.6, 0.085, "#6f78a2", "#a9b0d0"),
        (0.635, 0.13, "#49557f", "#93a0c8"),
        (0.675, 0.2, "#26345a", "#8797c6"),
    ):
        mist = smooth(grid(size)[1], size.height * (foot - tall * 0.5), size.height * (foot + 0.01))
        for _ in range(2):
            drawn = layer(
                size, partial(_row, size=size, random=random, foot=foot, tall=tall, code=code, snow=snow)
            )
            picture = on(picture, drawn)
        picture = mix(
            picture, colour("#a9a6c8"), as_floats(mist * 0.5 * (grid(size)[1] < size.height * foot))
        )
    return picture


def _row(
    canvas: skia.Canvas, size: Size, random: Random, foot: float, tall: float, code: str, snow: str
) -> None:
    for _ in range(46):
        x = random.random()
        open_ = 0.45 + 0.55 * min(1.0, abs(x - CABIN[0]) * 3.2)
        _spruce(
            canvas,
            x * size.width,
            foot * size.height,
            tall * size.height * open_ * (0.55 + 0.6 * random.random()),
            random,
            code,
            snow,
        )


def _spruce(
    canvas: skia.Canvas, x: float, foot: float, high: float, random: Random, code: str, snow: str
) -> None:
    """A spruce with snow on its branches."""
    tree = skia.Path()
    things.spruce(tree, x, foot, high, random, slim=0.19)
    canvas.drawPath(tree, things.ink(code))
    canvas.save()
    canvas.clipPath(tree, True)
    for level in range(3, 34):
        share = level / 34
        y = foot - high * (1 - share * 0.95)
        reach = high * 0.2 * share**0.85
        for _ in range(2):
            at = x + random.uniform(-1, 0.75) * reach
            wide = reach * random.uniform(0.12, 0.3)
            canvas.drawOval(
                skia.Rect(at - wide, y - high * 0.009, at + wide, y + high * 0.006),
                things.ink(snow, opacity=0.88),
            )
    canvas.restore()


def _snow(picture: Floats, size: Size, random: Random) -> Floats:
    """Drifts in blue shade, warm where the window shines, with a trodden way to the door."""
    x, y = grid(size)
    top = size.height * (
        0.665
        + 0.022 * profile(size.width, random, cells=3, octaves=4)
        - 0.03 * np.abs(x[:1] / size.width - 0.55)
    )
    down = np.maximum(y - top, 0) / size.height
    drifts = noise(size, random, cells=(3, 14), octaves=6, gain=0.42)
    shape = as_floats(cv2.Sobel(blur(drifts, size.width / 200), cv2.CV_32F, 0, 1, ksize=3) * size.height / 12)
    tone = np.clip(0.62 + shape * 0.06 + 0.25 * (drifts - 0.5) - 0.8 * down, 0, 1).astype(np.float32)
    ground = ramp([(0, "#3a4a86"), (0.45, "#6478b4"), (0.75, "#8f9ccf"), (1, "#c9bddb")], tone)
    glitter = (random.random(y.shape, np.float32) > 0.9993) * smooth(tone, 0.3, 0.9)
    ground = as_floats(ground + blur(as_floats(glitter), 0.8)[..., None] * 1.4)
    ground = as_floats(ground * (1 - 0.4 * _trail(size))[..., None])
    return mix(picture, ground, as_floats(np.clip(y - top + 0.5, 0, 1)))


def _trail(size: Size) -> Floats:
    """Footsteps from us to the door."""
    steps = np.zeros((size.height, size.width), np.float32)
    for number in range(30):
        share = (number / 29) ** 1.7
        y = size.height * (0.745 + 0.27 * share)
        x = size.width * (0.575 - 0.2 * share - 0.05 * np.sin(share * 5)) + (
            1 if number % 2 else -1
        ) * size.width * (0.003 + 0.012 * share)
        big = size.width * (0.0022 + 0.0095 * share)
        cv2.ellipse(steps, (int(x), int(y)), (int(big), int(big * 0.55)), 12, 0, 360, 1.0, -1, cv2.LINE_AA)
    return blur(steps, size.width / 1400)


def _cabin(picture: Floats, size: Size, random: Random) -> Floats:
    x, y, unit = CABIN[0] * size.width, CABIN[1] * size.height, CABIN[2] * size.width
    picture = _smoke(picture, size, x + unit * 0.52, y - unit * 1.5, random)
    shine = halo(size, x - unit * 0.35, y + unit * 0.22, unit * 1.2, power=1.8)
    _, rows = grid(size)
    picture = lit(picture, "#ff9a42", as_floats(shine * smooth(rows, y - unit * 0.1, y + unit * 0.12) * 0.75))
    picture = on(picture, layer(size, lambda canvas: _house(canvas, x, y, unit)))
    for at in (-0.62, 0.45):
        picture = lit(
            picture, "#ffb050", halo(size, x + at * unit, y - unit * 0.36, unit * 0.34, power=2.2) * 0.55
        )
    return picture


def _house(canvas: skia.Canvas, x: float, y: float, unit: float) -> None:
    with things.placed(canvas, x, y, unit):
        canvas.drawRect(
            skia.Rect(0.43, -1.42, 0.62, -0.9), things.shaded((0.43, 0), (0.62, 0), "#5b5468", "#37324a")
        )
        canvas.drawRoundRect(skia.Rect(0.39, -1.49, 0.66, -1.4), 0.05, 0.05, things.ink("#dbe0f2"))
        canvas.drawRect(
            skia.Rect(-0.98, -0.66, 0.98, 0.05), things.shaded((0, -0.66), (0, 0.05), "#2a1a17", "#5a3826")
        )
        for row in range(7):
            at = -0.6 + row * 0.1
            canvas.drawLine(-0.98, at, 0.98, at, things.ink("#1a0f0e", line=0.012, opacity=0.7))
        _openings(canvas)
        roof = things.curve(
            (-1.24, -0.6), (-1.1, -0.72, -0.8, -1.18, -0.7, -1.24), (-0.3, -1.32, 0.4, -1.3, 0.72, -1.23)
        )
        roof.cubicTo(0.86, -1.12, 1.1, -0.74, 1.25, -0.6)
        roof.cubicTo(0.9, -0.54, -0.9, -0.54, -1.24, -0.6)
        canvas.drawPath(roof, things.shaded((0, -1.3), (0, -0.55), "#e6e2f0", "#8d9acb"))
        under = things.curve((-1.24, -0.6), (-0.9, -0.54, 0.9, -0.54, 1.25, -0.6))
        canvas.drawPath(under, things.ink("#1c1418", line=0.03))
        for number, at in enumerate((-0.93, -0.86, -0.58, -0.5, -0.28, -0.05, 0.12, 0.2, 0.68, 0.83, 0.9)):
            length = 0.06 + 0.05 * ((number * 7) % 4) / 3
            canvas.drawPath(
                things.outline([(at - 0.014, -0.565), (at + 0.014, -0.565), (at, -0.565 + length)]),
                things.ink("#d8e0f6", opacity=0.85),
            )
        drift = things.curve(
            (-1.3, 0.1), (-1.0, -0.08, -0.5, 0.03, 0.0, 0.0), (0.5, -0.03, 1.0, -0.1, 1.35, 0.1)
        )
        canvas.drawPath(drift, things.shaded((0, -0.04), (0, 0.095), "#a7aed4", "#8f97cc", fades=True))


def _openings(canvas: skia.Canvas) -> None:
    """Two lit windows and a door."""
    for left in (-0.8, 0.27):
        pane = skia.Rect(left, -0.5, left + 0.36, -0.2)
        canvas.drawRect(pane, things.shaded((0, -0.5), (0, -0.2), "#ffe9a8", "#ffad4a"))
        canvas.drawRect(skia.Rect(left, -0.5, left + 0.07, -0.2), things.ink("#c8642c", opacity=0.75))
        canvas.drawRect(skia.Rect(left + 0.29, -0.5, left + 0.36, -0.2), things.ink("#c8642c", opacity=0.75))
        frame = things.ink("#2b1811", line=0.028)
        canvas.drawRect(pane, frame)
        canvas.drawLine(left + 0.18, -0.5, left + 0.18, -0.2, things.ink("#2b1811", line=0.016))
        canvas.drawLine(left, -0.35, left + 0.36, -0.35, things.ink("#2b1811", line=0.016))
        canvas.drawLine(left - 0.02, -0.185, left + 0.38, -0.185, things.ink("#dfe3f4", line=0.03))
    canvas.drawRect(
        skia.Rect(-0.26, -0.5, 0.04, 0.03), things.shaded((-0.26, 0), (0.04, 0), "#3d2217", "#54301f")
    )
    canvas.drawRect(skia.Rect(-0.2, -0.44, -0.02, -0.27), things.ink("#ffc766"))
    canvas.drawCircle(0.0, -0.2, 0.014, things.ink("#d9b061"))


def _smoke(picture: Floats, size: Size, x: float, y: float, random: Random) -> Floats:
    across, down = grid(size)
    up = np.clip((y - down) / (size.height * 0.34), 0, 1)
    drift = x + size.width * (0.05 * up**1.3 + 0.012 * np.sin(up * 9))
    wide = size.width * (0.004 + 0.03 * up)
    plume = np.exp(-(((across - drift) / wide) ** 2)) * smooth(up, 0.0, 0.03) * (1 - up) ** 1.5
    puffs = noise(size, random, cells=(40, 26), octaves=4)
    return mix(picture, colour("#c9b6c8"), as_floats(plume * (0.25 + 0.75 * puffs) * 0.8))


def _falling(picture: Floats, size: Size, random: Random) -> Floats:
    """A little snow in the air, out of focus when it is near."""
    for count, radius, strength in ((260, 1.4, 0.7), (90, 3.0, 0.5), (22, 8.0, 0.2)):
        flakes = mask(size, partial(_flakes, size=size, random=random, count=count, radius=radius))
        picture = mix(
            picture, colour("#eef0ff"), as_floats(blur(flakes, radius * size.width / 6000) * strength)
        )
    return picture


def _flakes(canvas: skia.Canvas, size: Size, random: Random, count: int, radius: float) -> None:
    for _ in range(count):
        big = radius * size.width / 2400 * (0.6 + 0.8 * random.random())
        canvas.drawCircle(
            random.random() * size.width, random.random() * size.height, big, things.ink("#ffffff")
        )
