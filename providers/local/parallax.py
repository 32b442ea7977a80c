"""A photo in two layers: the thing before its ground, which moves a little less, as what is farther does.

Only where the thing can be told from its ground for certain; else a photo moves as one, as it always may.
The camera's view is the thing's own, so that what is kept in sight stays in sight. Behind it the ground is
seen from between that view and the move's quietest, and is painted on where the thing has hidden it: over at
most TRAVEL of the film's width, which the eye takes for depth and does not look into.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from providers.local import planes
from providers.local.camera import Path
from providers.local.framing import View
from providers.local.geometry import Box
from providers.local.matting import edges, separation
from providers.local.planes import Frame, Plane, Source
from providers.local.prompts import ZOOMS

Picture = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

CERTAIN = 0.75
LOOKED_AT = 1600
"""Pixels of the longer side of the picture that is taken apart."""
FEW, MANY = 0.03, 0.6
"""Of the photo: a smaller thing shows no depth, and behind a larger one there is too little to paint from."""
TRAVEL = 0.025
LAGS = (0.35, 0.3, 0.25, 0.2, 0.15, 0.1, 0.07, 0.05, 0.03)
"""Of the way to the quietest view: how far the ground stays behind; the most that keeps to TRAVEL."""
MARGIN = 0.008
"""Of the photo's longer side: so much around the thing is painted as well, for its edge is never exact."""
OPAQUE = 255


@dataclass(frozen=True, eq=False)
class Depth:
    """`front` is the thing with its ground, `cover` says where the thing is, `back` is the ground alone. The
    ground's view lies `lag` of the way from the camera's to `anchor`."""

    front: Source
    cover: Source
    back: Source
    anchor: View
    lag: float

    def frame(self, *, view: View, width: int, height: int) -> Frame:
        behind = View(*(side + self.lag * (to - side) for side, to in zip(view, self.anchor, strict=True)))
        shown = self.front.frame(view=view, width=width, height=height)
        cover = self.cover.frame(view=view, width=width, height=height)
        ground = self.back.frame(view=behind, width=width, height=height)
        return Frame(*(_over(*each) for each in zip(shown, ground, cover, strict=True)))


def thing(*, photo: Picture, faces: Sequence[Box]) -> Floats | None:
    """Where the thing in an RGB photo is, 0 to 1; None where that is not certain."""
    scale = min(1.0, LOOKED_AT / max(photo.shape[:2]))
    size = (max(8, round(photo.shape[1] * scale)), max(8, round(photo.shape[0] * scale)))
    image = np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.uint8)
    if not separation.is_plain(image=image):
        return None
    found = separation.separate(image=image)
    certain = found.sure >= CERTAIN and FEW <= float(found.alpha.mean()) <= MANY
    return found.alpha if certain and all(_holds(found.alpha, face) for face in faces) else None


def lag(*, path: Path, cover: Floats, photo: tuple[int, int]) -> float:
    """How far the ground may stay behind on this path over a photo of that size; 0: not at all."""
    corners = _corners(cover, photo)
    anchor = quietest(path=path)
    for share in LAGS:
        if max(_travel(view, anchor, share, corners) for view in (path.start, path.end)) <= TRAVEL:
            return share if path.start != path.end else 0.0
    return 0.0


def quietest(*, path: Path) -> View:
    """The view in which both layers lie as in the photo: a zoom's wide end, the middle of a pan."""
    if path.move in ZOOMS:
        return max(path.start, path.end, key=lambda view: view.width)
    return View(*((a + b) / 2 for a, b in zip(path.start, path.end, strict=True)))


def depth(*, picture: Picture, covers: View, cover: Floats, anchor: View, lag: float) -> Depth:
    """The layers of the piece `covers` of a photo, as an RGB picture with even sides and the thing's cover in
    the same size."""
    front = planes.from_rgb(picture=edges.own_colours(image=picture, alpha=cover))
    back = planes.from_rgb(picture=painted(picture=picture, hidden=_widened(cover)))
    mask = np.asarray(np.rint(cover * OPAQUE), np.uint8)
    return Depth(
        Source(front, covers), Source(Frame(mask, mask, mask), covers), Source(back, covers), anchor, lag
    )


def painted(*, picture: Picture, hidden: Floats) -> Picture:
    """What is hidden (0 to 1), painted with what is around it: pushed into ever smaller pictures until
    nothing is hidden, and pulled back from there (Gortler and others, 1996)."""
    seen = np.asarray(1 - hidden, np.float32)[..., None]
    mixed = _pulled(np.asarray(picture * seen, np.float32), seen)
    return np.asarray(np.clip(np.rint(mixed), 0, 255), np.uint8)


def _pulled(weighted: Floats, weight: Floats) -> Floats:
    """A picture times its weight, without the weight: where it is light, from the next smaller one."""
    height, width = weighted.shape[:2]
    own = weighted / np.maximum(weight, 1e-4)
    if min(height, width) <= 2 or float(weight.min()) >= 1:
        return np.asarray(own, np.float32)
    size = ((width + 1) // 2, (height + 1) // 2)
    small = np.asarray(cv2.resize(weighted, size, interpolation=cv2.INTER_AREA), np.float32)
    light = np.asarray(cv2.resize(weight, size, interpolation=cv2.INTER_AREA), np.float32)[..., None]
    heavier = np.minimum(1.0, 2 * light)
    brought = np.asarray(small * (heavier / np.maximum(light, 1e-4)), np.float32)
    below = _pulled(brought, np.asarray(heavier, np.float32))
    large = cv2.resize(below, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(own * weight + large * (1 - weight), np.float32)


def _holds(cover: Floats, face: Box) -> bool:
    height, width = cover.shape
    x, y = face.centre
    return bool(cover[min(height - 1, int(y * height)), min(width - 1, int(x * width))] > 0.5)


def _corners(cover: Floats, photo: tuple[int, int]) -> npt.NDArray[np.float64]:
    """Of the rectangle around the thing, in pixels of the photo."""
    rows, columns = (np.flatnonzero((cover > 0.5).any(axis=axis)) for axis in (1, 0))
    across, down = photo[0] / cover.shape[1], photo[1] / cover.shape[0]
    left, right = columns[0] * across, (columns[-1] + 1) * across
    top, bottom = rows[0] * down, (rows[-1] + 1) * down
    return np.array([(x, y) for x in (left, right) for y in (top, bottom)])


def _travel(view: View, anchor: View, share: float, corners: npt.NDArray[np.float64]) -> float:
    """How far the layers come apart at the thing, of the film's width."""
    behind = View(*(side + share * (to - side) for side, to in zip(view, anchor, strict=True)))
    places = [(corners - (each.left, each.top)) / each.width for each in (view, behind)]
    return float(np.abs(places[0] - places[1]).max())


def _widened(cover: Floats) -> Floats:
    radius = max(2, round(MARGIN * max(cover.shape)))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2)
    wide = cv2.dilate((cover > 0.02).astype(np.float32), disc)
    return np.asarray(cv2.GaussianBlur(wide, (0, 0), radius / 3), np.float32)


def _over(front: Plane, back: Plane, cover: Plane) -> Plane:
    share = cover.astype(np.float32) / OPAQUE
    return np.asarray(np.rint(back + (front.astype(np.float32) - back) * share), np.uint8)
