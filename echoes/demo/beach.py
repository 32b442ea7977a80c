"""A kite over a beach at dusk."""

from __future__ import annotations

import math

import cv2
import numpy as np
import skia

from echoes.demo import air, sea, things
from echoes.demo.paint import (
    Field,
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
    tile,
)

SKY = [
    (0, "#2b3a68"),
    (0.35, "#5f5f92"),
    (0.62, "#c4768a"),
    (0.84, "#f39a6b"),
    (1.0, "#ffcf8d"),
    (3.0, "#ffcf8d"),
]
SUN = (0.29, 0.488)
KITE = (0.68, 0.27, 0.085)
FLYER = (0.405, 0.83, 0.15)
CHILD = (0.36, 0.842, 0.098)
HAND, CHILDS_HAND = (0.2, -0.98), (0.24, -1.06)


def paint(size: Size, random: Random) -> Floats:
    horizon = size.height * 0.53
    sky = _sky(size, horizon, random)
    above = air.sun(
        sky,
        SUN[0] * size.width,
        SUN[1] * size.height,
        radius=size.width * 0.017,
        strength=0.9,
        code="#ffb066",
    )
    water = sea.Water(horizon, sway=0.13, calm=0.22, ripples=22, deep="#2c3352", clear=0.95, long=3.2)
    picture = sea.under(above, water, random)
    picture = _shore(picture, above, size, horizon, random)
    shadow = mask(size, lambda canvas: _shadows(canvas, size))
    picture = as_floats(picture * (1 - 0.6 * blur(shadow, size.width / 900))[..., None])
    return on(picture, layer(size, lambda canvas: _figures(canvas, size)))


def _sky(size: Size, horizon: float, random: Random) -> Floats:
    sky = air.sky(size, horizon, SKY)
    dense, through = air.cloud_deck(size, horizon, random, lumps=0.34, cover=0.5, stretch=1.8, toward=-1.0)
    _, y = grid(size)
    lit_below = ramp([(0, "#8c6f98"), (0.4, "#e98a86"), (0.75, "#ffb27c"), (1, "#ffd79a")], y / horizon)
    shade = ramp([(0, "#39406c"), (0.5, "#77628c"), (1, "#c98878")], y / horizon)
    clouds = mix(shade, lit_below * 1.15, smooth(through, 0.2, 0.8))
    sky = mix(sky, clouds, dense * 0.8 * smooth(-y, -horizon, -horizon * 0.72))
    return lit(sky, "#ff9a58", halo(size, SUN[0] * size.width, horizon, size.width * 0.2, power=1.4) * 0.55)


def _shore(picture: Floats, above: Floats, size: Size, horizon: float, random: Random) -> Floats:
    """From the sea to us: the last wave's foam, the wet sand that mirrors the sky, the dry sand."""
    x, y = grid(size)
    bend = profile(size.width, random, cells=4, octaves=4)
    edge = horizon + size.height * (0.1 + 0.1 * bend + 0.05 * x[:1] / size.width)
    dry = edge + size.height * (0.12 + 0.05 * profile(size.width, random, cells=2, octaves=3))
    mirrored = cv2.flip(above[: int(horizon)], 0)
    tall = cv2.resize(mirrored, (size.width, size.height - int(horizon)), interpolation=cv2.INTER_AREA)
    mirror = np.concatenate(
        [above[: int(horizon)], blur(as_floats(tall), size.width / 240, size.height / 40)]
    )
    sand = _sand(size, horizon, random)
    wet = mix(sand * 0.55, as_floats(mirror), as_floats(0.66 - 0.2 * smooth(y, edge, dry)))
    beach = mix(wet, sand, smooth(y, dry - size.height * 0.03, dry + size.height * 0.025))
    picture = mix(picture, beach, smooth(y, edge - 2, edge + 3))
    return _foam(picture, edge, size, random)


def _sand(size: Size, horizon: float, random: Random) -> Floats:
    """Dark and warm, with the ripples and footprints that low light shows."""
    x, y = grid(size)
    away = size.height / np.maximum(y - horizon + size.height * 0.02, 1)
    grains = tile(1024, random, slope=1.9, stretch=1.5)
    across, along = as_floats((x / size.width - 0.5) * away * 900), as_floats(away * 700)
    relief = cv2.remap(grains, across, along, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    fine = random.normal(0, 1, (size.height, size.width)).astype(np.float32)
    near = smooth(y, horizon + size.height * 0.1, as_floats(size.height))
    light = 0.5 + 0.11 * relief * near + 0.035 * fine * near
    warm = halo(size, SUN[0] * size.width, size.height * 0.62, size.width * 0.34, power=1.2)
    return (
        mix(np.broadcast_to(colour("#6b4d4c"), (*y.shape, 3)), colour("#d8905f"), warm * 0.8)
        * light[..., None]
        * 1.5
    )


def _foam(picture: Floats, edge: Field, size: Size, random: Random) -> Floats:
    _, y = grid(size)
    lace = noise(size, random, cells=(60, 90), octaves=4, gain=0.7)
    for shift, thick, strength in (
        (0.0, 0.0055, 0.95),
        (-0.028, 0.004, 0.5),
        (-0.061, 0.003, 0.35),
        (-0.085, 0.002, 0.22),
    ):
        wander = (profile(size.width, random, cells=7, octaves=4) - 0.5) * 0.012
        away = (y - edge - (shift + wander * (shift < 0)) * size.height) / (thick * size.height)
        crest = np.exp(-(np.where(away > 0, away * 2.4, away * 0.55) ** 2))
        broken = profile(size.width, random, cells=5, octaves=4)
        part = smooth(broken, 0.3, 0.6) if shift else np.ones_like(broken)
        picture = mix(
            picture, colour("#ffe3cf") * 1.02, as_floats(crest * smooth(lace, 0.18, 0.62) * strength * part)
        )
    return picture


def _figures(canvas: skia.Canvas, size: Size) -> None:
    kite_x, kite_y, kite_high = KITE[0] * size.width, KITE[1] * size.height, KITE[2] * size.height
    x, y, high = FLYER[0] * size.width, FLYER[1] * size.height, FLYER[2] * size.height
    hand = (x + HAND[0] * high, y + HAND[1] * high)
    line = things.curve(
        hand,
        (
            hand[0] + (kite_x - hand[0]) * 0.4,
            hand[1] - size.height * 0.1,
            kite_x - size.width * 0.08,
            kite_y + size.height * 0.16,
            kite_x,
            kite_y,
        ),
    )
    canvas.drawPath(line, things.ink("#2a1b28", line=max(1.0, size.width / 1900), opacity=0.75))
    with things.placed(canvas, kite_x, kite_y, kite_high):
        canvas.rotate(24)
        things.kite(
            canvas, [(0.28 * math.sin(step * 1.3) * min(1, step / 2), 0.5 + 0.34 * step) for step in range(7)]
        )
    with things.placed(canvas, x, y, high):
        things.person(canvas, "#1d1420", arm=HAND)
    with things.placed(canvas, CHILD[0] * size.width, CHILD[1] * size.height, CHILD[2] * size.height):
        things.person(canvas, "#211722", arm=CHILDS_HAND, stride=0.1)


def _shadows(canvas: skia.Canvas, size: Size) -> None:
    """On the sand, away from the sun."""
    for (x, y, high), arm in ((FLYER, HAND), (CHILD, CHILDS_HAND)):
        canvas.save()
        canvas.translate(x * size.width, y * size.height)
        canvas.skew(0.75, 0)
        canvas.scale(high * size.height, -high * size.height * 0.8)
        things.person(canvas, "#000000", arm=arm)
        canvas.restore()
