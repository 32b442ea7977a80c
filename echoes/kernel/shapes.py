"""The shapes and sizes that a film can have, and the pixels that each stands for."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple, cast

from django.utils.translation import gettext_lazy


class Size(NamedTuple):
    width: int
    height: int


# In standard quality. Every other size is a multiple of these, and even in both directions.
SIZES = {
    "16:9": Size(1280, 720),
    "9:16": Size(720, 1280),
    "1:1": Size(960, 960),
    "4:5": Size(864, 1080),
}
# Labels are said in the language of the moment at which they are shown.
LABELS = cast(
    "dict[str, str]",
    {
        "16:9": gettext_lazy("Landscape 16:9"),
        "9:16": gettext_lazy("Portrait 9:16"),
        "1:1": gettext_lazy("Square 1:1"),
        "4:5": gettext_lazy("Tall 4:5"),
    },
)
CHOICES = tuple(LABELS.items())

STANDARD = "standard"
QUALITIES = {
    "draft": Fraction(3, 4),
    STANDARD: Fraction(1),
    "high": Fraction(3, 2),
    "ultra": Fraction(3),
}
# By the lines of a landscape film, as people know them.
QUALITY_LABELS = cast(
    "dict[str, str]",
    {
        "draft": gettext_lazy("Draft 540p"),
        STANDARD: gettext_lazy("Standard 720p"),
        "high": gettext_lazy("High 1080p"),
        "ultra": "4K",
    },
)


def size(aspect: str, quality: str = STANDARD) -> Size:
    """Pixels of a shape; raises KeyError for a shape or a quality that does not exist."""
    width, height = SIZES[aspect]
    scale = QUALITIES[quality]
    return Size(int(width * scale), int(height * scale))
