"""Pictures as film stores them: bt709 in limited range, one plane of luma and two half as large of chroma.

OpenCV's own conversions are bt601, so the matrix is written here. A camera's move is linear in every plane,
so a photo is converted once, and each frame is only resampled: half the work of resampling RGB.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from providers.local.framing import View

Picture = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

RED, BLUE = 0.2126, 0.0722
GREEN = 1 - RED - BLUE
BLACK, GREY = 16, 128
LUMA_SPAN, CHROMA_SPAN = 219 / 255, 224 / 255
LUMA_ROW = np.array([RED, GREEN, BLUE]) * LUMA_SPAN
CB_ROW = np.array([-RED, -GREEN, 1 - BLUE]) / (2 * (1 - BLUE)) * CHROMA_SPAN
CR_ROW = np.array([1 - RED, -GREEN, -BLUE]) / (2 * (1 - RED)) * CHROMA_SPAN
MATRIX = np.stack([LUMA_ROW, CB_ROW, CR_ROW]).astype(np.float32)
OFFSETS = np.array([BLACK, GREY, GREY], np.float32)


class Frame(NamedTuple):
    """`luma` (height, width), `cb` and `cr` half that."""

    luma: Plane
    cb: Plane
    cr: Plane

    def data(self) -> bytes:
        """As raw yuv420p."""
        return b"".join(plane.tobytes() for plane in self)


@dataclass(frozen=True, eq=False)
class Source:
    """Planes of the rectangle `covers` of a photo (pixels of the photo), ready to be looked at."""

    planes: Frame
    covers: View

    def frame(self, *, view: View, width: int, height: int) -> Frame:
        """What a view of the photo shows, in even numbers of pixels; beyond the photo its edge goes on."""
        luma = self._sampled(self.planes.luma, view, (width, height), (0.5, 0.5))
        half = (width // 2, height // 2)
        # H.264 places chroma on the left of its two columns, and between its two rows.
        cb = self._sampled(self.planes.cb, view, half, (0.25, 0.5))
        cr = self._sampled(self.planes.cr, view, half, (0.25, 0.5))
        return Frame(luma, cb, cr)

    def _sampled(self, plane: Plane, view: View, size: tuple[int, int], site: tuple[float, float]) -> Plane:
        """`site`: where in its pixel a sample is taken; the plane's own are in the middle of theirs."""
        across = plane.shape[1] / self.covers.width
        down = plane.shape[0] / self.covers.height
        step_x, step_y = view.width / size[0], view.height / size[1]
        first_x = (view.left - self.covers.left + site[0] * step_x) * across - 0.5
        first_y = (view.top - self.covers.top + site[1] * step_y) * down - 0.5
        matrix = np.array([[step_x * across, 0, first_x], [0, step_y * down, first_y]], np.float64)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        moved = cv2.warpAffine(plane, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(moved, np.uint8)


def from_rgb(*, picture: Picture | Floats, dither: np.random.Generator | None = None) -> Frame:
    """Planes of an RGB picture (0 to 255) with even sides. `dither` hides the steps of a very smooth one."""
    height, width = picture.shape[:2]
    half = cv2.resize(picture, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    luma = _converted(np.asarray(picture, np.float32), 0, dither)
    cb, cr = (_converted(np.asarray(half, np.float32), row, dither) for row in (1, 2))
    return Frame(luma, cb, cr)


def _converted(picture: Floats, row: int, dither: np.random.Generator | None) -> Plane:
    values = cv2.transform(picture, MATRIX[row : row + 1]).reshape(picture.shape[:2]) + OFFSETS[row]
    if dither is not None:
        values = values + dither.uniform(-0.5, 0.5, values.shape).astype(np.float32)
    return np.asarray(np.clip(np.rint(values), BLACK, 240 if row else 235), np.uint8)
