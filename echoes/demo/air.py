"""Skies, clouds and stars."""

from __future__ import annotations

import cv2
import numpy as np

from echoes.demo.paint import (
    Field,
    Floats,
    Random,
    Size,
    Stops,
    as_floats,
    blur,
    grid,
    halo,
    lit,
    noise,
    ramp,
    smooth,
    tile,
)

TILE = 1024


def sky(size: Size, horizon: float, stops: Stops) -> Floats:
    """Colours from the top of the picture (0) to the horizon (1)."""
    return ramp(stops, grid(size)[1] / horizon)


def cloud_deck(
    size: Size,
    horizon: float,
    random: Random,
    *,
    lumps: float,
    cover: float,
    stretch: float = 1.0,
    toward: float = 0.0,
) -> tuple[Floats, Floats]:
    """A layer of clouds that runs to the horizon: how dense it is, and how much light comes through from a
    sun that stands `toward` (in cloud lumps) behind it. A greater cover is more sky hidden, 0 to 1."""
    x, y = grid(size)
    away = size.height / np.maximum(horizon - y, size.height * 0.004)
    field = tile(TILE, random, slope=3.1, stretch=stretch)
    across = (x / size.width - 0.5) * away * lumps * 220
    along = away * lumps * 160
    dense = _wrapped(field, across, along)
    ahead = _wrapped(_softened(field), across, along + toward * 40)
    low = 1.1 - 2.2 * cover
    return smooth(dense, low, low + 1.3), as_floats(np.exp(-1.4 * smooth(ahead, low - 0.3, low + 1.6)))


def streaks(size: Size, random: Random, *, across: float, down: float, cover: float) -> Floats:
    """High thin clouds, drawn out sideways."""
    field = noise(size, random, cells=(across, down), octaves=7, gain=0.55)
    return smooth(field, 1 - cover, 1 - cover + 0.4)


def sun(
    picture: Floats, x: float, y: float, *, radius: float, strength: float, code: str = "#ffdca0"
) -> Floats:
    """A disc far brighter than white, with the glow of the air around it."""
    height, width = picture.shape[:2]
    size = Size(width, height)
    across, down = grid(size)
    disc = np.clip(radius + 0.5 - np.hypot(across - x, down - y), 0, 1).astype(np.float32)
    glow = halo(size, x, y, radius * 2.2, power=1.3) * 0.8 + halo(size, x, y, width * 0.16, power=1.6) * 0.3
    return lit(picture, code, as_floats(disc * 14 + glow) * strength)


def stars(size: Size, random: Random, *, count: int, brightest: float, where: Floats | None = None) -> Floats:
    """Points of light; most are faint. With a field, the more of them the brighter it is there."""
    x, y = random.random(count) * size.width, random.random(count) * size.height
    power = brightest * (1 - random.random(count)) ** 14
    keep = np.ones(count, bool)
    if where is not None:
        keep = random.random(count) < where[y.astype(int), x.astype(int)]
    warmth = random.normal(0, 0.12, count)
    tint = np.stack((1 + warmth, np.ones(count), 1 - warmth), axis=-1) * power[:, None]
    field = np.zeros((size.height, size.width, 3), np.float32)
    np.add.at(field, (y.astype(int)[keep], x.astype(int)[keep]), tint[keep].astype(np.float32))
    unit = max(size) / 2400
    glow = blur(as_floats(np.maximum(field - brightest * 0.3, 0)), 4.0 * unit)
    return as_floats(cv2.GaussianBlur(field, (0, 0), 0.95 * unit) * 3.2 + glow * 6)


def milky_way(size: Size, random: Random, *, x: float, lean: float, width: float) -> Floats:
    """The band, 0 to 1: it stands at `x` at the bottom and leans so far to the side at the top (pixels)."""
    across, down = grid(size)
    away = (across - x - lean * (1 - down / size.height)) / width
    away = away + (noise(size, random, cells=(3, 4), octaves=4) - 0.5) * 0.9
    band = np.exp(-(away**2) * 1.6) * (0.5 + 0.8 * noise(size, random, cells=(5, 8), octaves=7, gain=0.6))
    dust = smooth(noise(size, random, cells=(5, 9), octaves=8, gain=0.66), 0.42, 0.7)
    lane = dust * np.exp(-((away - 0.1) ** 2) * 4)
    return as_floats(np.clip(band * (1 - 0.8 * lane), 0, 1.3))


def _softened(field: Floats) -> Floats:
    """Blurred across the edges, so that a tile still repeats without a seam."""
    edge = 16
    soft = cv2.GaussianBlur(np.pad(field, edge, mode="wrap"), (0, 0), 3)
    return as_floats(soft[edge:-edge, edge:-edge])


def _wrapped(field: Field, across: Floats, along: Floats) -> Floats:
    return as_floats(
        cv2.remap(field, as_floats(across), as_floats(along), cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    )
