"""The painter's box: pictures are float32 arrays (height, width, 3) in linear light, where 1 is paper white.

Light may be brighter than white until `develop` turns the picture into what a camera would have kept.
Fields are (height, width) arrays. Everything random comes from the generator that is passed in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
import skia
from PIL import Image

Floats = npt.NDArray[np.float32]
Field = npt.NDArray[Any]
"""What is taken where numbers of any kind will do."""
Random = np.random.Generator
Draw = Callable[[skia.Canvas], None]
Stops = Sequence[tuple[float, str]]

GAMMA = 2.2
SHOULDER = 0.72
"""From here on light is compressed, as film does, instead of cut off."""


class Size(NamedTuple):
    width: int
    height: int


def colour(code: str) -> Floats:
    """`#rrggbb` as linear light."""
    return _linear(np.array([int(code[at : at + 2], 16) for at in (1, 3, 5)], np.float32) / 255)


def ramp(stops: Stops, at: Floats) -> Floats:
    """Colours along a field, mixed as a designer's gradient mixes them."""
    places = [place for place, _ in stops]
    codes = np.array([[int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)] for _, code in stops])
    channels = [np.interp(at, places, codes[:, channel]) for channel in range(3)]
    return _linear(np.stack(channels, axis=-1).astype(np.float32))


def grid(size: Size) -> tuple[Floats, Floats]:
    """The x and y of each pixel's centre."""
    y, x = np.mgrid[0 : size.height, 0 : size.width].astype(np.float32)
    return x + 0.5, y + 0.5


def noise(
    size: Size, random: Random, *, cells: tuple[float, float], octaves: int = 6, gain: float = 0.5
) -> Floats:
    """Clouds of 0 to 1, with so many lumps across and down, each octave twice as fine."""
    total = np.zeros((size.height, size.width), np.float32)
    for octave in range(octaves):
        across, down = (max(2, round(number * 2**octave)) + 3 for number in cells)
        if across > size.width or down > size.height:
            break
        lumps = random.random((down, across), np.float32)
        total += gain**octave * cv2.resize(lumps, size, interpolation=cv2.INTER_CUBIC)
    return stretched(total)


def profile(width: int, random: Random, *, cells: int, octaves: int = 6, gain: float = 0.5) -> Floats:
    """A line of 0 to 1 with so many lumps: one value for each column, as a single row."""
    total = np.zeros((1, width), np.float32)
    for octave in range(octaves):
        lumps = random.random((1, cells * 2**octave + 3), np.float32)
        total += gain**octave * cv2.resize(lumps, (width, 1), interpolation=cv2.INTER_CUBIC)
    return stretched(total)


def tile(side: int, random: Random, *, slope: float, stretch: float = 1.0, finest: float = 0.5) -> Floats:
    """A square of noise that repeats without a seam: mean 0, deviation 1; a steeper slope is smoother."""
    down, across = np.meshgrid(np.fft.fftfreq(side) * stretch, np.fft.fftfreq(side), indexing="ij")
    radius = np.hypot(down, across)
    radius[0, 0] = 1
    strength = np.where(radius < finest, radius ** (-slope / 2), 0)
    strength[0, 0] = 0
    waves = np.fft.ifft2(np.fft.fft2(random.normal(size=(side, side))) * strength).real
    return as_floats(waves / waves.std())


def stretched(field: Floats) -> Floats:
    low, high = float(field.min()), float(field.max())
    return (field - low) / max(high - low, 1e-6)


def smooth(field: Field, low: Field | float, high: Field | float) -> Floats:
    """0 below, 1 above, without a step between."""
    share = np.clip((field - low) / (high - low), 0, 1).astype(np.float32)
    return share * share * (3 - 2 * share)


def blur(field: Floats, radius: float, down: float | None = None) -> Floats:
    """Gaussian; wide ones are done on a smaller copy, where they cost little."""
    down = radius if down is None else down
    shrink = max(1, int(min(radius, down) // 6))
    height, width = field.shape[:2]
    small = cv2.resize(
        field, (max(1, width // shrink), max(1, height // shrink)), interpolation=cv2.INTER_AREA
    )
    soft = cv2.GaussianBlur(small, (0, 0), radius / shrink, sigmaY=down / shrink)
    return as_floats(cv2.resize(soft, (width, height), interpolation=cv2.INTER_CUBIC))


def mix(below: Floats, above: Floats, share: Floats | float) -> Floats:
    """`above` over `below`; a field as share is the same for all three colours."""
    part = share[..., None] if isinstance(share, np.ndarray) and share.ndim == 2 else share
    return as_floats(below + (above - below) * part)


def lit(picture: Floats, code: str, amount: Floats) -> Floats:
    """Light of that colour is added."""
    return as_floats(picture + colour(code) * amount[..., None])


def halo(size: Size, x: float, y: float, radius: float, *, power: float = 2.0) -> Floats:
    """A glow that is 1 at its middle and fades the faster the greater the power."""
    across, down = grid(size)
    distance = np.hypot(across - x, down - y) / radius
    return as_floats(1 / (1 + distance**2) ** power)


def mask(size: Size, draw: Draw) -> Floats:
    """How much of each pixel is covered by what is drawn."""
    return layer(size, draw)[1]


def layer(size: Size, draw: Draw) -> tuple[Floats, Floats]:
    """What is drawn, as linear light and as cover of 0 to 1."""
    pixels = np.zeros((size.height, size.width, 4), np.uint8)
    with skia.Surface(pixels, colorType=skia.kRGBA_8888_ColorType) as canvas:
        draw(canvas)
    cover = as_floats(pixels[..., 3] / 255)
    full = np.maximum(pixels[..., 3:], 1).astype(np.float32)
    return _linear(np.minimum(pixels[..., :3] / full, 1).astype(np.float32)), cover


def on(picture: Floats, drawn: tuple[Floats, Floats], *, light: Floats | float = 1.0) -> Floats:
    """A layer over the picture, under more or less light."""
    strength = light[..., None] if isinstance(light, np.ndarray) else light
    return mix(picture, drawn[0] * strength, drawn[1])


def develop(picture: Floats, random: Random, *, bloom: float = 0.12, grain: float = 0.009) -> Image.Image:
    """What a camera keeps: light spills a little, corners are darker, the film has grain."""
    height, width = picture.shape[:2]
    size = Size(width, height)
    spill = blur(np.minimum(np.maximum(picture - 0.5, 0), 6), width / 60)
    exposed = (picture + spill * bloom) * _corners(size)[..., None]
    print_ = _shown(_shoulder(exposed))
    print_ += _grain(size, random)[..., None] * grain * (1.15 - print_)
    return Image.fromarray((np.clip(print_, 0, 1) * 255 + 0.5).astype(np.uint8))


def as_floats(field: Any) -> Floats:
    return np.asarray(field, np.float32)


def _corners(size: Size) -> Floats:
    x, y = grid(size)
    away = ((x / size.width - 0.5) ** 2 + (y / size.height - 0.5) ** 2) * 2
    return as_floats(1 - 0.34 * away**1.3)


def _grain(size: Size, random: Random) -> Floats:
    fine = random.standard_normal((size.height, size.width), np.float32)
    return as_floats(cv2.GaussianBlur(fine, (0, 0), 0.8) * 1.9)


def _shoulder(light: Floats) -> Floats:
    rest = 1 - SHOULDER
    over = np.maximum(light - SHOULDER, 0)
    return as_floats(np.minimum(light, SHOULDER) + rest * (1 - np.exp(-over / rest / 1.4)))


def _linear(shown: Field) -> Floats:
    return as_floats(shown**GAMMA)


def _shown(light: Floats) -> Floats:
    return as_floats(np.maximum(light, 0) ** (1 / GAMMA))
