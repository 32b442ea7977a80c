"""Things drawn on grounds, with their exact outline: what a cut-out is measured against.

Each is drawn four times as large and made small, so that its edge is soft in the very way in which a
camera's is, and the share of each pixel that it covers is known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Thing = Callable[[Picture], None]
Colour = tuple[int, int, int]

WIDTH, HEIGHT = 900, 700
FINE = 4


@dataclass(frozen=True, eq=False)
class Drawn:
    """RGB, and how much of each pixel the thing covers, 0 to 1."""

    picture: Picture
    cover: Floats

    def overlap(self, alpha: npt.NDArray[np.floating]) -> float:
        """Shared area over joint area of the thing and what was found."""
        truth, found = self.cover > 0.5, alpha > 0.5
        return float((truth & found).sum() / max(1, (truth | found).sum()))


def plain(width: int, height: int, colour: Colour = (236, 236, 238)) -> Floats:
    return np.full((height, width, 3), colour, np.float32)


def gradient(width: int, height: int) -> Floats:
    """Lit from the upper left, as a sheet of paper behind a product is."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    light = 1 - 0.28 * (x / width) - 0.22 * (y / height) ** 2
    return np.asarray(light[..., None] * np.array([214, 224, 232], np.float32), np.float32)


def gravel(width: int, height: int) -> Floats:
    chance = np.random.default_rng(4)
    fine = chance.normal(0, 1, (height, width, 1)).astype(np.float32)
    stones = cv2.GaussianBlur(fine, (0, 0), 5)[..., None] * 9
    return np.asarray(
        np.clip(130 + 28 * (stones + 0.4 * fine), 0, 255) * np.array([1, 0.95, 0.88]), np.float32
    )


def bottle(pen: Picture) -> None:
    """A body with a neck; `pen` is white where it is."""
    _box(pen, 0.40, 0.36, 0.60, 0.90)
    _box(pen, 0.46, 0.14, 0.54, 0.40)
    _disc(pen, 0.50, 0.37, 0.10, 0.06)


def mug(pen: Picture) -> None:
    """Through its handle the ground is seen."""
    _disc(pen, 0.68, 0.54, 0.12, 0.17)
    _disc(pen, 0.68, 0.54, 0.075, 0.11, colour=0)
    _box(pen, 0.32, 0.30, 0.66, 0.80)
    _disc(pen, 0.49, 0.30, 0.17, 0.04)
    _disc(pen, 0.49, 0.80, 0.17, 0.04)


def box(pen: Picture) -> None:
    corners = [(0.34, 0.40), (0.52, 0.30), (0.72, 0.38), (0.70, 0.72), (0.52, 0.84), (0.35, 0.74)]
    points = [(round(x * pen.shape[1]), round(y * pen.shape[0])) for x, y in corners]
    cv2.fillPoly(pen, [np.array(points, np.int32)], 255)


def draw(
    *,
    thing: Thing,
    ground: Floats,
    colour: Colour,
    shadow: float = 0.0,
    label: Colour | None = None,
    noise: float = 2.0,
) -> Drawn:
    """The thing in one colour, shaded a little, with a soft shadow under it and perhaps a label on it."""
    height, width = ground.shape[:2]
    large = np.zeros((height * FINE, width * FINE), np.uint8)
    thing(large)
    cover = (
        cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)[..., None] / 255
    )
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :, None]
    body = np.array(colour, np.float32) * (1.06 - 0.16 * x * x - 0.08 * x)
    if label:
        left, right, top, bottom = (
            round(s * n) for s, n in ((0.44, width), (0.56, width), (0.5, height), (0.68, height))
        )
        body = np.repeat(body, height, axis=0) if body.shape[0] == 1 else body
        body[top:bottom, left:right] = label
    fallen = cv2.GaussianBlur(np.roll(cover[..., 0], height // 40, axis=0), (0, 0), height / 40)[..., None]
    lit = ground * (1 - shadow * fallen)
    picture = lit * (1 - cover) + body * cover
    picture = picture + np.random.default_rng(7).normal(0, noise, picture.shape)
    return Drawn(np.asarray(np.clip(picture, 0, 255), np.uint8), cover[..., 0])


def _box(pen: Picture, left: float, top: float, right: float, bottom: float) -> None:
    height, width = pen.shape
    ends = (round(left * width), round(top * height)), (round(right * width), round(bottom * height))
    cv2.rectangle(pen, *ends, 255, -1)


def _disc(pen: Picture, x: float, y: float, across: float, down: float, colour: int = 255) -> None:
    height, width = pen.shape
    middle, axes = (round(x * width), round(y * height)), (round(across * width), round(down * height))
    cv2.ellipse(pen, middle, axes, 0, 0, 360, colour, -1)
