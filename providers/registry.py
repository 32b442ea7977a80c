"""Which models serve which capability, and the code behind them.

What this machine makes is a literal table, whose entries are imported when they are used. What services make
is in the table of `providers.models.Model`, which staff edit; their adapters are named here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from django.utils.module_loading import import_string
from django.utils.translation import gettext

from echoes.kernel import digests, shapes
from echoes.kernel.errors import EchoesError, gettext_noop
from providers import capabilities, connections
from providers.capabilities import Capability
from providers.connections import Provider
from providers.models import Model


class UnknownModel(EchoesError):
    """This way of making a clip does not exist any more. Please choose another."""

    code = "unknown_model"


class TooLong(EchoesError):
    """This model cannot make clips as long as those of this film. Please choose another."""

    code = "too_long"


class WrongShape(EchoesError):
    """This model cannot make clips in the shape of this film. Please choose another."""

    code = "wrong_shape"


class Motion(Protocol):
    """Turns an upright photo (for FOOTAGE, a video) into a silent clip of exactly seconds * fps frames.
    `focus` is what somebody wants to keep in view, in shares of its sides; None leaves it to the model."""

    def __call__(
        self,
        *,
        photo: Path,
        out: Path,
        aspect: str,
        quality: str = shapes.STANDARD,
        focus: tuple[float, float] | None = None,
        fps: int,
        seconds: int,
        seed: int,
        prompt: str,
        on_progress: Callable[[float], None],
        cancelled: Callable[[], bool],
    ) -> Path: ...


@dataclass(frozen=True)
class MotionModel:
    """`version` and `render` are dotted paths, for what this machine makes. What a service makes has its name
    in `provider`, and the lengths (in seconds) and shapes that it can make; none stands for any."""

    slug: str
    title: str
    note: str
    price_label: str
    version: str
    render: str = ""
    provider: str = ""
    lengths: tuple[int, ...] = ()
    aspects: tuple[str, ...] = ()
    expected_seconds: int = 0
    sample: str = ""

    def load(self) -> Motion:
        found: Motion = import_string(self.render)
        return found

    def load_version(self) -> str:
        return self.version if self.provider else str(import_string(self.version))

    def length(self, seconds: int) -> int:
        """What it makes for a clip of so many seconds: its shortest that is long enough. Raises TooLong."""
        if not self.lengths:
            return seconds
        fitting = [length for length in self.lengths if length >= seconds]
        if not fitting:
            raise TooLong
        return min(fitting)

    def check(self, *, seconds: int, aspect: str) -> None:
        """Raises TooLong, WrongShape."""
        self.length(seconds)
        if self.aspects and aspect not in self.aspects:
            raise WrongShape

    def can_make(self, seconds: int, aspect: str = "") -> bool:
        """Whether it can make clips of that length and, where one is given, of that shape."""
        fits = not self.aspects or not aspect or aspect in self.aspects
        return fits and (not self.lengths or max(self.lengths) >= seconds)

    @property
    def maker(self) -> str:
        """To whom a photo goes; nobody where this machine makes it."""
        return str(Provider(self.provider).label) if self.provider else ""

    @property
    def is_ai(self) -> bool:
        """Whether a model dreams it up; what is made here is a photo under a camera, or a video as it is."""
        return self.slug not in (LOCAL, FOOTAGE)

    @property
    def made_by(self) -> str:
        """What people read below a clip that it made."""
        return gettext("Made by {model}").format(model=self.title) if self.is_ai else self.note


LOCAL = "local"
# The model of clips that were videos when they came.
FOOTAGE = "video"

MOTION = {
    "local": MotionModel(
        slug="local",
        title=gettext_noop("Camera move"),
        note=gettext_noop("Made on this machine"),
        price_label="Free",
        version="providers.local.motion.VERSION",
        render="providers.local.motion.render",
    ),
    FOOTAGE: MotionModel(
        slug=FOOTAGE,
        title=gettext_noop("Your video"),
        note=gettext_noop("Your video"),
        price_label="Free",
        version="providers.local.footage.VERSION",
        render="providers.local.footage.render",
    ),
}

# What the models say of themselves that every installation begins with; staff's own words stay as they are.
NOTES = (
    gettext_noop("Written and played on this machine"),
    gettext_noop("Quick, and keeps faces"),
    gettext_noop("The most natural of Runway's"),
    gettext_noop("Rich motion"),
    gettext_noop("The richest motion, and the dearest"),
    gettext_noop("Lively people"),
    gettext_noop("Smooth camera"),
    gettext_noop("The cheapest, good for landscapes"),
    gettext_noop("Expressive faces"),
)

ADAPTERS = {
    Provider.LOCAL: "providers.local.studio.STUDIO",
    Provider.RUNWAY: "providers.runway.RUNWAY",
    Provider.REPLICATE: "providers.replicate.REPLICATE",
    Provider.OPENAI: "providers.openai.OPENAI",
}
DIRECT = frozenset({Provider.LOCAL, Provider.OPENAI})
"""Providers whose adapter is a capabilities.Direct; the others' is a capabilities.Remote."""


def said(model: MotionModel) -> MotionModel:
    """One of MOTION in the language that is spoken now."""
    return replace(model, title=gettext(model.title), note=gettext(model.note))


def motion(slug: str) -> MotionModel:
    """The model of that name, whether it is offered or not; raises UnknownModel."""
    try:
        return motions([slug])[slug]
    except KeyError:
        raise UnknownModel from None


def motions(slugs: Iterable[str]) -> dict[str, MotionModel]:
    """The same for many, by name: one query at most, and none for what this machine makes."""
    wanted = set(slugs)
    found = {slug: said(MOTION[slug]) for slug in wanted & set(MOTION)}
    if rest := wanted - set(found):
        rows = Model.objects.filter(slug__in=rest, capability=Capability.MOTION)
        found |= {row.slug: _motion(row) for row in rows}
    return found


def paid_motion() -> list[MotionModel]:
    """The models of services that can be used now, in the order in which they are offered. Where no service
    is connected nobody asks the database."""
    literal = [said(model) for model in MOTION.values() if model.is_ai]
    return literal + [_motion(row) for row in _usable(Capability.MOTION, services())]


def usable(capability: Capability) -> list[Model]:
    """The models of a capability that are on, and whose service is connected; the default first."""
    return _usable(capability, services() | {Provider.LOCAL})


def services() -> set[str]:
    """The services that this deployment has keys for. No query."""
    return {name for name in Provider.values if name != Provider.LOCAL and connections.is_connected(name)}


def titles(slugs: Iterable[str]) -> dict[str, str]:
    """What people read of models of any capability, by name, offered or not. One query."""
    rows = Model.objects.filter(slug__in=set(slugs))
    return dict(rows.values_list("slug", "title"))


def _usable(capability: Capability, connected: set[str]) -> list[Model]:
    if not connected:
        return []
    rows = Model.objects.filter(capability=capability, is_on=True, provider__in=connected)
    return list(rows.order_by("-is_default", "position", "slug"))


def row(slug: str) -> Model:
    """A model that can be used now; raises UnknownModel."""
    found = Model.objects.filter(slug=slug, is_on=True).first()
    if found is None or not connections.is_connected(found.provider):
        raise UnknownModel
    return found


def remote(provider: str) -> capabilities.Remote:
    """The adapter of a service that works on its own."""
    found: capabilities.Remote = import_string(ADAPTERS[Provider(provider)])
    return found


def direct(provider: str) -> capabilities.Direct:
    """The adapter of what answers while its caller waits."""
    found: capabilities.Direct = import_string(ADAPTERS[Provider(provider)])
    return found


def _motion(row: Model) -> MotionModel:
    made_by = {"provider": row.provider, "wire": row.wire, "options": row.options}
    return MotionModel(
        slug=row.slug,
        title=row.title,
        note=gettext(row.note) or gettext("Made by {model}").format(model=row.get_provider_display()),
        price_label="",
        version=f"{row.provider}-{digests.of_recipe(made_by)[:16]}",
        provider="" if row.provider == Provider.LOCAL else row.provider,
        lengths=tuple(sorted(row.lengths)),
        aspects=tuple(row.aspects),
        expected_seconds=row.expected_seconds,
        sample=row.sample,
    )
