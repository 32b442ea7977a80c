"""The faces that words in a film are set in: a display face and a text face in a few weights, and Noto for
every script they lack."""

from __future__ import annotations

import functools
from importlib import resources
from importlib.resources.abc import Traversable
from typing import NamedTuple

import skia  # type: ignore[import-not-found]

# Asked only for what no script's own face has: they hold digits and signs too, in a style of their own.
LAST = ("NotoSansSymbols", "CJK", "NotoEmoji")


class Faces(NamedTuple):
    """All but the collection are family names in the order in which glyphs are looked for."""

    collection: skia.textlayout_FontCollection
    display: list[str]
    text: list[str]
    poster: list[str]
    quiet: list[str]


@functools.cache
def faces() -> Faces:
    """Loads every face once a process: about a tenth of a second, the files stay mapped."""
    provider = skia.textlayout.TypefaceFontProvider()
    provider.registerTypeface(_fraunces(), skia.String("Display"))
    for name, weight in (("Text", 500), ("Poster", 800), ("Quiet", 300)):
        face = _load(_file("fontpkg_figtree", "Figtree["), wght=weight)
        provider.registerTypeface(face, skia.String(name))
    fallbacks = _register_noto(provider)
    collection = skia.textlayout.FontCollection()
    collection.setDefaultFontManager(provider)
    named = ([name, *fallbacks] for name in ("Display", "Text", "Poster", "Quiet"))
    return Faces(collection, *named)


def _fraunces() -> skia.Typeface:
    return _load(_file("fontpkg_fraunces", "Fraunces["), wght=480, opsz=144, SOFT=40, WONK=0)


def _register_noto(provider: skia.textlayout_TypefaceFontProvider) -> list[str]:
    provider.registerTypeface(_load(_file("cvttf_NotoSansCJK_Regular", "NotoSansCJK")), skia.String("CJK"))
    names = ["CJK"]
    for file in resources.files("manimgx_fonts").iterdir():
        name = file.name.partition("[")[0]
        if file.name.endswith(".ttf") and not name.endswith("-Italic"):
            provider.registerTypeface(_load(file, wght=500), skia.String(name))
            names.append(name)
    return sorted(names, key=lambda name: (name in LAST, LAST.index(name) if name in LAST else 0, name))


def _file(package: str, start: str) -> Traversable:
    root = resources.files(package)
    folder = root / "files" if (root / "files").is_dir() else root
    return next(file for file in folder.iterdir() if file.name.startswith(start))


def _load(file: Traversable, **axes: float) -> skia.Typeface:
    face = skia.Typeface.MakeFromData(skia.Data.MakeWithCopy(file.read_bytes()))
    if not axes:
        return face
    position = skia.FontArguments.VariationPosition
    # Each holds only a pointer to the one before it, so all of them have to live until the clone is made.
    coordinates = position.Coordinates([position.Coordinate(_tag(tag), value) for tag, value in axes.items()])
    design = position(coordinates)
    arguments = skia.FontArguments()
    arguments.setVariationDesignPosition(design)
    return face.makeClone(arguments)


def _tag(name: str) -> int:
    """The four letters of an axis as the number that font files hold."""
    return int.from_bytes(name.encode("ascii"))
