"""What each of Runway's image-to-video models takes.

Names of fields, which of them must be there, ratios and fixed lengths are read from the SDK's own request
types when this module is imported: a new SDK brings them along. What those types say only in their docstrings
(limits of prompts, of lengths, where a picture goes) is in the tables below, and a test reads the docstrings
again. The one fact from the documentation alone is marked.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Required, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError
from runwayml._utils import PropertyInfo
from runwayml.types import image_to_video_create_params

from echoes.kernel import shapes

READ_FROM = "5.24.0"
"""The version of the SDK whose docstrings the tables below were read from."""

UTF16, CHARACTERS = "utf16", "character"
PROMPT_LIMITS: Mapping[str, tuple[int, str]] = {
    "gen4_turbo": (1_000, UTF16),
    "gen4.5": (1_000, UTF16),
    "veo3.1": (1_000, UTF16),
    "veo3.1_fast": (1_000, UTF16),
    "happyhorse_1_0": (2_500, UTF16),
    "seedance2": (3_500, CHARACTERS),
    "seedance2_fast": (3_500, CHARACTERS),
    "seedance2_mini": (3_500, CHARACTERS),
    "seedance2_5": (15_000, CHARACTERS),
}
"""Of the others nothing is said; what is too long they refuse themselves."""

LENGTHS: Mapping[str, tuple[int, int]] = {
    "gen4_turbo": (2, 10),  # documentation only
    "gen4.5": (2, 10),
    "gemini_omni_flash": (3, 10),
    "gemini_omni_flash_1.1": (3, 10),
}
"""The shortest and the longest, in whole seconds."""

PLACED = frozenset(
    {"seedance2", "seedance2_fast", "seedance2_mini", "seedance2_5", "hailuo3", "wan3", "wan3_prime"}
)
"""A picture without a position is a mere reference here, and no first frame."""

FOLLOWS_FIRST_FRAME = frozenset({"wan3", "wan3_prime"})
"""Has ratios in pixels as well, but not for a picture that is a first frame."""

AUTO = "auto_720p"
FURTHEST = 1.3
"""A ratio may be so many times wider or narrower than the shape: a quarter of the picture is cut away, no
more. So a 1:1 clip stands in for 4:5, and 16:9 never for 1:1."""
ALIKE = 0.03  # in the logarithm: ratios that differ by less are the same shape in other sizes


@dataclass(frozen=True)
class Facts:
    """`fields`: the SDK's keyword of each field of the body; `required` are names of such fields. `ratios`
    are those in numbers, such as "1280:720"; where there are none, the clip has the shape of its picture.
    `lengths`, where they are not empty, are the only ones."""

    wire: str
    shape: Any
    fields: Mapping[str, str]
    required: frozenset[str]
    ratios: tuple[str, ...]
    automatic: bool  # `ratio` has the value AUTO
    lengths: tuple[int, ...]

    @property
    def follows_picture(self) -> bool:
        return not self.ratios

    @property
    def aspects(self) -> tuple[str, ...]:
        """The shapes of films that it can make clips for."""
        return tuple(aspect for aspect in shapes.SIZES if self.follows_picture or self.nearest(aspect))

    def takes(self, seconds: int) -> bool:
        if self.lengths:
            return seconds in self.lengths
        shortest, longest = LENGTHS.get(self.wire, (1, math.inf))
        return shortest <= seconds <= longest

    def nearest(self, aspect: str) -> str:
        """The ratio that is nearest to a film's shape, in the size that is nearest to the film's standard
        quality; empty where none is near enough."""
        wanted = shapes.size(aspect)
        near = {
            ratio: abs(math.log(_shape(ratio) / _shape(f"{wanted[0]}:{wanted[1]}"))) for ratio in self.ratios
        }
        best = min(near.values(), default=math.inf)
        if best > math.log(FURTHEST):
            return ""
        alike = [ratio for ratio, distance in near.items() if distance <= best + ALIKE]
        return min(alike, key=lambda ratio: abs(math.log(_area(ratio) / (wanted[0] * wanted[1]))))

    def too_long(self, prompt: str) -> bool:
        limit, unit = PROMPT_LIMITS.get(self.wire, (math.inf, CHARACTERS))
        return (utf16(prompt) if unit == UTF16 else len(prompt)) > limit

    def complaint(self, body: Mapping[str, Any]) -> str:
        """What the SDK's type has against a body; empty when nothing."""
        if unknown := sorted(body.keys() - self.fields.keys()):
            return f"{self.wire} has no {', '.join(unknown)}"
        try:
            TypeAdapter(self.shape).validate_python(self.keywords(body), strict=True)
        except ValidationError as error:
            return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        return ""

    def keywords(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The same as the SDK's keywords."""
        return {self.fields[name]: value for name, value in body.items()}


def utf16(words: str) -> int:
    """How long they are in UTF-16 code units: most emoji are two."""
    return len(words.encode("utf-16-le", "surrogatepass")) // 2


def _shape(ratio: str) -> float:
    width, height = map(int, ratio.split(":"))
    return width / height


def _area(ratio: str) -> int:
    width, height = map(int, ratio.split(":"))
    return width * height


# ---- out of the SDK's types -----------------------------------------------------------------


def _read(shape: Any) -> Facts:
    hints = get_type_hints(shape, include_extras=True)
    fields = {_alias(hint) or name: name for name, hint in hints.items()}
    wire = _literals(hints["model"])[0]
    ratios = [str(ratio) for ratio in _literals(hints.get("ratio"))]
    exact = [ratio for ratio in ratios if ":" in ratio]
    return Facts(
        wire=wire,
        shape=shape,
        fields=fields,
        required=frozenset(name for name in fields if get_origin(hints[fields[name]]) is Required),
        ratios=() if wire in FOLLOWS_FIRST_FRAME else tuple(exact),
        automatic=AUTO in ratios,
        lengths=tuple(length for length in _literals(hints["duration"]) if isinstance(length, int)),
    )


def _alias(hint: Any) -> str | None:
    for part in (hint, *get_args(hint)):
        for note in getattr(part, "__metadata__", ()):
            if isinstance(note, PropertyInfo):
                return note.alias
    return None


def _literals(hint: Any) -> list[Any]:
    """The values of the literals in a type, however deep."""
    if get_origin(hint) is Literal:
        return list(get_args(hint))
    return [value for part in get_args(hint) for value in _literals(part)]


MODELS: Mapping[str, Facts] = {
    facts.wire: facts for facts in map(_read, get_args(image_to_video_create_params.ImageToVideoCreateParams))
}
