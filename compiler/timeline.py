"""A film as one frozen document: what is played, for how long, and how one picture becomes the next.

The browser's preview and the compiler read the same JSON, so what is previewed is what is
made. Lengths are whole frames at `fps`, times of sound are ticks, and files are named by
the digest of their bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from typing import Any, Self

from django.utils.translation import gettext, gettext_lazy

from echoes.kernel import digests, errors, shapes
from echoes.kernel.errors import gettext_noop
from echoes.kernel.ffmpeg import encoding

VERSION = 4
# Documents of these versions are read; version 1 knew no sound but music, 2 no words but a title, 3 one face.
READABLE = (1, 2, 3, 4)
# How files were encoded that documents before version 3 speak of.
ENCODED_BEFORE = "h264-1"
# Each divides a second of ticks, and of 48 kHz sound, evenly.
FRAME_RATES = (24, 25, 30)
# Two key frames in a row may not carry the same number, and an encoder starts every file with the same one.
SHORTEST = 2
TRANSITIONS = {
    "fade": gettext_lazy("Fade"),
    "dissolve": gettext_lazy("Dissolve"),
    "wipe": gettext_lazy("Wipe"),
    "slide": gettext_lazy("Slide"),
    "zoom": gettext_lazy("Zoom"),
    "blur": gettext_lazy("Blur"),
    "none": gettext_lazy("Straight cut"),
}
# Where a caption stands, inside the area that no player covers; and how it is set.
PLACES = {
    "bottom": gettext_lazy("Below"),
    "middle": gettext_lazy("In the middle"),
    "top": gettext_lazy("Above"),
}
LOOKS = {
    "plain": gettext_lazy("Plain"),
    "plate": gettext_lazy("On a plate"),
    "display": gettext_lazy("Large"),
}
# The type of a card's words (compiler.fonts), by what it is like.
FACES = {
    "storybook": gettext_lazy("Storybook"),
    "poster": gettext_lazy("Poster"),
    "quiet": gettext_lazy("Quiet"),
}
# How a picture of another shape is shown: cut to fill the film, or whole with its own colours around it.
FITS = ("fill", "whole")


class TimelineInvalid(errors.EchoesError):
    """This film cannot be made as it is described."""

    code = "timeline_invalid"


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _written(value: object) -> bool:
    """Text that can be stored: JSON can carry halves of characters, which no encoding has."""
    return isinstance(value, str) and not any("\ud800" <= letter <= "\udfff" for letter in value)


def _require(condition: bool, sentence: str, **values: object) -> None:
    """Timelines are made by the hundred: what is not to be said is not translated."""
    if not condition:
        raise TimelineInvalid(gettext(sentence).format(**values))


@dataclass(frozen=True)
class Transition:
    """How one picture becomes the next; both are on screen for `frames`."""

    kind: str
    frames: int

    def __post_init__(self) -> None:
        _require(
            self.kind in TRANSITIONS,
            gettext_noop("This film cannot be made: there is no transition called {kind}."),
            kind=repr(self.kind),
        )
        _require(
            _whole(self.frames),
            gettext_noop("This film cannot be made: a transition lasts a whole number of frames."),
        )


@dataclass(frozen=True)
class ItemSound:
    """A clip's own sound: a file that runs beside the whole of the clip's file, from its first frame, and is
    trimmed with it. `volume` is a linear gain in hundredths."""

    source: str
    volume: int = 100

    def __post_init__(self) -> None:
        _require(
            bool(self.source) and _written(self.source),
            gettext_noop("This film cannot be made: a clip's sound needs a file."),
        )
        _require(
            _whole(self.volume) and self.volume <= 100,
            gettext_noop("This film cannot be made: a volume is between 0 and 100."),
        )


@dataclass(frozen=True)
class Filmed:
    """How a clip was made from a photo, so that it can be filmed again, natively, in another shape or size.

    `photo` names the photo by the digest of its bytes.
    """

    photo: str
    model: str
    prompt: str
    seed: int
    seconds: int

    def __post_init__(self) -> None:
        for name in (self.photo, self.model):
            _require(
                bool(name) and _written(name),
                gettext_noop("This film cannot be made: a filmed clip needs a photo and a model."),
            )
        _require(_written(self.prompt), gettext_noop("This film cannot be made: a prompt is text."))
        _require(
            _whole(self.seed) and _whole(self.seconds),
            gettext_noop("This film cannot be made: a filmed clip has a whole length."),
        )


@dataclass(frozen=True)
class Focus:
    """What somebody wants to keep in view in one shape: a point, in thousandths of the picture's sides."""

    aspect: str
    x: int
    y: int

    def __post_init__(self) -> None:
        _require(
            self.aspect in shapes.LABELS,
            gettext_noop("This film cannot be made: there is no shape {aspect}."),
            aspect=repr(self.aspect),
        )
        for share in (self.x, self.y):
            _require(
                _whole(share) and share <= 1_000,
                gettext_noop("This film cannot be made: a focus lies inside its picture."),
            )


@dataclass(frozen=True)
class Item:
    """A clip: `frames` is the length of its file at the film's rate, of which `trim_start` and `trim_end`
    frames are left out.

    `transition` leads into the next item; None means the film's own. `form` is the `encoding.form` of the
    file: in a film of that very form its packets can be copied, in any other it is cut anew, from `filmed`
    where that is known and from the file where it is not. An empty form is any other video.
    """

    source: str
    frames: int
    trim_start: int = 0
    trim_end: int = 0
    transition: Transition | None = None
    sound: ItemSound | None = None
    form: str = ""
    filmed: Filmed | None = None
    fit: str = "fill"
    focus: tuple[Focus, ...] = ()

    def __post_init__(self) -> None:
        _require(
            bool(self.source) and _written(self.source),
            gettext_noop("This film cannot be made: a clip needs a file."),
        )
        for count in (self.frames, self.trim_start, self.trim_end):
            _require(_whole(count), gettext_noop("This film cannot be made: clips are cut at whole frames."))
        _require(
            self.length >= SHORTEST,
            gettext_noop("This film cannot be made: a clip needs at least {shortest} frames."),
            shortest=SHORTEST,
        )
        _require(_written(self.form), gettext_noop("This film cannot be made: a form is text."))
        _require(
            self.fit in FITS,
            gettext_noop("This film cannot be made: a clip cannot be fitted by {fit}."),
            fit=repr(self.fit),
        )

    @property
    def length(self) -> int:
        """Frames that are played."""
        return self.frames - self.trim_start - self.trim_end


@dataclass(frozen=True)
class Music:
    """A track under the film: from `offset`, starting over when it ends if it is to `loop`, cut to the film's
    length.

    `duration`, `offset` and both fades in ticks. `volume`, 0 to 100, is a linear gain beside clips' sound and
    a voice; a film of music alone is as loud as platforms play from 50 on (see `compiler.mix`).
    """

    source: str
    duration: int
    offset: int = 0
    volume: int = 50
    fade_out: int = 0
    fade_in: int = 0
    loop: bool = True

    def __post_init__(self) -> None:
        _require(
            bool(self.source) and _written(self.source),
            gettext_noop("This film cannot be made: music needs a file."),
        )
        for ticks in (self.duration, self.offset, self.fade_in, self.fade_out):
            _require(_whole(ticks), gettext_noop("This film cannot be made: times of sound are whole ticks."))
        _require(
            isinstance(self.loop, bool),
            gettext_noop("This film cannot be made: music starts over or does not."),
        )
        _require(self.duration > 0, gettext_noop("This film cannot be made: music needs a length."))
        _require(
            _whole(self.volume) and self.volume <= 100,
            gettext_noop("This film cannot be made: a volume is between 0 and 100."),
        )

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
        _require(
            bool(self.source) and _written(self.source),
            gettext_noop("This film cannot be made: a narration needs a file."),
        )
        for ticks in (self.duration, self.start):
            _require(_whole(ticks), gettext_noop("This film cannot be made: times of sound are whole ticks."))
        _require(self.duration > 0, gettext_noop("This film cannot be made: a narration needs a length."))
        _require(
            _whole(self.volume) and self.volume <= 100,
            gettext_noop("This film cannot be made: a volume is between 0 and 100."),
        )


@dataclass(frozen=True, kw_only=True)
class Title:
    """A card of `frames` before the first clip or after the last; the film's transition joins it."""

    text: str
    subtitle: str = ""
    frames: int
    face: str = "storybook"

    def __post_init__(self) -> None:
        _require(
            self.face in FACES,
            gettext_noop("This film cannot be made: there is no type called {face}."),
            face=repr(self.face),
        )
        _require(
            _written(self.text) and _written(self.subtitle),
            gettext_noop("This film cannot be made: a title is text."),
        )
        _require(
            _whole(self.frames) and self.frames >= SHORTEST,
            gettext_noop("This film cannot be made: a title needs a length."),
        )


@dataclass(frozen=True, kw_only=True)
class Caption:
    """Words over the clip `item`, from its played frame `start` on for `frames`; with the clip they end."""

    item: int
    text: str
    start: int = 0
    frames: int
    place: str = "bottom"
    look: str = "plain"

    def __post_init__(self) -> None:
        _require(_whole(self.item), gettext_noop("This film cannot be made: a caption belongs to a clip."))
        _require(_written(self.text), gettext_noop("This film cannot be made: a caption is text."))
        _require(
            _whole(self.start) and _whole(self.frames),
            gettext_noop("This film cannot be made: a caption lasts a whole number of frames."),
        )
        _require(
            self.place in PLACES,
            gettext_noop("This film cannot be made: a caption cannot stand at {place}."),
            place=repr(self.place),
        )
        _require(
            self.look in LOOKS,
            gettext_noop("This film cannot be made: a caption cannot look {look}."),
            look=repr(self.look),
        )


@dataclass(frozen=True)
class Timeline:
    """The film. Raises TimelineInvalid when it is made of values that no film can have.

    Its shape and size are two of its fields, so one film in three shapes is three documents that differ in
    `aspect` alone (`in_shape`).
    """

    aspect: str
    fps: int
    items: tuple[Item, ...]
    transition: Transition
    music: Music | None = None
    title: Title | None = None
    narration: Narration | None = None
    captions: tuple[Caption, ...] = ()
    end: Title | None = None
    quality: str = shapes.STANDARD
    version: int = VERSION

    def __post_init__(self) -> None:
        _require(
            self.version == VERSION,
            gettext_noop("This film cannot be made: version {version} of a film is not known here."),
            version=repr(self.version),
        )
        _require(
            self.aspect in shapes.LABELS,
            gettext_noop("This film cannot be made: there is no shape {aspect}."),
            aspect=repr(self.aspect),
        )
        _require(
            self.quality in shapes.QUALITIES,
            gettext_noop("This film cannot be made: there is no quality {quality}."),
            quality=repr(self.quality),
        )
        _require(
            self.fps in FRAME_RATES,
            gettext_noop("This film cannot be made: {fps} frames per second are not possible."),
            fps=repr(self.fps),
        )
        _require(bool(self.items), gettext_noop("This film cannot be made: a film needs at least one clip."))
        _require(
            all(caption.item < len(self.items) for caption in self.captions),
            gettext_noop("This film cannot be made: a caption has no clip."),
        )

    @property
    def size(self) -> shapes.Size:
        return shapes.size(self.aspect, self.quality)

    def in_shape(self, aspect: str, quality: str = shapes.STANDARD) -> Self:
        """The same film in another shape or size."""
        return replace(self, aspect=aspect, quality=quality)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Reads `to_json`'s document, of any version in READABLE, as one of today's; keys that a preview adds
        are ignored. Raises TimelineInvalid."""
        try:
            form = _form_before(document)
            return cls(
                aspect=document["aspect"],
                fps=document["fps"],
                items=tuple(_item(item, form=form) for item in document["items"]),
                transition=Transition(**document["transition"]),
                music=Music(**document["music"]) if document.get("music") else None,
                title=Title(**document["title"]) if document.get("title") else None,
                narration=Narration(**document["narration"]) if document.get("narration") else None,
                captions=tuple(Caption(**caption) for caption in document.get("captions", ())),
                end=Title(**document["end"]) if document.get("end") else None,
                quality=document.get("quality", shapes.STANDARD),
                version=_version(document["version"]),
            )
        except (KeyError, TypeError, AttributeError) as error:
            said = gettext("This is not a film's description: {error}.")
            raise TimelineInvalid(said.format(error=error)) from error

    def to_json(self) -> dict[str, Any]:
        document = asdict(self)
        document["items"] = [item | {"focus": list(item["focus"])} for item in document["items"]]
        document["captions"] = list(document["captions"])
        return document

    def digest(self) -> str:
        """The same for equal films, on every machine."""
        return digests.of_recipe(self.to_json())


def effective_transition(timeline: Timeline, index: int) -> Transition:
    """The transition from item `index` to what follows; index -1 leads from the title card, the last item's
    into the end card.

    The one rule about transitions that are longer than what they join: a clip gives at most half
    of its frames to each side, so two transitions never meet. What is left of less than two frames
    is a cut. Raises IndexError where nothing follows.
    """
    asked = timeline.transition
    if index >= 0:
        asked = timeline.items[index].transition or timeline.transition
    frames = min(asked.frames, _length(timeline, index) // 2, _length(timeline, index + 1) // 2)
    if asked.kind == "none" or frames < SHORTEST:
        return CUT
    return Transition(kind=asked.kind, frames=frames)


def _length(timeline: Timeline, index: int) -> int:
    """Frames of what is played at that place: the title card is at -1, the end card after the last item."""
    cards = {-1: timeline.title, len(timeline.items): timeline.end}
    if index not in cards:
        return timeline.items[index].length
    card = cards[index]
    if card is None:
        raise IndexError("there is no card")
    return card.frames


def _version(written: Any) -> Any:
    return VERSION if _whole(written) and written in READABLE else written


def _form_before(document: Mapping[str, Any]) -> str:
    """The form of a clip's file where the document does not say: before version 3 there was one a shape."""
    if document["version"] in (1, 2) and document["aspect"] in shapes.LABELS:
        return encoding.form(
            size=shapes.size(document["aspect"]), fps=document["fps"], version=ENCODED_BEFORE
        )
    return ""


def _item(document: Mapping[str, Any], *, form: str) -> Item:
    transition, sound, filmed = (document.get(name) for name in ("transition", "sound", "filmed"))
    return Item(
        **{
            "form": form,
            **document,
            "transition": Transition(**transition) if transition else None,
            "sound": ItemSound(**sound) if sound else None,
            "filmed": Filmed(**filmed) if filmed else None,
            "focus": tuple(Focus(**focus) for focus in document.get("focus", ())),
        }
    )


CUT = Transition(kind="none", frames=0)
