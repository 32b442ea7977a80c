"""One picture with many small ones of a film, about one for every second, to look through it by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

import numpy as np
from PIL import Image

from echoes.kernel.ffmpeg import glimpses, looking
from echoes.kernel.shapes import Size

WIDTH = 160
COLUMNS = 10
MOST = 100
QUALITY = 75
NONE: Mapping[int, glimpses.Picture] = MappingProxyType({})


@dataclass(frozen=True)
class Sheet:
    """Cells of equal size, row by row from the top left, the last row perhaps not full. `seconds` of the film
    are each cell's own; `width` and `height` in pixels are a cell's."""

    cells: int
    columns: int
    rows: int
    width: int
    height: int
    seconds: Fraction


def layout(*, frames: int, fps: int, size: Size) -> Sheet:
    """What a film's sheet looks like. Pure: nothing of it has to be kept beside the film."""
    cells = max(1, min(MOST, round(Fraction(frames, fps))))
    cell = looking.fitting(size, width=WIDTH)
    return Sheet(
        cells=cells,
        columns=min(cells, COLUMNS),
        rows=-(-cells // COLUMNS),
        width=cell.width,
        height=cell.height,
        seconds=Fraction(frames, fps * cells),
    )


def make(*, film: Path, out: Path, stills: Mapping[int, glimpses.Picture] = NONE) -> Sheet:
    """Writes a WebP. Each cell shows the key frame that is nearest to its middle, which is never more than
    one and a half seconds away: to decode the very frame would take ten times as long. `stills` are key
    frames, WIDTH wide, that have been decoded already. Raises NoPicture."""
    with glimpses.opened(film) as found:
        sheet = layout(frames=found.frames, fps=found.fps, size=found.size)
        shown = [_nearest(found.keys, _middle(cell, sheet, found.frames)) for cell in range(sheet.cells)]
        missing = {key for key in shown if key not in stills}
        pictures = {**stills, **{key: found.still(key, width=WIDTH) for key in sorted(missing)}}
    canvas = np.zeros((sheet.rows * sheet.height, sheet.columns * sheet.width, 3), np.uint8)
    for cell, key in enumerate(shown):
        row, column = divmod(cell, sheet.columns)
        top, left = row * sheet.height, column * sheet.width
        canvas[top : top + sheet.height, left : left + sheet.width] = pictures[key]
    Image.fromarray(canvas).save(out, "WEBP", quality=QUALITY, method=2)
    return sheet


def shown_in(cell: int, found: glimpses.Film) -> int:
    """The key frame that a film's sheet shows in this cell; the last cell for one that is not there."""
    sheet = layout(frames=found.frames, fps=found.fps, size=found.size)
    return _nearest(found.keys, _middle(min(cell, sheet.cells - 1), sheet, found.frames))


def _middle(cell: int, sheet: Sheet, frames: int) -> Fraction:
    return (cell + Fraction(1, 2)) * frames / sheet.cells


def _nearest(keys: tuple[int, ...], frame: Fraction) -> int:
    return min(keys, key=lambda key: abs(key - frame))
