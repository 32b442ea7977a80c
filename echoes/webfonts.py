"""The faces of the pages: as their packages have them, and as small as they can be.

Both packages hold variable faces of Latin letters alone. Fraunces varies along four axes, of which the pages
use two: what its file says of the others is left out, and every letter stays what it was. That takes seconds,
so it is done once, when files are collected (`echoes.staticfiles`).
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import metadata, resources


@dataclass(frozen=True)
class Face:
    """`still` are the axes along which no page moves, and where they stand: at the file's own defaults."""

    package: str
    file: str
    family: str
    weights: str
    still: tuple[tuple[str, float], ...] = ()


FACES = {
    "display": Face(
        "fontpkg_fraunces",
        "files/Fraunces[SOFT,WONK,opsz,wght].ttf",
        "Fraunces",
        "100 900",
        (("SOFT", 0), ("WONK", 1)),
    ),
    "text": Face("fontpkg_figtree", "files/Figtree[wght].ttf", "Figtree", "300 900"),
}


def whole(name: str) -> bytes:
    """TrueType. KeyError for a name that is none."""
    face = FACES[name]
    return resources.files(face.package).joinpath(face.file).read_bytes()


def packed(name: str) -> bytes:
    """WOFF 2, without the axes that stand still."""
    # A large library, of which a process that serves pages needs nothing.
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    font = TTFont(io.BytesIO(whole(name)))
    if still := FACES[name].still:
        font = instancer.instantiateVariableFont(font, dict(still))
    font.flavor = "woff2"
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


@cache
def version(name: str) -> str:
    """Of its package."""
    return metadata.version(FACES[name].package.replace("_", "-"))


def css(address: Callable[[str], str]) -> str:
    """Fetched ahead and `optional`: a face that is not there when a page is drawn is left for the next page,
    since words that change their face take other places, and everything below them moves. `address` gives
    that of a face by its name."""
    return "\n".join(
        f'@font-face{{font-family:"{face.family}";src:url("{address(name)}");'
        f"font-weight:{face.weights};font-display:optional}}"
        for name, face in FACES.items()
    )
