"""Draws words for a film: any script, right to left, emoji, as large as they fit and never larger.

The result is a picture with an alpha channel, by which its colours are multiplied. Words never reach a filter
graph, so nothing in them can be taken for an instruction.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import skia  # type: ignore[import-not-found]
from numpy.typing import NDArray

from compiler import fonts, words
from echoes.kernel.shapes import Size

# Televisions and players' controls cover the rim: words stay in the middle 80 % of each side.
SAFE = 0.8
STEP = 0.93
Pixels = NDArray[np.uint8]
LIGHT = skia.Color(255, 250, 240)
SOFT = skia.Color(236, 226, 212)
ACCENT = skia.Color(232, 178, 104)
SHADOW = skia.Color(0, 0, 0, 150)
# Skia's font cache is shared by all paragraphs and is not made for two threads.
LOCK = threading.Lock()


@dataclass(frozen=True)
class Room:
    """Where a text may be: pixels, the sizes of type between which it may be set, and how many lines it may
    have (0 for as many as there is room for)."""

    width: float
    height: float
    largest: float
    smallest: float
    lines: int = 0


@dataclass(frozen=True)
class Block:
    """A text that has been laid out to fit; `shown` is what is left of it, `lines` how many it takes."""

    paragraph: skia.textlayout_Paragraph
    width: float
    height: float
    size: float
    shown: str
    lines: int


@dataclass(frozen=True)
class Face:
    families: tuple[str, ...]
    colour: int
    leading: float
    spacing: float


def draw_card(*, title: str, subtitle: str, size: Size, face: str = "storybook") -> Pixels:
    """RGBA of `size`: the title in the middle, the subtitle under a short rule; `face` is one of
    `compiler.timeline.FACES`.

    Too long a title is set smaller, then wrapped, then cut with an ellipsis; nothing fails for its length.
    """
    with LOCK:
        pixels, canvas = sheet(size)
        _paint(canvas, _blocks(title, subtitle, size, TITLES[face]), size)
    return pixels


def sheet(size: Size) -> tuple[Pixels, skia.Canvas]:
    """Transparent pixels, and what draws on them."""
    pixels = np.zeros((size.height, size.width, 4), np.uint8)
    surface = skia.Surface(pixels, skia.kRGBA_8888_ColorType, skia.kPremul_AlphaType)
    return pixels, surface.getCanvas()


def fit(text: str, *, face: Face, room: Room) -> Block:
    """The largest setting of a cleaned text that stays in its room, its lines about equally long."""
    size = room.largest
    while size > room.smallest:
        block = _set(text, face, size, room.width)
        if _fits(block, room) and block.paragraph.MinIntrinsicWidth <= room.width:
            return _balanced(block, face, room)
        size = max(room.smallest, size * STEP)
    return _balanced(_cut_to_fit(text, face, room), face, room)


def display_face() -> Face:
    return Face(families=tuple(fonts.faces().display), colour=LIGHT, leading=1.12, spacing=-0.004)


def poster_face() -> Face:
    return Face(families=tuple(fonts.faces().poster), colour=LIGHT, leading=1.05, spacing=-0.02)


def quiet_face() -> Face:
    return Face(families=tuple(fonts.faces().quiet), colour=LIGHT, leading=1.16, spacing=0.012)


# The type of a card's title, by name; the preview sets the same (static/css/preview.css).
TITLES: dict[str, Callable[[], Face]] = {
    "storybook": display_face,
    "poster": poster_face,
    "quiet": quiet_face,
}


def text_face() -> Face:
    return Face(families=tuple(fonts.faces().text), colour=SOFT, leading=1.35, spacing=0.01)


def caption_face() -> Face:
    return Face(families=tuple(fonts.faces().text), colour=LIGHT, leading=1.28, spacing=0.004)


def _blocks(title: str, subtitle: str, size: Size, face: Callable[[], Face]) -> list[Block]:
    short = min(size)
    width = size.width * SAFE
    blocks = []
    if text := words.clean(title):
        room = Room(width=width, height=size.height * 0.5, largest=short * 0.13, smallest=short * 0.05)
        blocks.append(fit(text, face=face(), room=room))
    if text := words.clean(subtitle):
        room = Room(width=width, height=size.height * 0.16, largest=short * 0.046, smallest=short * 0.036)
        blocks.append(fit(text, face=text_face(), room=room))
    return blocks


def _paint(canvas: skia.Canvas, blocks: list[Block], size: Size) -> None:
    short = min(size)
    gap = short * 0.045 if len(blocks) > 1 else 0.0
    y = (size.height - sum(block.height for block in blocks) - 2 * gap) / 2
    shadow = skia.ImageFilters.DropShadow(0, short * 0.004, short * 0.014, short * 0.014, SHADOW)
    canvas.saveLayer(None, skia.Paint(ImageFilter=shadow))
    for index, block in enumerate(blocks):
        if index:
            _rule(canvas, centre=size.width / 2, y=y + gap, short=short)
            y += 2 * gap
        block.paragraph.paint(canvas, (size.width - block.width) / 2, y)
        y += block.height
    canvas.restore()


def _rule(canvas: skia.Canvas, *, centre: float, y: float, short: int) -> None:
    half, thick = short * 0.05, max(1.0, short * 0.003)
    canvas.drawRect(skia.Rect(centre - half, y - thick / 2, centre + half, y + thick / 2), skia.Paint(ACCENT))


def _fits(block: Block, room: Room) -> bool:
    return block.height <= room.height and (not room.lines or block.lines <= room.lines)


def _cut_to_fit(text: str, face: Face, room: Room) -> Block:
    """At the smallest size, as many characters as there is room for."""
    fits, too_long = 0, len(text) + 1
    best = _set(words.ELLIPSIS, face, room.smallest, room.width)
    while too_long - fits > 1:
        length = (fits + too_long) // 2
        block = _set(words.cut(text, length), face, room.smallest, room.width)
        if _fits(block, room):
            fits, best = length, block
        else:
            too_long = length
    return best


def _balanced(block: Block, face: Face, room: Room) -> Block:
    """The same number of lines in the narrowest width, so that no word is left alone on the last."""
    narrow, wide = min(block.paragraph.MinIntrinsicWidth, room.width), room.width
    best = block
    while wide - narrow > block.size / 4:
        width = (narrow + wide) / 2
        attempt = _set(block.shown, face, block.size, width)
        if attempt.height <= block.height:
            wide, best = width, attempt
        else:
            narrow = width
    return best


def _set(text: str, face: Face, size: float, width: float) -> Block:
    style = skia.textlayout.TextStyle()
    style.setFontFamilies(list(face.families))
    style.setFontSize(size)
    style.setColor(face.colour)
    style.setLetterSpacing(size * face.spacing)
    style.setHeightOverride(True)
    style.setHeight(face.leading)
    paragraphs = skia.textlayout.ParagraphStyle()
    paragraphs.setTextAlign(skia.textlayout.TextAlign.kCenter)
    paragraphs.setTextStyle(style)
    builder = skia.textlayout.ParagraphBuilder.make(paragraphs, fonts.faces().collection, _unicode())
    builder.pushStyle(style)
    builder.addText(words.directed(text))
    paragraph = builder.Build()
    paragraph.layout(width)
    height = paragraph.Height
    lines = round(height / (size * face.leading))
    return Block(paragraph=paragraph, width=width, height=height, size=size, shown=text, lines=lines)


@functools.cache
def _unicode() -> skia.Unicode:
    return skia.Unicodes.ICU.Make()
