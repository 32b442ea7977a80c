"""A film as one frozen document: what is played, for how long, and how one picture becomes the next.

The browser's preview and the compiler read the same JSON, so what is previewed is what is
made. Lengths are whole frames at `fps`, times of sound are ticks, and files are named by
the digest of their bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any, Self

from echoes.kernel import digests, errors, shapes

VERSION = 2
# Documents of these versions are read; version 1 knew no sound but music.
READABLE = (1, 2)
# Each divides a second of ticks, and of 48 kHz sound, evenly.
FRAME_RATES = (24, 25, 30)
# Two key frames in a row may not carry the same number, and an encoder starts every file with the same one.
SHORTEST = 2
TRANSITIONS = {
    "fade": "Fade",
    "dissolve": "Dissolve",
    "wipe": "Wipe",
    "slide": "Slide",
    "none": "Straight cut",
}


class TimelineInvalid(errors.EchoesError):
    """This film cannot be made as it is described."""

    code = "timeline_invalid"


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _written(value: object) -> bool:
    """Text that can be stored: JSON can carry halves of characters, which no encoding has."""
    return isinstance(value, str) and not any("\ud800" <= letter <= "\udfff" for letter in value)


def _require(condition: bool, what: str) -> None:
    if not condition:
        raise TimelineInvalid(f"This film cannot be made: {what}.")


@dataclass(frozen=True)
class Transition:
    """How one picture becomes the next; both are on screen for `frames`."""

    kind: str
    frames: int

    def __post_init__(self) -> None:
        _require(self.kind in TRANSITIONS, f"there is no transition called {self.kind!r}")
        _require(_whole(self.frames), "a transition lasts a whole number of frames")


@dataclass(frozen=True)
class ItemSound:
    """A clip's own sound: a file that runs beside the whole of the clip's file, from its first frame, and is
    trimmed with it. `volume` is a linear gain in hundredths."""

    source: str
    volume: int = 100

    def __post_init__(self) -> None:
        _require(bool(self.source) and _written(self.source), "a clip's sound needs a file")
        _require(_whole(self.volume) and self.volume <= 100, "a volume is between 0 and 100")


@dataclass(frozen=True)
class Item:
    """A clip: `frames` is the length of its file, of which `trim_start` and `trim_end` frames are left out.

    `transition` leads into the next item; None means the film's own.
    """

    source: str
    frames: int
    trim_start: int = 0
    trim_end: int = 0
    transition: Transition | None = None
    sound: ItemSound | None = None

    def __post_init__(self) -> None:
        _require(bool(self.source) and _written(self.source), "a clip needs a file")
        for count in (self.frames, self.trim_start, self.trim_end):
            _require(_whole(count), "clips are cut at whole frames")
        _require(self.length >= SHORTEST, f"a clip needs at least {SHORTEST} frames")

    @property
    def length(self) -> int:
        """Frames that are played."""
        return self.frames - self.trim_start - self.trim_end


@dataclass(frozen=True)
class Music:
    """A track under the film: from `offset`, starting over when it ends, cut to the film's length.

    `duration`, `offset` and `fade_out` in ticks. `volume`, 0 to 100, is a linear gain beside clips' sound and
    a voice; a film of music alone is as loud as platforms play from 50 on (see `compiler.mix`).
    """

    source: str
    duration: int
    offset: int = 0
    volume: int = 50
    fade_out: int = 0

    def __post_init__(self) -> None:
        _require(bool(self.source) and _written(self.source), "music needs a file")
        for ticks in (self.duration, self.offset, self.fade_out):
            _require(_whole(ticks), "times of sound are whole ticks")
        _require(self.duration > 0, "music needs a length")
        _require(_whole(self.volume) and self.volume <= 100, "a volume is between 0 and 100")

    @property
    def gain(self) -> Fraction:
        return Fraction(self.volume, 100)


@dataclass(frozen=True)
class Narration:
    """A voice over the film, from `start` of the film on; music gives way to it. `duration` of its file and
    `start` in ticks; `volume` is a linear gain in hundredths."""

    source: str
    duration: int
    start: int = 0
    volume: int = 100

    def __post_init__(self) -> None:
        _require(bool(self.source) and _written(self.source), "a narration needs a file")
        for ticks in (self.duration, self.start):
            _require(_whole(ticks), "times of sound are whole ticks")
        _require(self.duration > 0, "a narration needs a length")
        _require(_whole(self.volume) and self.volume <= 100, "a volume is between 0 and 100")


@dataclass(frozen=True, kw_only=True)
class Title:
    """A card of `frames` before the first clip; the film's transition leads from it."""

    text: str
    subtitle: str = ""
    frames: int

    def __post_init__(self) -> None:
        _require(_written(self.text) and _written(self.subtitle), "a title is text")
        _require(_whole(self.frames) and self.frames >= SHORTEST, "a title needs a length")


@dataclass(frozen=True)
class Timeline:
    """The film. Raises TimelineInvalid when it is made of values that no film can have."""

    aspect: str
    fps: int
    items: tuple[Item, ...]
    transition: Transition
    music: Music | None = None
    title: Title | None = None
    narration: Narration | None = None
    version: int = VERSION

    def __post_init__(self) -> None:
        _require(self.version == VERSION, f"version {self.version!r} of a film is not known here")
        _require(self.aspect in shapes.SIZES, f"there is no shape {self.aspect!r}")
        _require(self.fps in FRAME_RATES, f"{self.fps!r} frames per second are not possible")
        _require(bool(self.items), "a film needs at least one clip")

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Reads `to_json`'s document, of any version in READABLE, as one of today's; keys that a preview adds
        are ignored. Raises TimelineInvalid."""
        try:
            return cls(
                aspect=document["aspect"],
                fps=document["fps"],
                items=tuple(_item(item) for item in document["items"]),
                transition=Transition(**document["transition"]),
                music=Music(**document["music"]) if document.get("music") else None,
                title=Title(**document["title"]) if document.get("title") else None,
                narration=Narration(**document["narration"]) if document.get("narration") else None,
                version=_version(document["version"]),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise TimelineInvalid(f"This is not a film's description: {error}.") from error

    def to_json(self) -> dict[str, Any]:
        document = asdict(self)
        document["items"] = list(document["items"])
        return document

    def digest(self) -> str:
        """The same for equal films, on every machine."""
        return digests.of_recipe(self.to_json())


def effective_transition(timeline: Timeline, index: int) -> Transition:
    """The transition from item `index` to the next; index -1 leads from the title card.

    The one rule about transitions that are longer than what they join: a clip gives at most half
    of its frames to each side, so two transitions never meet. What is left of less than two frames
    is a cut. Raises IndexError where nothing follows.
    """
    asked = timeline.transition
    if index >= 0:
        asked = timeline.items[index].transition or timeline.transition
    before = _length(timeline, index)
    after = timeline.items[index + 1].length
    frames = min(asked.frames, before // 2, after // 2)
    if asked.kind == "none" or frames < SHORTEST:
        return CUT
    return Transition(kind=asked.kind, frames=frames)


def _length(timeline: Timeline, index: int) -> int:
    if index >= 0:
        return timeline.items[index].length
    if timeline.title is None:
        raise IndexError("there is no title card")
    return timeline.title.frames


def _version(written: Any) -> Any:
    return VERSION if _whole(written) and written in READABLE else written


def _item(document: Mapping[str, Any]) -> Item:
    transition, sound = document.get("transition"), document.get("sound")
    return Item(
        **{
            **document,
            "transition": Transition(**transition) if transition else None,
            "sound": ItemSound(**sound) if sound else None,
        }
    )


CUT = Transition(kind="none", frames=0)
