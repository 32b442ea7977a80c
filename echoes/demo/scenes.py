"""The demo's photos: eight moments of a week outdoors, always the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image

from echoes.demo import beach, cabin, forest, hills, lake, night, ridges, sail
from echoes.demo.paint import Floats, Random, Size, develop

LONG_SIDE, SHORT_SIDE = 2400, 1600
QUALITY = 90
CAMERA = "Echoes demo"

Painter = Callable[[Size, Random], Floats]


@dataclass(frozen=True)
class Scene:
    """`taken_at` is the local time that the picture's own data gives."""

    slug: str
    title: str
    taken_at: datetime
    upright: bool = False

    def size(self, *, long_side: int = LONG_SIDE) -> Size:
        short = long_side * SHORT_SIDE // LONG_SIDE
        return Size(short, long_side) if self.upright else Size(long_side, short)


# Naive on purpose: a camera writes what its clock shows.
SCENES: tuple[Scene, ...] = (
    Scene("first-light", "First light over the ridges", datetime(2026, 10, 3, 7, 12)),
    Scene("still-lake", "The lake, before the wind", datetime(2026, 10, 3, 9, 40)),
    Scene("beech-path", "Light between the trees", datetime(2026, 10, 4, 10, 5), upright=True),
    Scene("white-sail", "One white sail", datetime(2026, 10, 5, 15, 20)),
    Scene("dusk-kite", "A kite at dusk", datetime(2026, 10, 5, 18, 45)),
    Scene("balloons", "Over the hills", datetime(2026, 10, 7, 8, 15)),
    Scene("milky-way", "A lamp under the Milky Way", datetime(2026, 10, 7, 23, 30), upright=True),
    Scene("snow-cabin", "Somebody left the light on", datetime(2026, 10, 9, 18, 5)),
)
# slug: who paints it, and the seed with which it came out best
PAINTERS: dict[str, tuple[Painter, int]] = {
    "first-light": (ridges.paint, 4),
    "still-lake": (lake.paint, 4),
    "beech-path": (forest.paint, 1),
    "white-sail": (sail.paint, 1),
    "dusk-kite": (beach.paint, 1),
    "balloons": (hills.paint, 1),
    "milky-way": (night.paint, 1),
    "snow-cabin": (cabin.paint, 4),
}


def draw(slug: str, *, long_side: int = LONG_SIDE) -> Image.Image:
    """The scene as an RGB picture; the same slug and side give the same pixels. KeyError for another slug."""
    painter, seed = PAINTERS[slug]
    random = np.random.default_rng(seed)
    scene = next(found for found in SCENES if found.slug == slug)
    return develop(painter(scene.size(long_side=long_side), random), random)


def save(scene: Scene, *, folder: Path, long_side: int = LONG_SIDE) -> Path:
    """Draw it into a JPEG named for its title, with the time at which it was taken."""
    exif = Image.Exif()
    exif[ExifTags.Base.Model] = CAMERA
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = f"{scene.taken_at:%Y:%m:%d %H:%M:%S}"
    path = folder / f"{scene.title}.jpg"
    draw(scene.slug, long_side=long_side).save(path, "JPEG", quality=QUALITY, exif=exif)
    return path
