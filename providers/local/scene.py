"""Draws what the camera sees: the photo over the whole film, in two layers where its thing is known for
certain, or a card of it on a ground of its colours."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from providers.local import parallax, planes
from providers.local.camera import Path
from providers.local.framing import Layout, View
from providers.local.parallax import Depth
from providers.local.planes import Frame, Plane, Source

Picture = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

DENSITY = 1.25
"""Pixels prepared for each pixel of the film at the tightest view. Measured on a slow pan: at 1 the picture
pulses between sharp and soft (15 % of its detail), from 1.2 on it does not; above 1.5 detail flickers."""
GROUND_SHRUNK = 8
GROUND_BLUR = 0.035
"""Of the film's longer side."""
GROUND_ZOOM = (1.05, 1.12)
GROUND_LUMA = 62.0
"""How bright the ground is to be, 0 to 255 on the average; dark photos are darkened less."""
GROUND_DARKENED = (0.38, 0.62)
SHADOW = 0.5
SHADOW_BLUR = 0.022
"""Of the film's shorter side."""


@dataclass(frozen=True, eq=False)
class Scene:
    """Everything that is prepared once; `frame` draws."""

    size: tuple[int, int]
    photo: tuple[int, int]
    source: Source | Depth
    ground: Source | None

    def frame(self, *, view: View, progress: float) -> Frame:
        """The film's picture for a view. `progress`, 0 to 1, moves the ground: 0 far, 1 near."""
        picture = self.source.frame(view=view, width=self.size[0], height=self.size[1])
        if self.ground is None:
            return picture
        ground = self.ground.frame(view=self._ground_view(progress), width=self.size[0], height=self.size[1])
        return self._card(picture, ground, view)

    def _ground_view(self, progress: float) -> View:
        zoom = GROUND_ZOOM[0] + (GROUND_ZOOM[1] - GROUND_ZOOM[0]) * progress
        width, height = self.size[0] / zoom, self.size[1] / zoom
        return View((self.size[0] - width) / 2, (self.size[1] - height) / 2, width, height)

    def _card(self, picture: Frame, ground: Frame, view: View) -> Frame:
        scale = self.size[0] / view.width
        sides = np.array([-view.left, self.photo[0] - view.left, -view.top, self.photo[1] - view.top]) * scale
        blur = SHADOW_BLUR * min(self.size)
        luma = _laid(picture.luma, ground.luma, sides, blur, pixel=1)
        cb = _laid(picture.cb, ground.cb, sides, blur, pixel=2)
        cr = _laid(picture.cr, ground.cr, sides, blur, pixel=2)
        return Frame(luma, cb, cr)


def prepare(
    *, photo: Picture, layout: Layout, path: Path, size: tuple[int, int], thing: Floats | None = None
) -> Scene:
    """Cut from an RGB photo what the path shows, in the resolution that the film of `size` pixels needs.
    `thing` says where it is, 0 to 1 over all of the photo, if it is to have depth."""
    piece, covers = _piece(photo, path, size)
    ground = None if layout.fills else _ground(photo, size)
    source = _layered(piece, covers, photo, path, thing) if thing is not None else None
    flat = source or Source(planes.from_rgb(picture=piece), covers)
    return Scene(size, (layout.width, layout.height), flat, ground)


def _layered(piece: Picture, covers: View, photo: Picture, path: Path, thing: Floats) -> Depth | None:
    """None where the path leaves no room between the layers."""
    height, width = photo.shape[:2]
    lag = parallax.lag(path=path, cover=thing, photo=(width, height))
    if not lag:
        return None
    anchor = parallax.quietest(path=path)
    cover = _cut_like(thing, piece, covers, (width, height))
    return parallax.depth(picture=piece, covers=covers, cover=cover, anchor=anchor, lag=lag)


def _cut_like(thing: Floats, piece: Picture, covers: View, photo: tuple[int, int]) -> Floats:
    """The part of the thing's cover that belongs to a piece of the photo, in the piece's size."""
    across, down = thing.shape[1] / photo[0], thing.shape[0] / photo[1]
    step_x, step_y = covers.width / piece.shape[1] * across, covers.height / piece.shape[0] * down
    first_x, first_y = covers.left * across + step_x / 2 - 0.5, covers.top * down + step_y / 2 - 0.5
    matrix = np.array([[step_x, 0, first_x], [0, step_y, first_y]], np.float64)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(thing, matrix, piece.shape[1::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.float32)


def _piece(photo: Picture, path: Path, size: tuple[int, int]) -> tuple[Picture, View]:
    covers = _seen(photo, path)
    left, top, width, height = (round(value) for value in covers)
    piece = photo[top : top + height, left : left + width]
    scale = DENSITY * size[0] / min(path.start.width, path.end.width)
    target = (_even(width * scale), _even(height * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(piece, target, interpolation=how), np.uint8), covers


def _seen(photo: Picture, path: Path) -> View:
    """The whole pixels of the photo that any view of the path touches: those of its two ends."""
    height, width = photo.shape[:2]
    ends = (path.start, path.end)
    left = max(0, int(min(view.left for view in ends)) - 2)
    top = max(0, int(min(view.top for view in ends)) - 2)
    right = min(width, int(max(view.left + view.width for view in ends)) + 3)
    bottom = min(height, int(max(view.top + view.height for view in ends)) + 3)
    return View(left, top, right - left, bottom - top)


def _even(length: float) -> int:
    return max(2, 2 * round(length / 2))


def _ground(photo: Picture, size: tuple[int, int]) -> Source:
    """The middle of the photo, blurred and darkened: it has the photo's colours and none of its things."""
    small = (size[0] // GROUND_SHRUNK, size[1] // GROUND_SHRUNK)
    sharp = cv2.resize(_middle(photo, size), small, interpolation=cv2.INTER_AREA).astype(np.float32)
    soft = cv2.GaussianBlur(sharp, (0, 0), GROUND_BLUR * max(small), borderType=cv2.BORDER_REPLICATE)
    gain = float(np.clip(GROUND_LUMA / max(float(soft.mean()), 1.0), *GROUND_DARKENED))
    large = np.clip(cv2.resize(soft * gain, size, interpolation=cv2.INTER_CUBIC), 0, 255)
    dithered = planes.from_rgb(picture=np.asarray(large, np.float32), dither=np.random.default_rng(0))
    return Source(dithered, View(0, 0, *size))


def _middle(photo: Picture, size: tuple[int, int]) -> Picture:
    """The largest piece in the middle that has the film's shape."""
    height, width = photo.shape[:2]
    across = max(1, min(width, round(height * size[0] / size[1])))
    down = max(1, min(height, round(width * size[1] / size[0])))
    left, top = (width - across) // 2, (height - down) // 2
    return photo[top : top + down, left : left + across]


def _laid(picture: Plane, ground: Plane, sides: npt.NDArray[np.float64], blur: float, *, pixel: int) -> Plane:
    """The card's plane over the ground's. `sides` (left, right, top, bottom) and `blur` are in pixels of the
    film, of which a pixel of this plane is `pixel` wide."""
    height, width = picture.shape
    black = planes.BLACK if pixel == 1 else planes.GREY
    # Chroma is sampled on the left of its pixel and in the middle of its height: see planes.
    x = np.arange(width, dtype=np.float32) * pixel + 0.5
    y = np.arange(height, dtype=np.float32) * pixel + 0.5 * pixel
    covered = np.outer(_coverage(y, sides[2:], pixel), _coverage(x, sides[:2], pixel))
    shade = np.outer(_soft(y - 0.7 * blur, sides[2:], blur), _soft(x, sides[:2], blur))
    light = (ground.astype(np.float32) - black) * (1 - SHADOW * shade)
    mixed = light + (picture.astype(np.float32) - black - light) * covered
    return np.asarray(np.rint(mixed + black), np.uint8)


def _coverage(at: Floats, ends: npt.NDArray[np.float64], pixel: int) -> Floats:
    """How much of each pixel lies between the two ends."""
    inside = np.minimum(at - ends[0], ends[1] - at) / pixel + 0.5
    return np.asarray(np.clip(inside, 0, 1), np.float32)


def _soft(at: Floats, ends: npt.NDArray[np.float64], blur: float) -> Floats:
    """The same, blurred: a shadow's profile."""
    return np.asarray(0.5 * (np.tanh((at - ends[0]) / blur) - np.tanh((at - ends[1]) / blur)), np.float32)
