"""Draws captions: words over the film, where no player's controls lie, that come up and go down again."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import skia  # type: ignore[import-not-found]

from compiler import blends, planes, text, words
from compiler.plan import Overlay
from compiler.text import Block, Face, Pixels, Room
from echoes.kernel.shapes import Size

# Seconds in which words come up, and in which they go down; of a short caption at most this share.
RISE = Fraction(1, 4)
RISE_AT_MOST = Fraction(1, 4)
# Shares of the height that are kept free, above and below. Players lay names and buttons over tall films.
RIM = (1 - text.SAFE) / 2
TOP = {Fraction(9, 16): 0.12, Fraction(4, 5): 0.12}
BOTTOM = {Fraction(9, 16): 0.22, Fraction(4, 5): 0.14}

# Less than any letter is wide, in sizes of type: characters without width would be given an empty plate.
EMPTY = 0.1
PLATE = skia.Color(16, 13, 20, 168)
SHADE = skia.Color(0, 0, 0, 190)


@dataclass(frozen=True)
class Look:
    """How a caption is set. Sizes of type are shares of the film's shorter side, and so is how soft and how
    low each of its `shadows` is. `pad` (across, down) and `corner`, of its plate, are shares of the type."""

    face: Face
    largest: float
    smallest: float
    lines: int
    pad: tuple[float, float] = (0.0, 0.0)
    corner: float = 0.0
    shadows: tuple[tuple[float, float], ...] = ()


def strength(overlay: Overlay, *, frame: int, fps: int) -> float:
    """How much of a caption is there at a frame of its window, 0..1: a function of where it began and of its
    length alone, so that it runs on from one piece of the film into the next."""
    at = frame - overlay.first
    if not 0 <= at < overlay.frames:
        return 0.0
    rise = min(int(RISE * fps), int(RISE_AT_MOST * overlay.frames)) + 1
    return blends.smoothstep(min(at + 1, overlay.frames - at) / rise)


def layer(overlay: Overlay, *, size: Size) -> planes.Layer | None:
    """The words, ready to be laid over frames of `size`; None where nothing of them can be drawn."""
    return planes.layer(draw(words_of=overlay.text, place=overlay.place, look=overlay.look, size=size))


def draw(*, words_of: str, place: str, look: str, size: Size) -> Pixels:
    """RGBA of `size`, its colours multiplied by alpha. Nothing fails for its length."""
    with text.LOCK:
        pixels, canvas = text.sheet(size)
        if written := words.clean(words_of):
            _paint(canvas, written, _look(look), place, size)
    return pixels


def _paint(canvas: skia.Canvas, written: str, look: Look, place: str, size: Size) -> None:
    short = min(size)
    top, bottom = _safe(size)
    across, down = (2 * share * look.largest * short for share in look.pad)
    room = Room(
        width=size.width * text.SAFE - across,
        height=bottom - top - down,
        largest=short * look.largest,
        smallest=short * look.smallest,
        lines=look.lines,
    )
    block = text.fit(written, face=look.face, room=room)
    if block.paragraph.LongestLine < EMPTY * block.size:
        return
    free = bottom - top - block.height - down
    y = top + down / 2 + free * {"top": 0.0, "middle": 0.5, "bottom": 1.0}[place]
    if look.corner:
        _plate(canvas, block, look, y=y, size=size)
    for soft, low in look.shadows:
        shadow = skia.ImageFilters.DropShadowOnly(0, short * low, short * soft, short * soft, SHADE)
        canvas.saveLayer(None, skia.Paint(ImageFilter=shadow))
        _words(canvas, block, y=y, size=size)
        canvas.restore()
    _words(canvas, block, y=y, size=size)


def _safe(size: Size) -> tuple[float, float]:
    """Between which heights, in pixels, words may stand."""
    shape = Fraction(size.width, size.height)
    return size.height * TOP.get(shape, RIM), size.height * (1 - BOTTOM.get(shape, RIM))


def _words(canvas: skia.Canvas, block: Block, *, y: float, size: Size) -> None:
    block.paragraph.paint(canvas, (size.width - block.width) / 2, y)


def _plate(canvas: skia.Canvas, block: Block, look: Look, *, y: float, size: Size) -> None:
    half = min(block.width, block.paragraph.LongestLine) / 2 + look.pad[0] * block.size
    down, corner, middle = look.pad[1] * block.size, look.corner * block.size, size.width / 2
    shape = skia.Rect(middle - half, y - down, middle + half, y + block.height + down)
    canvas.drawRoundRect(shape, corner, corner, skia.Paint(Color=PLATE, AntiAlias=True))


def _look(name: str) -> Look:
    if name == "display":
        shadows = ((0.022, 0.006), (0.005, 0.003))
        return Look(text.display_face(), largest=0.115, smallest=0.055, lines=3, shadows=shadows)
    face = text.caption_face()
    if name == "plate":
        return Look(face, largest=0.05, smallest=0.036, lines=3, pad=(0.6, 0.32), corner=0.45)
    return Look(face, largest=0.056, smallest=0.036, lines=3, shadows=((0.014, 0.003), (0.003, 0.0015)))
