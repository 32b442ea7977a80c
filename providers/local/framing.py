"""Where a camera may stand: how large its view is, and how far it may go without losing the subject.

All lengths are pixels of the photo. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from providers.local.geometry import Box, Point, between, union

SAFE = 0.05
"""Title-safe: so much of the view stays free of the subject on every side (SMPTE ST 2046-1)."""
FILLS_FROM = 0.55
"""A photo fills the film when this share of it can be seen at once; otherwise it is shown as a card."""
FILLS_UP_TO = 2.2
"""Enlarged more than this, a photo would look soft over the whole film: it is shown as a card."""
ENLARGED_AT_MOST = 3.0
ZOOMS_AT_MOST = 1.45
ROOM_TO_ZOOM = 1.12
"""What has to stay in view is chosen so small that a zoom of so much is left."""
CARD = 0.9
"""A card lies inside the title-safe area."""
CARD_AT_LEAST = 0.5
"""A small picture is enlarged as much as it takes to reach this share of the film's height or width."""
CARD_ZOOM = 1.14
STRIP_FROM = 0.36
"""A card narrower than this part of a film shows too little: it runs over the edges, and the camera along."""
STRIP_AT_LEAST = 1.12
STRIP_ZOOM = 1.2
SALIENT_AT_MOST = 0.65
"""Of the view, for a salient region: landscapes stand out everywhere, and would allow no move."""


class View(NamedTuple):
    """What the film shows: a rectangle of the photo, larger than the photo where this is a card."""

    left: float
    top: float
    width: float
    height: float

    @property
    def centre(self) -> Point:
        return Point(self.left + self.width / 2, self.top + self.height / 2)


class Interval(NamedTuple):
    low: float
    high: float

    def nearest(self, value: float) -> float:
        return min(max(value, self.low), self.high)


@dataclass(frozen=True)
class Layout:
    """How a photo is shown. `widest` and `tightest`: widths of a view. `ratio`: the film's width over height.

    `fills`: no view ever leaves the photo. Otherwise it is a card, on a ground, and where the view is
    shorter than the photo in one direction, the camera can travel that way.
    """

    width: int
    height: int
    ratio: float
    fills: bool
    widest: float
    tightest: float
    keep: Box
    focus: Point
    on_face: bool

    def room(self, *, view_width: float) -> tuple[Interval, Interval]:
        """Where the left and the top side of a view of this width may lie."""
        return (
            _room(view_width, self.width, self.keep.x, self.keep.right),
            _room(view_width / self.ratio, self.height, self.keep.y, self.keep.bottom),
        )

    def view(self, *, width: float, left: float, top: float) -> View:
        """The view nearest to this that may be."""
        across, down = self.room(view_width=width)
        return View(across.nearest(left), down.nearest(top), width, width / self.ratio)


def layout(
    *, size: tuple[int, int], film: tuple[int, int], faces: Sequence[Box], region: Box, focus: Point
) -> Layout:
    """How a photo of `size` is shown in a film of that many pixels."""
    width, height = size
    ratio = film[0] / film[1]
    whole = min(width, height * ratio)
    shown = whole * whole / ratio / (width * height)
    fills = shown >= FILLS_FROM or _is_panorama(width, height, ratio)
    fills = fills and film[0] / whole <= FILLS_UP_TO
    widest, tightest = _filling(whole, film) if fills else _card(size, film)
    keep = _keep(size, (widest, widest / ratio), faces=faces, region=region, focus=focus)
    tightest = min(widest, max(tightest, _width_for(keep, size, ratio)))
    return Layout(width, height, ratio, fills, widest, tightest, keep, _inside(focus, keep), bool(faces))


def _is_panorama(width: int, height: int, ratio: float) -> bool:
    """Long in the direction in which the film is long, too."""
    return (width / height > ratio >= 1) or (width / height < ratio <= 1)


def _filling(whole: float, film: tuple[int, int]) -> tuple[float, float]:
    return whole, min(whole, max(whole / ZOOMS_AT_MOST, film[0] / ENLARGED_AT_MOST))


def _card(size: tuple[int, int], film: tuple[int, int]) -> tuple[float, float]:
    """Widths of the widest and the tightest view that show the photo as a card."""
    fit = max(size[0] / film[0], size[1] / film[1])
    across = min(size[0] / film[0], size[1] / film[1]) / fit
    largest = ENLARGED_AT_MOST * fit
    if STRIP_FROM / across > 1 and largest >= STRIP_AT_LEAST:
        share = min(max(STRIP_FROM / across, STRIP_AT_LEAST), largest)
        return film[0] * fit / share, film[0] * fit / (share * STRIP_ZOOM)
    share = min(CARD, max(CARD_AT_LEAST, largest))
    return film[0] * fit / share * CARD_ZOOM, film[0] * fit / share


def _keep(
    size: tuple[int, int], widest: tuple[float, float], *, faces: Sequence[Box], region: Box, focus: Point
) -> Box:
    """What has to stay in the safe area during the whole move: as many faces as fit, the largest first."""
    limits = [(1 - 2 * SAFE) * view / ROOM_TO_ZOOM / side for view, side in zip(widest, size, strict=True)]
    if not faces:
        return _cut(region, focus, (limits[0] * SALIENT_AT_MOST, limits[1] * SALIENT_AT_MOST))
    heads = [_head(face) for face in sorted(faces, key=lambda face: face.area, reverse=True)]
    kept = _cut(heads[0], heads[0].centre, (limits[0], limits[1]))
    for head in heads[1:]:
        together = union(boxes=(kept, head))
        if together.width <= limits[0] and together.height <= limits[1]:
            kept = together
    return kept


def _head(face: Box) -> Box:
    """The detector frames brow to chin; a head is larger."""
    return between(
        left=face.x - 0.25 * face.width,
        top=face.y - 0.5 * face.height,
        right=face.right + 0.25 * face.width,
        bottom=face.bottom + 0.3 * face.height,
    )


def _cut(box: Box, focus: Point, limits: tuple[float, float]) -> Box:
    """The box, or as much of it around the focus as the limits allow."""
    left, right = _shortened(box.x, box.right, focus.x, limits[0])
    top, bottom = _shortened(box.y, box.bottom, focus.y, limits[1])
    return between(left=left, top=top, right=right, bottom=bottom)


def _shortened(low: float, high: float, around: float, limit: float) -> tuple[float, float]:
    if high - low <= limit:
        return low, high
    start = min(max(around - limit / 2, low), high - limit)
    return start, start + limit


def _inside(point: Point, box: Box) -> Point:
    return Point(min(max(point.x, box.x), box.right), min(max(point.y, box.y), box.bottom))


def _width_for(keep: Box, size: tuple[int, int], ratio: float) -> float:
    """The width of the smallest view that keeps it safe."""
    return max(keep.width * size[0], keep.height * size[1] * ratio) / (1 - 2 * SAFE)


def _room(view: float, side: int, low: float, high: float) -> Interval:
    """Where a view may begin in one direction, so that what is kept stays safe and no view leaves the photo.

    Where the view is longer than the photo it is the whole photo that stays safe. Where both cannot be had,
    because what is kept touches the photo's edge, the view stands at that edge: no picture has more to show.
    """
    if view >= side:
        low, high, first, last = 0.0, 1.0, side - view, 0.0
    else:
        first, last = 0.0, side - view
    bounds = Interval(first, last)
    earliest, latest = high * side + SAFE * view - view, low * side - SAFE * view
    if earliest > latest:
        earliest = latest = (earliest + latest) / 2
    return Interval(bounds.nearest(earliest), bounds.nearest(latest))
