"""A few seconds of a film as one small moving picture, which any page can show without a player."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from compiler import poster
from echoes.kernel.ffmpeg import glimpses

WIDTH = 320
SECONDS = 3
FPS = 12
# A short film is shown in fewer moments, which are longer.
MOST_MOMENTS, SECONDS_FOR_ONE = 6, 3
# To choose a moment so many key frames are looked at: those after which most changes.
CANDIDATES = 3
LARGEST = 400_000
# Width and quality, until it is no larger: the first will do but for grain and for high shapes.
ATTEMPTS = ((320, 60), (320, 35), (200, 35), (120, 10))


def make(*, film: Path, out: Path) -> None:
    """Writes an animated WebP: the liveliest moment of each part of the film; all of a very short one.

    Besides the pictures that are shown, only the key frames that they are chosen by are decoded. Raises
    NoPicture.
    """
    with glimpses.opened(film) as found:
        pictures = [
            Image.fromarray(picture)
            for first, last in _moments(found)
            for picture in found.moment(first, last, fps=FPS, width=WIDTH)
        ]
    if not pictures:
        raise glimpses.NoPicture
    out.write_bytes(_small(pictures))


def _moments(film: glimpses.Film) -> list[tuple[int, int]]:
    """The first frame of each, and the one after its last: in order, and never two of the same frame."""
    count = max(1, min(MOST_MOMENTS, film.frames // (SECONDS_FOR_ONE * film.fps)))
    length = min(film.frames, SECONDS * film.fps // count)
    edges = [film.frames * part // count for part in range(count + 1)]
    starts = [_liveliest(film, edges[part], edges[part + 1], length) for part in range(count)]
    return [(start, start + length) for start in starts]


def _liveliest(film: glimpses.Film, first: int, last: int, length: int) -> int:
    """Where from `first` to `last` it begins; at `first` where no key frame leaves room for it."""
    keys = [key for key in film.keys if first <= key <= last - length] or [first]
    changes = {key: film.changes(key, key + length) for key in keys}
    moved = sorted(
        (key for key in keys if 2 * changes[key] >= max(changes.values())), key=changes.__getitem__
    )
    if len(moved) == 1:
        return moved[0]
    return max(moved[-CANDIDATES:], key=lambda key: poster.liveliness(film.still(key, width=WIDTH)))


def _small(pictures: Sequence[Image.Image]) -> bytes:
    for width, quality in ATTEMPTS:
        data = _webp([_scaled(picture, width) for picture in pictures], quality)
        if len(data) <= LARGEST:
            break
    return data


def _scaled(picture: Image.Image, width: int) -> Image.Image:
    if picture.width <= width:
        return picture
    return picture.resize((width, max(1, round(picture.height * width / picture.width))))


def _webp(pictures: Sequence[Image.Image], quality: int) -> bytes:
    file = io.BytesIO()
    pictures[0].save(
        file,
        "WEBP",
        save_all=True,
        append_images=pictures[1:],
        duration=round(1_000 / FPS),
        loop=0,
        quality=quality,
        method=2,
    )
    return file.getvalue()
