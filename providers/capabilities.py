"""What can be asked of a service, and what it gives: the words between Echoes and every provider.

A capability is what needs doing. An order is one question with all that it needs: a request, and of the
model only its wire name and constant options. An adapter maps orders to what a service understands, and back.
It sees no rows, retries nothing and makes no pictures of its own. There are two forms:

- `Direct` answers while its caller waits: what this machine makes, short questions, and services without ids;
- `Remote` takes an order, gives its own id for it, and is asked how it goes (`jobs.remote`).

Everything that a person wrote, and everything that a service said, is data: it is never an instruction to us,
and never part of an address, a path, a filter or a command.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from django.db import models
from django.utils.translation import gettext_lazy
from pydantic import BaseModel, ConfigDict, Field

from jobs.remote import Answered, Pending


class Capability(models.TextChoices):
    MOTION = "motion", gettext_lazy("Motion: a photo becomes a clip")
    IMAGE = "image", gettext_lazy("Image: words become a picture")
    MUSIC = "music", gettext_lazy("Music: a mood becomes a track")
    WRITER = "writer", gettext_lazy("Writer: words, in a form")
    EYES = "eyes", gettext_lazy("Eyes: what a picture shows")
    EARS = "ears", gettext_lazy("Ears: speech becomes words")
    CUTOUT = "cutout", gettext_lazy("Cut-out: a thing without its background")
    MODERATION = "moderation", gettext_lazy("Moderation: what must not be made")


@dataclass(frozen=True)
class Spec:
    """What an adapter needs to know of a model. `wire` is its name at the service; `options` go into every
    request as they are; `prices` are dollars for a million tokens, of a model that is paid by them."""

    slug: str
    capability: Capability
    wire: str
    options: Mapping[str, Any] = field(default_factory=dict)
    prices: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Picture:
    """A picture that may leave this machine: upright, small enough, without a word about where and when.
    Only `providers.door` makes one."""

    path: Path
    content_type: str  # image/jpeg or image/png
    width: int
    height: int


# ---- requests -------------------------------------------------------------------------------


@dataclass(frozen=True)
class MotionRequest:
    """`seconds` is what the service makes, one of the model's lengths; `aspect` is "16:9", "9:16", "1:1" or
    "4:5" (`echoes.kernel.shapes`)."""

    picture: Picture
    prompt: str
    seconds: int
    aspect: str
    seed: int


@dataclass(frozen=True)
class ImageRequest:
    """`references` are pictures that it should look like; of `control` it keeps the edges."""

    prompt: str
    aspect: str
    seed: int
    references: tuple[Picture, ...] = ()
    control: Picture | None = None
    transparent: bool = False


@dataclass(frozen=True)
class MusicRequest:
    """`prompt` says what it should sound like, `mood` is one of the local composer's."""

    mood: str
    seconds: int
    seed: int
    prompt: str = ""


@dataclass(frozen=True)
class WriterRequest:
    """`task` names what is wanted (a key of `providers.tasks.TASKS`), `instructions` are ours, `words` are a
    stranger's, and are quoted as such. The answer is a `form`."""

    task: str
    instructions: str
    words: Mapping[str, str]
    form: type[BaseModel]
    longest: int = 800  # tokens of the answer


@dataclass(frozen=True)
class EyesRequest:
    """What is there, and how might it move? The answer is a `Seen`. `look` is what this machine has measured
    of the picture (`providers.local.look`); `instructions` are ours."""

    picture: Picture
    instructions: str
    look: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class EarsRequest:
    """A recording of at most 25 MB (mp3, m4a, wav); `language` is an ISO 639-1 code, or empty where nobody
    knows. The answer is a `Heard`."""

    sound: Path
    seconds: float
    language: str = ""


@dataclass(frozen=True)
class CutoutRequest:
    """The thing in the picture, its background transparent. The answer is one PNG, and a `Cut`."""

    picture: Picture


@dataclass(frozen=True)
class ModerationRequest:
    """Words, a picture, or both. The answer is a `Verdict`."""

    words: str = ""
    picture: Picture | None = None


Request = (
    MotionRequest
    | ImageRequest
    | MusicRequest
    | WriterRequest
    | EyesRequest
    | EarsRequest
    | CutoutRequest
    | ModerationRequest
)


@dataclass(frozen=True)
class Order:
    """One question to a model."""

    spec: Spec
    request: Request


# ---- answers that are words -----------------------------------------------------------------


class Said(BaseModel):
    """What a service says in a form: every field is there, and no other."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Seen(Said):
    """`description` is a sentence about what is there, `ideas` up to three ways in which it might move, each
    short enough for a button, and `tags` single words."""

    description: str = Field(max_length=500)
    ideas: list[str] = Field(max_length=3)
    tags: list[str] = Field(max_length=12)


class Words(Said):
    """A stretch of speech, in seconds from the start."""

    start: float
    end: float
    text: str


class Heard(Said):
    """`segments` are empty where the service cannot say when."""

    text: str
    language: str
    segments: list[Words]


class Cut(Said):
    """`sure` from 0 to 1; below a half a person should look at it."""

    sure: float


class Verdict(Said):
    """`flagged` must not be made; `unsure` should be looked at by a person first. `scores` are by category,
    0 to 1."""

    flagged: bool
    unsure: bool
    scores: dict[str, float]


# ---- answers --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """What a Direct adapter gives: files that it wrote, what it said (a `Said`, dumped), and what it cost.
    `usd` is None where the service does not say, and then the model's own price counts."""

    files: tuple[Path, ...] = ()
    said: Mapping[str, Any] = field(default_factory=dict)
    usd: Decimal | None = None


@dataclass(frozen=True)
class Receipt:
    """A Remote adapter's order was taken. `usd` is the most that it may cost, where the service says it."""

    remote_id: str
    usd: Decimal | None = None


def succeeded(
    *, urls: tuple[str, ...] = (), said: Mapping[str, Any] | None = None, usd: Decimal | None = None
) -> Answered:
    """The end of an order that came to something: where its files lie, for a while, and what was said.
    `usd` is what it cost by the service's own account."""
    return Answered(
        "succeeded", {"urls": list(urls), "said": dict(said or {}), "usd": None if usd is None else str(usd)}
    )


# ---- adapters -------------------------------------------------------------------------------


def _never() -> bool:
    return False


def _to_nobody(share: float) -> None:
    """Progress that nobody wants to hear of."""


class Direct(Protocol):
    """An adapter whose caller waits."""

    def answer(
        self,
        order: Order,
        *,
        folder: Path,
        on_progress: Callable[[float], None] = _to_nobody,
        cancelled: Callable[[], bool] = _never,
    ) -> Answer:
        """Do it; files go into the folder, which is empty. Raises providers.errors.Failed when the service
        will not or cannot, jobs.remote.NotNow when it may later, errors.Cancelled; anything else means that
        nobody knows."""
        ...


class Remote(Protocol):
    """An adapter whose service works on its own."""

    in_flight: int
    """How many orders it may have at once, of all models together."""
    min_poll: float
    """Seconds between two questions about one order."""
    patience: float
    """Seconds after which an unanswered order counts as lost."""
    settles: float
    """Seconds after which an order that was sent and cannot be found did not arrive."""

    def submit(self, order: Order, *, key: str, webhook: str = "") -> Receipt:
        """Send it, once. `key` names this try; `webhook` is where the service may say that it is done, empty
        where it cannot reach us. Raises jobs.remote.Refused when the service will not (`errors.refused`),
        jobs.remote.NotNow when it may later; anything else means that nobody knows."""
        ...

    def find(self, *, key: str, sent_seconds_ago: float) -> str | None:
        """The id of what was sent under that key. Raises jobs.remote.CannotLookUp."""
        ...

    async def ask(self, remote_id: str) -> Pending | Answered:
        """How it goes: `succeeded(...)` of this module, `errors.failed(...)`, or Pending. Raises
        jobs.remote.NotNow, or anything else for trouble."""
        ...

    async def abandon(self, remote_id: str) -> None:
        """Ask the service to stop; best effort."""
        ...
