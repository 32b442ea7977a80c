"""Pictures drawn for tests: landscapes with a sun and a few hills, of any size and format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw


def draw(*, seed: int = 1, size: tuple[int, int] = (960, 640)) -> Image.Image:
    """A landscape in RGB; another seed gives another one."""
    random = np.random.default_rng(seed)
    width, height = size
    top, low = random.integers(60, 255, 3), random.integers(60, 255, 3)
    ramp = np.linspace(0, 1, height)[:, None, None]
    sky = np.broadcast_to((top * (1 - ramp) + low * ramp), (height, width, 3)).astype(np.uint8)
    image = Image.fromarray(np.ascontiguousarray(sky))
    pen = ImageDraw.Draw(image)
    x, y, radius = width * random.random(), height * 0.3, min(size) * 0.12
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(255, 236, 170))
    for depth in range(3):
        line = height * (0.55 + 0.15 * depth) + np.cumsum(random.normal(0, height / 90, 24))
        points = [(width * i / 23, float(h)) for i, h in enumerate(line)]
        pen.polygon([*points, (width, height), (0, height)], fill=tuple(random.integers(20, 200, 3).tolist()))
    return image


def jpeg(path: Path, *, seed: int = 1, size: tuple[int, int] = (960, 640), **options: Any) -> Path:
    draw(seed=seed, size=size).save(path, "JPEG", quality=88, **options)
    return path


def oriented(path: Path, *, orientation: int, seed: int = 1) -> Path:
    """A JPEG whose pixels lie as a camera held that way stores them, with the tag that says so."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return jpeg(path, seed=seed, exif=exif)
