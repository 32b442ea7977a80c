"""The pictures that stand for a film where it is not played itself."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from compiler import moving, poster
from echoes.kernel.ffmpeg import glimpses, sprite

Make = Callable[..., object]

log = logging.getLogger(__name__)


def make(
    *, film: Path, folder: Path, stills: Mapping[int, glimpses.Picture] = sprite.NONE
) -> dict[str, Path]:
    """Writes them to `folder`, and gives the files by the column of `Film` that holds their key; `stills` as
    `sprite.make` takes them. One that cannot be made is left out, and staff read why in the log: a film is
    worth more than a picture of it."""
    pictures: dict[str, tuple[str, Make]] = {
        "poster": ("poster.jpg", poster.make),
        "sprite": ("sprite.webp", functools.partial(sprite.make, stills=stills)),
        "moving": ("moving.webp", moving.make),
    }
    made = {}
    for column, (name, draw) in pictures.items():
        try:
            draw(film=film, out=folder / name)
        except (glimpses.NoPicture, OSError, ValueError) as error:
            log.warning("no %s of %s: %s", column, film.name, error, exc_info=error)
        else:
            made[column] = folder / name
    return made
