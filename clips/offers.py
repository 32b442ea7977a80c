"""Who may bring a photo to life, at what price: for the sheet of a clip, and its card after a failure.

What all clips of a project share is read once for a page (`clips.facts`); this is pure.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from uuid import UUID

from django.utils.translation import gettext, gettext_noop

from billing import ledger
from clips import remedies
from clips.models import Clip, Take
from jobs.states import State
from providers import registry
from providers.registry import MotionModel

FREE = gettext_noop("free")


@dataclass(frozen=True)
class Option:
    """One way to bring a photo to life. `maker` is to whom the photo goes, empty where this machine makes it;
    `usual` about how long that takes; `sample` a link to a clip that it made."""

    slug: str
    title: str
    note: str
    maker: str
    service: str
    usual: str
    sample: str
    credits: int
    is_redo: bool = False
    checked: bool = False

    @property
    def price(self) -> str:
        if self.is_redo:
            return gettext("free, your one redo")
        return ledger.credits(self.credits) if self.credits else gettext(FREE)

    @property
    def is_ai(self) -> bool:
        return self.slug != registry.LOCAL


@dataclass(frozen=True)
class Trouble:
    """What went wrong with the latest take, and what helps: the same `again`, the free `camera` move, or the
    sheet, whose button says `change`. `is_new`: an earlier take is shown meanwhile."""

    message: str
    again: Option | None
    camera: Option | None
    change: str
    is_new: bool


def option(model: MotionModel, *, credits: int, sample: str) -> Option:
    return Option(
        slug=model.slug,
        title=model.title,
        note=model.note,
        maker=model.maker,
        service=model.provider,
        usual=usual_words(model.expected_seconds),
        sample=sample,
        credits=credits,
    )


def usual_words(seconds: int) -> str:
    """About how long it takes; empty where nobody knows."""
    if not seconds:
        return ""
    if seconds < 100:
        return gettext("about {seconds} s").format(seconds=seconds)
    return gettext("about {minutes} min").format(minutes=round(seconds / 60))


def for_clip(
    options: Sequence[Option], clip: Clip, latest: Take | None, *, free: Set[tuple[UUID, str]], withheld: bool
) -> tuple[Option, ...]:
    """This clip's own: with its free redo, without AI where it is never sent, and one that is checked."""
    offered = [each for each in options if not (withheld and each.is_ai)]
    preferred = _preferred(clip, latest)
    chosen = preferred if preferred in {each.slug for each in offered} else registry.LOCAL
    return tuple(
        replace(each, is_redo=(clip.pk, each.slug) in free, checked=each.slug == chosen) for each in offered
    )


def trouble(clip: Clip, latest: Take | None, options: Sequence[Option]) -> Trouble | None:
    """Nothing for a clip whose latest take is well, or was stopped by hand."""
    if latest is None or latest.state != State.FAILED:
        return None
    remedy = remedies.of(latest.error_code)
    by_slug = {each.slug: each for each in options}
    others = [each for each in options if each.is_ai and each.slug != latest.model]
    is_ai = latest.model not in (registry.LOCAL, registry.FOOTAGE)
    return Trouble(
        message=latest.error_message,
        again=by_slug.get(latest.model) if remedy.again else None,
        camera=by_slug.get(registry.LOCAL) if is_ai else None,
        change=_change(words=remedy.words, others=bool(others)),
        is_new=clip.chosen_id is not None,
    )


def _change(*, words: bool, others: bool) -> str:
    if words:
        return gettext("Other words")
    return gettext("Another model") if others else ""


def _preferred(clip: Clip, latest: Take | None) -> str:
    """The model of the shown take; after a failure the one that was wanted, where it may work now."""
    if latest and latest.state == State.FAILED:
        remedy = remedies.of(latest.error_code)
        return latest.model if remedy.again or remedy.words else registry.LOCAL
    if clip.chosen:
        return clip.chosen.model
    return latest.model if latest else registry.LOCAL
