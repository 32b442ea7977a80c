"""The virtual camera: which way it goes over a photo, and where it stands at each frame.

A move leads from one view to another. Every side of the view changes in proportion to its width, so a move
is a zoom about one fixed point of the photo: no swimming; and what lies inside both ends, or is safe in
both, lies inside and is safe all the way. The width itself changes by the same factor in equal times, which
is what the eye takes for even. Pure: the same arguments give the same path on every machine.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from providers.local.framing import Layout, View
from providers.local.prompts import SIDEWAYS, UPRIGHT, ZOOMS, Move, Moves, Wish

RAMP = 0.28
"""Share of a move in which it gathers speed, and again in which it loses it."""
ZOOM_EACH_SECOND = 0.037
ZOOM_AT_LEAST, ZOOM_AT_MOST = 0.09, 0.30
"""Natural logarithms of the factor."""
TRAVEL_EACH_SECOND = 0.055
"""Of the view's width or height."""
TRAVEL_AT_MOST = 0.45
LONG_TRAVEL_EACH_SECOND, LONG_TRAVEL_AT_MOST = 0.09, 1.1
"""Along a picture that is much longer than the view."""
LONG = 1.5
PAN_ZOOM = 0.035
VARIED = (0.8, 1.0)
"""Two seeds differ by so much even where they choose the same move."""
PAN_ROOM_AT_LEAST = 0.06
"""A pan that cannot travel so much of the view is not offered."""
RECENTRED = 0.65
"""How much of the way to the middle a move brings the subject; the rest is the photographer's composition."""
MIDDLE_FOR_FACES = 0.44
"""Eyes lie above the middle of a well-framed picture."""
ACROSS: dict[Move, tuple[int, int]] = {
    Move.PAN_LEFT: (-1, 0),
    Move.PAN_RIGHT: (1, 0),
    Move.PAN_UP: (0, -1),
    Move.PAN_DOWN: (0, 1),
}


class Strength(NamedTuple):
    """How much a move moves: `pace` counts before what the photo allows, `varied` (at most 1) after it, so
    that two seeds never make the same film, however little room a photo leaves."""

    pace: float = 1.0
    varied: float = 1.0


@dataclass(frozen=True)
class Path:
    """A move from `start` to `end`, which is eased at both."""

    move: Move
    start: View
    end: View

    def at(self, *, time: float) -> View:
        """The view at 0 (start) to 1 (end)."""
        share = _share(self.end.width / self.start.width, ease(time=time))
        return View(*(a + (b - a) * share for a, b in zip(self.start, self.end, strict=True)))

    def views(self, *, frames: int) -> Iterator[View]:
        """The views of so many frames: the first is the start, the last the end."""
        for frame in range(frames):
            yield self.at(time=frame / max(1, frames - 1))


def ease(*, time: float) -> float:
    """0 to 1, at rest at both ends; speed and its change have no steps, and the middle runs evenly."""
    time = min(max(time, 0.0), 1.0)
    if time > 0.5:
        return 1 - ease(time=1 - time)
    top_speed = 1 / (1 - RAMP)
    if time >= RAMP:
        return top_speed * (time - RAMP / 2)
    ramp = time / RAMP
    return top_speed * RAMP * ramp**3 * (1 - ramp / 2)


def plan(*, layout: Layout, wish: Wish, seconds: int, seed: str) -> Path:
    """Choose a move that suits the photo, the wish and the seed, and lay its path."""
    chance = random.Random(seed)
    strength = Strength(wish.pace, chance.uniform(*VARIED))
    paths = [
        path(layout=layout, move=move, seconds=seconds, strength=strength)
        for move in wish.moves or tuple(Move)
    ]
    offered = [each for each in paths if wish.moves or _is_offered(each, wish.avoid)] or paths[-1:]
    weights = [_weight(each, layout) for each in offered]
    return chance.choices(offered, weights)[0]


def path(*, layout: Layout, move: Move, seconds: int, strength: Strength | None = None) -> Path:
    """The path of one move over a photo, by default at its usual pace."""
    strength = strength or Strength()
    middle = MIDDLE_FOR_FACES if layout.on_face else 0.5
    if move in ACROSS:
        start, end = _pan(layout, move, seconds, strength, middle)
    elif move is Move.STILL:
        start = end = _composed(layout, layout.widest, middle)
    else:
        wide, tight = _zoom(layout, seconds, strength, middle)
        start, end = (wide, tight) if move is Move.PUSH_IN else (tight, wide)
    return Path(move, start, end)


def _share(ratio: float, progress: float) -> float:
    """How far the sides have come when the width has come `progress` of its way, counted in factors."""
    if abs(ratio - 1) < 1e-9:
        return progress
    return math.expm1(progress * math.log(ratio)) / (ratio - 1)


def _is_offered(path: Path, avoid: Moves) -> bool:
    if path.move in avoid or path.move is Move.STILL:
        return False
    return path.move in ZOOMS or _travel(path) >= PAN_ROOM_AT_LEAST


def _weight(path: Path, layout: Layout) -> float:
    """Faces are mostly approached, and a long picture is mostly travelled along."""
    if path.move in ZOOMS:
        long = max(layout.width / layout.widest, layout.height * layout.ratio / layout.widest) >= LONG
        return 1.0 if long else 5.0 if path.move is Move.PUSH_IN else 3.0
    if path.move in _long_way(layout):
        return 4.0
    return (0.8 if layout.on_face else 1.6) * min(1.0, 0.05 + _travel(path) / 0.15)


def _long_way(layout: Layout) -> Moves:
    if layout.width / layout.widest >= LONG:
        return SIDEWAYS
    return UPRIGHT if layout.height * layout.ratio / layout.widest >= LONG else ()


def _travel(path: Path) -> float:
    """How far the view's centre goes, in widths or heights of the view."""
    (x0, y0), (x1, y1) = path.start.centre, path.end.centre
    return max(abs(x1 - x0) / path.end.width, abs(y1 - y0) / path.end.height)


def _zoom(layout: Layout, seconds: int, strength: Strength, middle: float) -> tuple[View, View]:
    """The wide view as the photographer framed it, and a tighter one composed on the subject."""
    amount = min(max(ZOOM_EACH_SECOND * seconds * strength.pace, ZOOM_AT_LEAST), ZOOM_AT_MOST)
    allowed = math.log(layout.widest / layout.tightest)
    tight = layout.widest * math.exp(-strength.varied * min(amount, allowed))
    return _as_framed(layout, layout.widest), _composed(layout, tight, middle)


def _pan(layout: Layout, move: Move, seconds: int, strength: Strength, middle: float) -> tuple[View, View]:
    """Ends on the subject where there is room behind it, else as near as the way allows."""
    travel = strength.varied * _pan_travel(layout, move, seconds * strength.pace)
    across, down = ACROSS[move]
    width = _pan_width(layout, travel, sideways=bool(across))
    way_x, way_y = across * travel * width, down * travel * width / layout.ratio
    end = _composed(
        layout, max(min(width, layout.tightest), width * math.exp(-PAN_ZOOM * strength.varied)), middle
    )
    start = _centred(layout, width, end.centre.x - way_x, end.centre.y - way_y)
    if across:
        return start, _centred(layout, end.width, start.centre.x + way_x, end.centre.y)
    return start, _centred(layout, end.width, end.centre.x, start.centre.y + way_y)


def _pan_travel(layout: Layout, move: Move, seconds: float) -> float:
    """In widths or heights of the view."""
    if move in _long_way(layout):
        return min(LONG_TRAVEL_AT_MOST, LONG_TRAVEL_EACH_SECOND * seconds)
    return min(TRAVEL_AT_MOST, TRAVEL_EACH_SECOND * seconds)


def _pan_width(layout: Layout, travel: float, *, sideways: bool) -> float:
    """The widest view that leaves room for the travel, within what may be."""
    side = layout.width if sideways else layout.height * layout.ratio
    if not layout.fills and side <= layout.widest:
        return layout.widest
    return min(layout.widest, max(layout.tightest, side / (1 + travel)))


def _centred(layout: Layout, width: float, x: float, y: float) -> View:
    return layout.view(width=width, left=x - width / 2, top=y - width / layout.ratio / 2)


def _as_framed(layout: Layout, width: float) -> View:
    """The subject stands where it stands in the photo."""
    return _placed(layout, width, layout.focus.x, layout.focus.y)


def _composed(layout: Layout, width: float, middle: float) -> View:
    """The subject stands near the middle, and still on the photographer's side of it."""
    x, y = layout.focus
    return _placed(layout, width, x + (0.5 - x) * RECENTRED, y + (middle - y) * RECENTRED)


def _placed(layout: Layout, width: float, x: float, y: float) -> View:
    """The focus at these fractions of the view; a direction in which all of the photo is seen is centred."""
    height = width / layout.ratio
    left, top = layout.focus.x * layout.width - x * width, layout.focus.y * layout.height - y * height
    if width >= layout.width:
        left = (layout.width - width) / 2
    if height >= layout.height:
        top = (layout.height - height) / 2
    return layout.view(width=width, left=left, top=top)
