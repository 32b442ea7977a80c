"""Places in a picture, as fractions of its width and height: from the top left."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Point(NamedTuple):
    x: float
    y: float


class Box(NamedTuple):
    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def area(self) -> float:
        return self.width * self.height

    @property
    def centre(self) -> Point:
        return Point(self.x + self.width / 2, self.y + self.height / 2)


def between(*, left: float, top: float, right: float, bottom: float) -> Box:
    """The box of these four sides, cut to the picture."""
    left, top = min(max(left, 0.0), 1.0), min(max(top, 0.0), 1.0)
    right, bottom = min(max(right, left), 1.0), min(max(bottom, top), 1.0)
    return Box(left, top, right - left, bottom - top)


def union(*, boxes: Iterable[Box]) -> Box:
    """The smallest box around all of them; raises ValueError when there is none."""
    found = tuple(boxes)
    return between(
        left=min(box.x for box in found),
        top=min(box.y for box in found),
        right=max(box.right for box in found),
        bottom=max(box.bottom for box in found),
    )


def overlap(*, one: Box, other: Box) -> float:
    """Shared area over joint area, 0 to 1."""
    width = min(one.right, other.right) - max(one.x, other.x)
    height = min(one.bottom, other.bottom) - max(one.y, other.y)
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (one.area + other.area - shared)
