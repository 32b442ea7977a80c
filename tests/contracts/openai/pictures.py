"""Pictures for the simulated OpenAI: what one shows, as far as simple measuring goes, and drawn ones."""

from __future__ import annotations

import base64
import binascii
import colorsys
import hashlib
import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageOps

MARK = "simulated"
NAMES = ("red", "orange", "yellow", "green", "green", "turquoise", "blue", "blue", "violet", "pink", "red")


class Unreadable(Exception):
    """This is no picture that the service reads."""


@dataclass(frozen=True)
class Sight:
    """What there is to say about a picture."""

    width: int
    height: int
    colour: str
    light: str

    @property
    def shape(self) -> str:
        return "square" if self.width == self.height else "wide" if self.width > self.height else "tall"


def from_uri(uri: str) -> Image.Image:
    """The picture in a data URI; raises Unreadable."""
    head, _, data = uri.partition(";base64,")
    if head not in ("data:image/jpeg", "data:image/png", "data:image/webp"):
        raise Unreadable(head[:40])
    try:
        return opened(base64.b64decode(data, validate=True))
    except binascii.Error as error:
        raise Unreadable(str(error)) from error


def opened(content: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(content)).convert("RGB")
    except OSError as error:
        raise Unreadable(str(error)) from error


def look(picture: Image.Image) -> Sight:
    red, green, blue = (each / 255 for each in picture.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0)))
    hue, saturation, value = colorsys.rgb_to_hsv(red, green, blue)
    colour = "grey" if saturation < 0.12 else NAMES[round(hue * (len(NAMES) - 1))]
    light = "dark" if value < 0.35 else "bright" if value > 0.7 else "softly lit"
    return Sight(picture.width, picture.height, colour, light)


def drawn(prompt: str, size: tuple[int, int], *, transparent: bool) -> Image.Image:
    """A picture of that size, another one for other words, with the mark of a simulated service."""
    seed = int.from_bytes(hashlib.sha256(prompt.encode()).digest()[:8])
    random = np.random.default_rng(seed)
    width, height = size
    if transparent:
        picture = Image.new("RGBA", size, (0, 0, 0, 0))
    else:
        top, low = random.integers(40, 240, 3), random.integers(40, 240, 3)
        ramp = np.linspace(0, 1, height)[:, None, None]
        sky = np.broadcast_to(top * (1 - ramp) + low * ramp, (height, width, 3)).astype(np.uint8)
        picture = Image.fromarray(np.ascontiguousarray(sky))
    pen = ImageDraw.Draw(picture)
    for _ in range(5):
        x, y = random.random() * width, random.random() * height
        radius = min(size) * (0.08 + 0.2 * random.random())
        colour = (*random.integers(40, 255, 3).tolist(), 255)[: 4 if transparent else 3]
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    return _marked(picture, prompt)


def edited(first: Image.Image, prompt: str, size: tuple[int, int]) -> Image.Image:
    """The first picture, fitted to the size, in a light that the words give it."""
    seed = int.from_bytes(hashlib.sha256(prompt.encode()).digest()[:4])
    tint = tuple(np.random.default_rng(seed).integers(60, 255, 3).tolist())
    fitted = ImageOps.fit(first, size)
    return _marked(Image.blend(fitted, Image.new("RGB", size, tint), 0.25), prompt)


def _marked(picture: Image.Image, prompt: str) -> Image.Image:
    pen = ImageDraw.Draw(picture)
    pen.text((12, 10), f"{MARK}: {prompt[:60].encode('ascii', 'replace').decode()}", fill="white")
    return picture


def encoded(picture: Image.Image, kind: str) -> str:
    """As the service puts a picture into its answer."""
    kept = io.BytesIO()
    picture.save(kept, kind.upper(), **({"quality": 85} if kind == "jpeg" else {"compress_level": 1}))
    return base64.b64encode(kept.getvalue()).decode()
