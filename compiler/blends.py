"""How one picture becomes the next. Pure: two pictures and how far they are, 0 to 1, give a picture.

A transition of `n` frames shows progress 0, 1/n … (n - 1)/n: its first frame is the left picture as it is,
and the frame after its last is the right one. The browser's preview (`static/css/preview.css`, and for the
mist of a dissolve `static/js/noise.js`) follows the same curves. With `p` for progress and
`s = p * p * (3 - 2 * p)` (smoothstep):

- fade: the right picture over the left one at opacity `p`.
- dissolve: the same, but each point at a moment of its own, for which it takes `SOFT` of the transition: the
  right picture drifts in like mist, in clouds of which some `CLOUDS` lie along the shorter side.
- wipe: the right picture stands still and is uncovered from its right edge to its left one; the border is at
  `1 - p` of the width.
- slide: both move to the left by `p` of the width, side by side.
- zoom: the left picture grows about its centre to `1 + (ZOOM - 1) * s`, the right one comes to rest from
  `ARRIVES - (ARRIVES - 1) * s`, over it at opacity `s`.
- blur: the right picture over the left one at opacity `s`, both out of focus: a Gaussian blur whose deviation
  is `width / BLUR * smoothstep(1 - |2p - 1|)`, as in CSS's `blur()`; their edges go on beyond the frame.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from compiler import planes
from compiler.planes import Picture, Plane
from echoes.kernel.shapes import Size

ZOOM, ARRIVES = 1.35, 1.08
BLUR = 40
# Of a dissolve: the share of it in which a point changes. Its clouds: how many lie along the shorter side,
# how often they are drawn again at half the size, and how much weaker each time.
SOFT = 0.5
CLOUDS, OCTAVES, WEAKER = 5, 4, 0.6
# Clouds are drawn so many samples high, or wide, and enlarged.
COARSE = 180
LEVELS = 256

Blend = Callable[[Picture, Picture, float], Picture]


def blend(*, kind: str, left: Picture, right: Picture, progress: float) -> Picture:
    """A picture of its own, or one of the two as it is. Raises KeyError for a kind that is not in KINDS."""
    draw = KINDS[kind]
    if progress <= 0:
        return left
    if progress >= 1:
        return right
    return draw(left, right, progress)


def smoothstep(share: float) -> float:
    """0 to 1, at rest at both ends."""
    share = min(1.0, max(0.0, share))
    return share * share * (3 - 2 * share)


def _fade(left: Picture, right: Picture, progress: float) -> Picture:
    mixed = cv2.addWeighted(left.data, 1 - progress, right.data, progress, 0)
    return Picture(left.size, np.asarray(mixed, np.uint8).reshape(-1))


def _dissolve(left: Picture, right: Picture, progress: float) -> Picture:
    share = cv2.LUT(_moments(left.size), _shares(progress))
    arrived = cv2.multiply(right.data, share, scale=1 / 255)
    rest = cv2.multiply(left.data, cv2.bitwise_not(share), scale=1 / 255)
    return Picture(left.size, np.asarray(cv2.add(arrived, rest), np.uint8).reshape(-1))


def _wipe(left: Picture, right: Picture, progress: float) -> Picture:
    made = left.copy()
    for to, new in zip(made.planes, right.planes, strict=True):
        at = _border(to, progress) + 1
        to[:, at:] = new[:, at:]
    return made


def _slide(left: Picture, right: Picture, progress: float) -> Picture:
    made = planes.blank(left.size)
    for to, old, new in zip(made.planes, left.planes, right.planes, strict=True):
        at = _border(to, progress)
        to[:, :at] = old[:, old.shape[1] - at :]
        to[:, at:] = new[:, : new.shape[1] - at]
    return made


def _zoom(left: Picture, right: Picture, progress: float) -> Picture:
    eased = smoothstep(progress)
    near = _scaled(left, 1 + (ZOOM - 1) * eased)
    return _fade(near, _scaled(right, ARRIVES - (ARRIVES - 1) * eased), eased)


def _blur(left: Picture, right: Picture, progress: float) -> Picture:
    """Blurring what is blended is blending what is blurred, for half the work."""
    mixed = _fade(left, right, smoothstep(progress))
    deviation = left.size.width / BLUR * smoothstep(1 - abs(2 * progress - 1))
    luma, cb, cr = mixed.planes
    return planes.joined(
        left.size, _soft(luma, deviation), _soft(cb, deviation / 2), _soft(cr, deviation / 2)
    )


KINDS: dict[str, Blend] = {
    "fade": _fade,
    "dissolve": _dissolve,
    "wipe": _wipe,
    "slide": _slide,
    "zoom": _zoom,
    "blur": _blur,
}


def _border(plane: Plane, progress: float) -> int:
    """The column of a plane at which the two pictures meet, as ffmpeg's own transitions have it."""
    return int(plane.shape[1] * (1 - progress))


def _scaled(picture: Picture, scale: float) -> Picture:
    """About the middle. H.264 places chroma on the left of its two columns, and between its two rows."""
    width = picture.size.width
    across = ((width - 1) / 2, (width - 1) / 4, (width - 1) / 4)
    parts = [_about(plane, scale, x) for plane, x in zip(picture.planes, across, strict=True)]
    return planes.joined(picture.size, *parts)


def _about(plane: Plane, scale: float, x: float) -> Plane:
    height, width = plane.shape
    y = (height - 1) / 2
    matrix = np.array([[1 / scale, 0, x - x / scale], [0, 1 / scale, y - y / scale]], np.float64)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(plane, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)


def _soft(plane: Plane, deviation: float) -> Plane:
    """Nearly a Gaussian blur, but one whose cost does not grow with its width: its weights fall evenly."""
    radius = round(deviation * math.sqrt(6))
    if not radius:
        return plane
    side = 2 * radius + 1
    return np.asarray(cv2.stackBlur(plane, (side, side)), np.uint8)


@functools.lru_cache(maxsize=4)
def _moments(size: Size) -> NDArray[np.uint8]:
    """When each sample of a picture begins to change: every moment equally often, and neighbours together."""
    chance = np.random.default_rng(7)
    small = (round(size.width * COARSE / min(size)), round(size.height * COARSE / min(size)))
    mist = np.zeros(small[::-1], np.float32)
    for octave in range(OCTAVES):
        across, down = (round(side * CLOUDS * 2**octave / COARSE) for side in small)
        clouds = chance.standard_normal((down, across), np.float32)
        mist += cv2.resize(clouds, small, interpolation=cv2.INTER_CUBIC) * np.float32(WEAKER**octave)
    ranks = mist.ravel().argsort(kind="stable").argsort().reshape(mist.shape)
    even = (ranks * (LEVELS / ranks.size)).astype(np.uint8)
    half = Size(size.width // 2, size.height // 2)
    luma, chroma = (cv2.resize(even, full, interpolation=cv2.INTER_CUBIC) for full in (size, half))
    return planes.joined(size, *(np.asarray(plane, np.uint8) for plane in (luma, chroma, chroma))).data


def _shares(progress: float) -> NDArray[np.uint8]:
    """How much of the right picture is there in a sample that begins to change at each of LEVELS moments."""
    moments = np.arange(LEVELS) / (LEVELS - 1) * (1 - SOFT)
    shares = [smoothstep((progress - moment) / SOFT) for moment in moments.tolist()]
    return np.array([round(255 * share) for share in shares], np.uint8)
