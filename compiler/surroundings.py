"""The pictures that stand for a film where it is not played itself."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from compiler import glimpses, moving, poster, sprite

Make = Callable[..., object]

# By the column of `Film` that holds the key of the file.
PICTURES: dict[str, tuple[str, Make]] = {
    "poster": ("poster.jpg", poster.make),
    "sprite": ("sprite.webp", sprite.make),
    "moving": ("moving.webp", moving.make),
}

log = logging.getLogger(__name__)


def make(*, film: Path, folder: Path) -> dict[str, Path]:
    """Writes them to `folder`, and gives the files by their column. One that cannot be made is left out, and
    staff read why in the log: a film is worth more than a picture of it."""
    made = {}
    for column, (name, draw) in PICTURES.items():
        try:
            draw(film=film, out=folder / name)
        except (glimpses.NoPicture, OSError, ValueError) as error:
            log.warning("no %s of %s: %s", column, film.name, error, exc_info=error)
        else:
            made[column] = folder / name
    return made
