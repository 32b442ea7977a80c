"""Pictures as film stores them: bt709 in limited range, a plane of luma and two of chroma half as large.

Frames are blended, and words laid over them, as they come out of the decoder and go into the encoder: no
conversion, and half the bytes of RGB.
"""

from __future__ import annotations

from dataclasses import dataclass

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from echoes.kernel.ffmpeg import encoding
from echoes.kernel.shapes import Size

Plane = NDArray[np.uint8]

RED, GREEN, BLUE = 0.2126, 0.7152, 0.0722
LUMA_SPAN, CHROMA_SPAN = 219 / 255, 224 / 255
# Rows: luma, blue and red difference. Columns: red, green, blue, all multiplied by alpha, and alpha itself.
MATRIX = np.array(
    [
        [*(np.array([RED, GREEN, BLUE]) * LUMA_SPAN), 16 / 255],
        [*(np.array([-RED, -GREEN, 1 - BLUE]) / (2 * (1 - BLUE)) * CHROMA_SPAN), 128 / 255],
        [*(np.array([1 - RED, -GREEN, -BLUE]) / (2 * (1 - RED)) * CHROMA_SPAN), 128 / 255],
    ],
    np.float32,
)


@dataclass(frozen=True, eq=False)
class Picture:
    """`data` is raw yuv420p: all of luma, all of Cb, all of Cr. The planes are views of it."""

    size: Size
    data: Plane

    @property
    def planes(self) -> tuple[Plane, Plane, Plane]:
        """Luma, and the two of chroma."""
        width, height = self.size
        ends = (width * height, width * height * 5 // 4)
        luma, cb, cr = np.split(self.data, ends)
        half = (height // 2, width // 2)
        return luma.reshape(height, width), cb.reshape(half), cr.reshape(half)

    def copy(self) -> Picture:
        return Picture(self.size, self.data.copy())


@dataclass(frozen=True, eq=False)
class Cover:
    """A part of one plane of a layer: `ink` is multiplied by `alpha`, and stands at `top`, `left`."""

    ink: Plane
    alpha: Plane
    top: int
    left: int


Layer = tuple[Cover, Cover, Cover]


def input_arguments(*, size: Size, fps: int) -> list[str]:
    """For an ffmpeg that is fed with the data of pictures, and tags them as what they are."""
    raw = ("-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{size.width}x{size.height}", "-r", str(fps))
    return [*raw, "-i", "pipe:0", "-vf", encoding.YUV_FILTER]


def blank(size: Size) -> Picture:
    """Without contents yet."""
    return Picture(size, np.empty(size.width * size.height * 3 // 2, np.uint8))


def joined(size: Size, *parts: Plane) -> Picture:
    """A picture of three planes."""
    return Picture(size, np.concatenate([part.reshape(-1) for part in parts]))


def of(frame: av.VideoFrame) -> Picture:
    """A copy of a decoded frame, which has to be yuv420p."""
    pixels = np.asarray(frame.to_ndarray(), np.uint8)
    return Picture(Size(frame.width, frame.height), pixels.reshape(-1))


def frame(picture: Picture) -> av.VideoFrame:
    """As an encoder takes it."""
    rows = picture.data.reshape(-1, picture.size.width)
    return av.VideoFrame.from_ndarray(rows, format="yuv420p")


def from_rgb(pixels: Plane) -> Picture:
    """Of a picture with even sides."""
    height, width = pixels.shape[:2]
    opaque = np.dstack([pixels, np.full((height, width), 255, np.uint8)])
    return joined(Size(width, height), *_inks(opaque))


def layer(pixels: Plane) -> Layer | None:
    """Of RGBA whose colours are multiplied by alpha, with even sides: the part in which anything is to be
    seen; None where nothing is."""
    x, y, width, height = cv2.boundingRect(pixels[:, :, 3])
    if not width:
        return None
    top, left = y // 2 * 2, x // 2 * 2
    part = pixels[top : (y + height + 1) // 2 * 2, left : (x + width + 1) // 2 * 2]
    alpha = np.ascontiguousarray(part[:, :, 3])
    half = _halved(alpha)
    luma, cb, cr = _inks(part)
    return (
        Cover(luma, alpha, top, left),
        Cover(cb, half, top // 2, left // 2),
        Cover(cr, half, top // 2, left // 2),
    )


def cover(picture: Picture, over: Layer, *, strength: float) -> None:
    """Lays a layer over a picture, in place. `strength` 0..1 is how much of it is there."""
    for plane, part in zip(picture.planes, over, strict=True):
        height, width = part.ink.shape
        under = plane[part.top : part.top + height, part.left : part.left + width]
        rest = cv2.convertScaleAbs(part.alpha, alpha=-strength, beta=255)
        shaded = cv2.multiply(under, rest, scale=1 / 255)
        cv2.addWeighted(shaded, 1, part.ink, strength, 0, dst=under)


def _inks(pixels: Plane) -> tuple[Plane, Plane, Plane]:
    small = _halved(pixels)
    inks = (cv2.transform(source, MATRIX[row : row + 1]) for row, source in enumerate((pixels, small, small)))
    luma, cb, cr = (np.asarray(ink, np.uint8).reshape(ink.shape[:2]) for ink in inks)
    return luma, cb, cr


def _halved(pixels: Plane) -> Plane:
    half = (pixels.shape[1] // 2, pixels.shape[0] // 2)
    return np.asarray(cv2.resize(pixels, half, interpolation=cv2.INTER_AREA), np.uint8)
