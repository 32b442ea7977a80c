"""A path through an autumn wood, with the morning's light falling through the mist."""

from __future__ import annotations

import math
from functools import partial

import cv2
import numpy as np
import skia

from echoes.demo import things
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
    mix,
    noise,
    ramp,
    smooth,
    tile,
)

SUN = (0.6, 0.235)
LAYERS = 7
"""Of trees, from the farthest to the nearest."""
LEAVES = ("#e0a83a", "#c98a2a", "#a8b03c", "#d9742a", "#8fa035", "#e8c45a")


def paint(size: Size, random: Random) -> Floats:
    sun_x, sun_y = SUN[0] * size.width, SUN[1] * size.height
    glow = halo(size, sun_x, sun_y, size.width * 0.42, power=1.1)
    mist = ramp([(0, "#4f6a52"), (0.35, "#a9b27c"), (0.7, "#f3dfa0"), (1, "#fff3cf")], glow)
    picture = as_floats(mist * (0.5 + 0.5 * glow[..., None]))
    shade = np.ones((size.height, size.width), np.float32)
    picture = _floor(picture, size, random)
    for number in range(LAYERS):
        near = (number + 1) / LAYERS
        trees = layer(size, partial(_trees, size=size, random=random, near=near))
        leaves = layer(size, partial(_leaves, size=size, random=random, near=near))
        veil = 0.9 * (1 - near) ** 0.8
        light = as_floats(0.4 + 0.7 * glow)
        for drawn in (trees, leaves):
            cover = blur(drawn[1], max(0.6, size.width / 900 * abs(near - 0.62) * 3))
            tinted = mix(as_floats(drawn[0] * light[..., None]), mist, as_floats(np.full_like(glow, veil)))
            picture = mix(picture, tinted, cover)
            shade *= 1 - cover * 0.9
    return _rays(picture, shade, glow, size, random)


def _floor(picture: Floats, size: Size, random: Random) -> Floats:
    """Fallen leaves, and a path that winds away from us."""
    x, y = grid(size)
    horizon = size.height * 0.6
    down = np.maximum(y - horizon, 1)
    away = size.height / (down + size.height * 0.015)
    litter = tile(1024, random, slope=1.1, finest=0.3)
    patches = tile(1024, random, slope=2.6)
    across, along = as_floats((x / size.width - 0.5) * away * 260), as_floats(away * 420)
    fine = cv2.remap(litter, across, along, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    broad = cv2.remap(patches, across, along, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    near = down / (size.height - horizon)
    ground = ramp(
        [(-2.2, "#20180f"), (-0.6, "#5a3a1c"), (0.4, "#94601f"), (1.2, "#c98a30"), (2.4, "#e8b84e")],
        as_floats(fine * 0.75 + broad * 0.6),
    )
    moss = ramp([(-2, "#1c2a12"), (0.5, "#4c5f22"), (2, "#7d8a34")], as_floats(fine))
    ground = mix(ground, moss, smooth(broad, 0.5, 1.5))
    middle = size.width * (0.53 + 0.1 * np.sin(near * 3.3 + 0.4) - 0.06 * near)
    half = size.width * (0.012 + 0.27 * near**1.15) * (1 + 0.07 * broad)
    path = 1 - smooth(as_floats(np.abs(x - middle) / half), 0.72, 1.12)
    trodden = ramp([(-2, "#4a3a2a"), (0.3, "#8a7250"), (2, "#c0a274")], as_floats(fine * 0.5 + broad * 0.4))
    ground = mix(ground, trodden, as_floats(path * 0.8))
    warm = halo(size, SUN[0] * size.width, horizon, size.width * 0.42, power=1.3)
    stripes = _dapple(size, near, random)
    light = 0.24 + (0.5 + 0.7 * warm) * stripes
    haze = as_floats(np.exp(-near * 5.5))
    shown = mix(as_floats(ground * light[..., None] * colour("#fff0cf") * 1.25), picture, haze)
    return mix(picture, shown, smooth(y, horizon - 2, horizon + size.height * 0.03))


def _dapple(size: Size, near: Floats, random: Random) -> Floats:
    """Shadows of trunks that come towards us from the sun, with spots of light between."""
    x, y = grid(size)
    fan = np.arctan2(x - SUN[0] * size.width, y - size.height * 0.42)
    lines = noise(Size(2048, 64), random, cells=(46, 2), octaves=3)
    column = as_floats((fan / math.pi + 0.5) * 2047)
    trunks = cv2.remap(lines, column, as_floats(near * 63), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return as_floats(smooth(trunks, 0.36, 0.66))


def _trees(canvas: skia.Canvas, size: Size, random: Random, near: float) -> None:
    """Trunks of one distance; the nearer, the fewer, thicker and further from the path."""
    count = int(46 * (1 - near) ** 1.3) + 3
    foot = size.height * (0.605 + 0.3 * near**2.4)
    for _ in range(count):
        side = 1 if random.random() < 0.5 else -1
        x = size.width * (0.53 + side * (0.05 + 0.33 * near**1.2 + random.random() * 0.5))
        thick = size.width * (0.007 + 0.058 * near**2.2) * (0.7 + 0.6 * random.random())
        _trunk(canvas, size, random, x, foot + size.height * 0.02 * random.random(), thick)


def _trunk(canvas: skia.Canvas, size: Size, random: Random, x: float, foot: float, thick: float) -> None:
    lean, bow = random.normal(0, 0.35) * thick * 2, random.normal(0, 0.5) * thick
    top = x + lean
    path = things.curve(
        (x - thick * 0.95, foot),
        (x - thick * 0.5, foot - thick * 1.6, x - thick * 0.5 + bow, foot * 0.5, top - thick * 0.3, -10),
    )
    path.lineTo(top + thick * 0.3, -10)
    path.cubicTo(
        x + thick * 0.5 + bow, foot * 0.5, x + thick * 0.5, foot - thick * 1.6, x + thick * 0.95, foot
    )
    path.cubicTo(
        x + thick * 0.5, foot + thick * 0.3, x - thick * 0.5, foot + thick * 0.3, x - thick * 0.95, foot
    )
    toward = 1 if x < SUN[0] * size.width else -1
    dark, edge = "#20170f", "#7a5f38"
    paint_ = things.shaded((x - toward * thick * 0.6, 0), (x + toward * thick * 0.6, 0), dark, dark, edge)
    canvas.drawPath(path, paint_)
    canvas.save()
    canvas.clipPath(path, True)
    for _ in range(60):
        at, y = x + thick * random.uniform(-0.7, 0.7), foot * random.random()
        crack = things.curve(
            (at, y),
            (at + lean * 0.05, y - thick * 0.4, at + bow * 0.05, y - thick, at + lean * 0.1, y - thick * 1.6),
        )
        canvas.drawPath(
            crack,
            things.ink("#0d0906" if random.random() < 0.6 else "#6b5236", line=thick * 0.035, opacity=0.5),
        )
    canvas.restore()
    for _ in range(int(2 + 3 * random.random())):
        y = foot * (0.05 + 0.4 * random.random())
        side = 1 if random.random() < 0.5 else -1
        reach = thick * (1.5 + 3.5 * random.random())
        at = x + (top - x) * (1 - y / foot) + bow * 0.3
        branch = things.curve(
            (at, y),
            (
                at + side * reach * 0.4,
                y - reach * 0.15,
                at + side * reach * 0.7,
                y - reach * 0.4,
                at + side * reach,
                y - reach * 0.75,
            ),
        )
        canvas.drawPath(branch, things.ink(dark, line=thick * 0.075))


def _leaves(canvas: skia.Canvas, size: Size, random: Random, near: float) -> None:
    """Foliage in clumps, thick above and thin towards the light."""
    clumps = int(90 - 55 * near)
    leaf = size.width * (0.0016 + 0.0026 * near)
    for _ in range(clumps):
        x, y = random.random() * size.width, size.height * (0.44 * random.random() ** 1.25 - 0.03)
        away = math.hypot(x / size.width - SUN[0], (y / size.height - SUN[1]) * 1.2)
        if away < 0.16 + 0.22 * near:
            continue
        spread = size.width * (0.035 + 0.04 * near)
        code = LEAVES[int(random.integers(len(LEAVES)))]
        for _ in range(190):
            at_x, at_y = x + random.normal(0, spread), y + random.normal(0, spread * 0.6)
            radius = leaf * (0.5 + 0.9 * random.random())
            canvas.drawOval(
                skia.Rect(at_x - radius, at_y - radius * 0.7, at_x + radius, at_y + radius * 0.7),
                things.ink(
                    code if random.random() < 0.8 else LEAVES[int(random.integers(len(LEAVES)))], opacity=0.9
                ),
            )


def _rays(picture: Floats, shade: Floats, glow: Floats, size: Size, random: Random) -> Floats:
    """Light that comes past the trees is drawn out away from the sun."""
    beams = as_floats(shade * glow**1.2)
    small = Size(size.width // 3, size.height // 3)
    light = cv2.resize(beams, small, interpolation=cv2.INTER_AREA)
    light = as_floats(
        light * (0.35 + 1.1 * smooth(noise(small, random, cells=(14, 20), octaves=4), 0.4, 0.75))
    )
    x, y = grid(small)
    sun_x, sun_y = SUN[0] * small.width, (SUN[1] - 0.06) * small.height
    total, steps = np.zeros_like(light), 90
    for step in range(steps):
        share = 1 - 0.72 * step / steps
        total += cv2.remap(
            light,
            as_floats(sun_x + (x - sun_x) * share),
            as_floats(sun_y + (y - sun_y) * share),
            cv2.INTER_LINEAR,
        )
    shafts = cv2.resize(total / steps, size, interpolation=cv2.INTER_CUBIC)
    return lit(picture, "#ffe2a0", as_floats(shafts * 0.85))
