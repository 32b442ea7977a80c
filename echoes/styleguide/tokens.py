"""The colours, sizes and spaces of static/css/tokens.css as they come out in a theme, and their contrasts.

Colours are OKLCH; the way to light is Björn Ottosson's (bottosson.github.io/posts/oklab), the contrast of two
is that of WCAG 2.2 (1.4.3, 1.4.11).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

LIGHT, DARK = "light", "dark"
THEMES = (LIGHT, DARK)
TEXT, GRAPHIC = 4.5, 3.0  # the least contrast of words, and of what is no word
# What stands on what, with the least that it takes.
PAIRS = (
    ("text", "page", TEXT),
    ("text", "surface", TEXT),
    ("text", "surface-raised", TEXT),
    ("text", "surface-sunken", TEXT),
    ("text", "accent-wash", TEXT),
    ("text-quiet", "page", TEXT),
    ("text-quiet", "surface", TEXT),
    ("text-quiet", "surface-raised", TEXT),
    ("text-quiet", "surface-sunken", TEXT),
    ("accent-text", "page", TEXT),
    ("accent-text", "surface", TEXT),
    ("accent-text", "accent-wash", TEXT),
    ("on-accent", "accent", TEXT),
    ("on-accent", "accent-hover", TEXT),
    ("danger", "page", TEXT),
    ("danger", "surface", TEXT),
    ("danger", "danger-wash", TEXT),
    ("line-field", "surface", GRAPHIC),
    ("line-field", "page", GRAPHIC),
    ("focus", "page", GRAPHIC),
    ("focus", "surface", GRAPHIC),
    ("accent-text", "surface-sunken", GRAPHIC),
)

_DECLARED = re.compile(r"--([a-z0-9-]+):\s*([^;]+);")
_THEMED = re.compile(r"light-dark\(((?:[^(),]|\([^()]*\))+),\s*((?:[^(),]|\([^()]*\))+)\)")
_NAMED = re.compile(r"var\(--([a-z0-9-]+)\)")
_OKLCH = re.compile(r"oklch\(([\d.]+)%\s+([\d.]+)\s+([\d.]+)(?:\s*/\s*([\d.]+))?\)")


class NotAColour(ValueError):
    """A token that is asked for as a colour has to be one oklch()."""


@dataclass(frozen=True)
class Pair:
    """`ratio` of two colours in one theme, and the least that is wanted."""

    front: str
    back: str
    ratio: float
    least: float

    @property
    def is_enough(self) -> bool:
        return self.ratio >= self.least


def declared() -> dict[str, str]:
    """Every token by its name, in the order of the file; the first of a name counts."""
    text = Path(settings.ROOT, "static", "css", "tokens.css").read_text()
    found: dict[str, str] = {}
    for name, value in _DECLARED.findall(text):
        found.setdefault(name, " ".join(value.split()))
    return found


def meanings(tokens: Mapping[str, str]) -> list[str]:
    """Names of the colours that components use: those that are no primitives."""
    return [
        name
        for name, value in tokens.items()
        if "oklch(" in _whole(tokens, value) and not _is_primitive(name)
    ]


def starting(tokens: Mapping[str, str], *starts: str) -> dict[str, str]:
    return {name: value for name, value in tokens.items() if name.startswith(starts)}


def value(tokens: Mapping[str, str], name: str, theme: str) -> str:
    """What a token says in a theme, with every name in it followed."""
    side = 2 if theme == DARK else 1
    return _THEMED.sub(lambda found: found[side].strip(), _whole(tokens, tokens[name]))


def pairs(tokens: Mapping[str, str], theme: str) -> list[Pair]:
    return [
        Pair(front, back, contrast(value(tokens, front, theme), value(tokens, back, theme)), least)
        for front, back, least in PAIRS
    ]


def contrast(one: str, other: str) -> float:
    """Of two colours, 1 to 21. Raises NotAColour."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _is_primitive(name: str) -> bool:
    return name[-1].isdigit()


def _whole(tokens: Mapping[str, str], value: str) -> str:
    while found := _NAMED.search(value):
        value = value.replace(found[0], tokens[found[1]])
    return value


def _luminance(colour: str) -> float:
    red, green, blue = (min(max(part, 0.0), 1.0) for part in _linear(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(colour: str) -> tuple[float, float, float]:
    """Linear sRGB of an oklch(); what is out of its gamut is cut off by whoever asks."""
    found = _OKLCH.fullmatch(colour)
    if not found or found[4]:
        raise NotAColour(colour)
    lightness, chroma, turn = float(found[1]) / 100, float(found[2]), math.radians(float(found[3]))
    a, b = chroma * math.cos(turn), chroma * math.sin(turn)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
