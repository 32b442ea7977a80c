"""What a page shows of clips: frozen, and complete, so that a template asks nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.formats import number_format
from django.utils.translation import gettext

from clips.offers import Option, Trouble
from echoes.kernel import digests

MOST_GUESSED = 95
"""Percent beyond which nobody guesses."""


@dataclass(frozen=True)
class Privacy:
    """Whether the photo may be sent: `asked` says that there is somebody to send it to."""

    asked: bool
    photo_withheld: bool
    project_withheld: bool

    @property
    def withheld(self) -> bool:
        return self.photo_withheld or self.project_withheld


@dataclass(frozen=True)
class Ideas:
    """How the photo might move. `glance` is the look at it that is going on, if one is; `eyes` who would
    look if somebody asks, and `by_itself` whether opening the sheet is asking enough."""

    words: tuple[str, ...]
    seen: str
    seen_by: str
    glance: UUID | None
    failed: bool
    eyes: str
    by_itself: bool


@dataclass(frozen=True)
class Trim:
    """What of the shown take is in the film, in tenths of a second: its whole length, and between what."""

    length: int
    begins: int
    ends: int

    @property
    def is_whole(self) -> bool:
        return (self.begins, self.ends) == (0, self.length)

    @property
    def from_seconds(self) -> str:
        return str(self.begins / 10)

    @property
    def to_seconds(self) -> str:
        return str(self.ends / 10)

    @property
    def from_words(self) -> str:
        return _decimal(self.begins)

    @property
    def to_words(self) -> str:
        return _decimal(self.ends)

    @property
    def words(self) -> str:
        """Nothing for a whole one."""
        if self.is_whole:
            return ""
        length, whole = _decimal(self.ends - self.begins), _decimal(self.length)
        return gettext("{length} s of {whole} s").format(length=length, whole=whole)


def _decimal(tenths: int) -> str:
    """Seconds, as the language of the page writes them."""
    return number_format(tenths / 10, 1)


@dataclass(frozen=True)
class Usual:
    """How long the model usually takes, and how long it has been at it, in seconds: the services themselves
    say little of how far they are."""

    seconds: int
    passed: int

    @property
    def progress(self) -> int:
        """About how far it will be, in percent: nearly there is where it waits when it takes longer."""
        return min(round(MOST_GUESSED * self.passed / self.seconds), MOST_GUESSED)


@dataclass(frozen=True)
class Folded:
    """Where a card stands among those that show nearly the same (see `clips.bursts`): on top of `hidden`
    others, or under `top` while the fold is closed."""

    top: UUID
    hidden: int
    is_under: bool


@dataclass(frozen=True)
class ClipCard:
    id: UUID
    position: int
    count: int
    name: str
    photo_url: str
    video_url: str
    state: str  # draft, generating, ready or error
    progress: int
    left: str  # about how long the take will still need, in words
    message: str
    approved: bool
    prompt: str
    take_id: UUID | None
    takes_count: int
    width: int
    height: int
    note: str
    is_ai: bool  # what is shown was made by a model
    by_service: bool  # the latest take was asked of one
    is_video: bool  # it came as one: there is nothing to bring to life
    moves: tuple[str, ...]  # models by which it has a take, or one is being made; told where some cost
    price: str
    options: tuple[Option, ...]
    makers: tuple[tuple[str, str, bool], ...]  # it could go to: short name, name, whether for the first time
    trouble: Trouble | None
    privacy: Privacy
    ideas: Ideas
    fold: Folded | None
    trim: Trim | None  # of what is shown
    usual: Usual | None  # of what a service makes now

    @property
    def chosen(self) -> Option:
        """The way that is checked in the sheet."""
        return next(option for option in self.options if option.checked)

    @property
    def maker(self) -> bool:
        """Whether a service makes it now: then the note says which."""
        return self.state == "generating" and self.by_service

    @property
    def rev(self) -> str:
        """Changes with whatever the sheet, and the card after a failure, show."""
        told = (
            self.options,
            self.makers,
            self.trouble,
            self.privacy,
            self.ideas,
            self.note,
            self.fold,
            self.trim,
        )
        return digests.of_recipe({"sheet": repr(told)})[:12]


@dataclass(frozen=True)
class TakeCard:
    id: UUID
    number: int
    video_url: str
    poster_url: str
    chosen: bool
    prompt: str
    created_at: datetime
    state: str
    message: str
    note: str
    is_ai: bool


@dataclass(frozen=True)
class Summary:
    total: int
    ready: int
    generating: int
    approved: int
    errors: int
    draft: int


@dataclass(frozen=True)
class Board:
    """All clips of a project, and the ways to bring them to life that are offered for it."""

    clips: list[ClipCard]
    options: tuple[Option, ...]

    @property
    def summary(self) -> Summary:
        states = [card.state for card in self.clips]
        return Summary(
            total=len(states),
            ready=states.count("ready"),
            generating=states.count("generating"),
            approved=sum(card.approved for card in self.clips),
            errors=states.count("error"),
            draft=states.count("draft"),
        )
