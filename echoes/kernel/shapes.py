"""The shapes a film can have, and the pixels that each stands for."""

from __future__ import annotations

from typing import NamedTuple


class Size(NamedTuple):
    width: int
    height: int


SIZES = {
    "16:9": Size(1280, 720),
    "9:16": Size(720, 1280),
    "1:1": Size(960, 960),
}
LABELS = {
    "16:9": "Landscape 16:9",
    "9:16": "Portrait 9:16",
    "1:1": "Square 1:1",
}
CHOICES = tuple(LABELS.items())


def size(aspect: str) -> Size:
    """Pixels of a shape; raises KeyError for a shape that does not exist."""
    return SIZES[aspect]
