"""The one door through which anything of a person's leaves this machine.

1. It may leave: neither the photo nor its project is withheld (`providers.consent`).
2. What leaves is a copy: in the shape that is asked for, no larger than it helps, without a word about when,
   where or by what it was taken, and without its name.
3. It is written down who got what, and for what, just before it goes: when nothing of ours holds it back any
   more. What passes the door lies in a parcel until then.

Adapters take a `capabilities.Picture`, and no other code makes one for a service.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from PIL import Image, ImageOps

from providers import connections, consent
from providers.capabilities import Picture
from providers.connections import Provider
from providers.models import Disclosure, Model

LONGEST = 1920  # pixels of the longer side
QUALITY = 92


@dataclass(frozen=True)
class Errand:
    """Who sends something where, and what for; `reference` is the job, as kind:id."""

    owner: Any
    provider: str
    model: str
    reference: str
    asset: UUID | None = None
    project: UUID | None = None


@dataclass(frozen=True)
class Parcel:
    """What has passed the door and has not gone yet."""

    _inside: list[tuple[Errand, str, int]] = field(default_factory=list)

    def goes(self, *, now: datetime) -> None:
        """Write down what is in it. Whoever sends it calls this first, in a transaction that ends before."""
        for errand, words, size in self._inside:
            _write_down(errand, words=words, size=size, now=now)

    def shown_to(self, judge: Model, *, now: datetime) -> None:
        """Write down that the words in it go to somebody else before, who judges them."""
        for errand, words, _ in self._inside:
            if words:
                to = replace(errand, provider=judge.provider, model=judge.slug, asset=None)
                _write_down(to, words=words, size=0, now=now)


_parcel: ContextVar[Parcel] = ContextVar("what goes along")


@contextmanager
def parcel() -> Iterator[Parcel]:
    """What passes the door meanwhile, in this thread, goes together or not at all."""
    packed = Parcel()
    token = _parcel.set(packed)
    try:
        yield packed
    finally:
        _parcel.reset(token)


def picture(
    errand: Errand,
    *,
    photo: Path,
    folder: Path,
    ratio: float | None = None,
    middle: tuple[float, float] = (0.5, 0.5),
    longest: int = LONGEST,
    words: str = "",
) -> Picture:
    """A copy of one of our own upright pictures (`photo`), cut to `ratio` (width over height) around `middle`
    where that is given. Raises consent.NotSent."""
    _ask(errand)
    copy = _copied(photo, folder / "picture.jpg", ratio=ratio, middle=middle, longest=longest)
    _pack(errand, words=words, size=copy.path.stat().st_size)
    return copy


def words(errand: Errand, *, said: str) -> str:
    """Words that a person wrote, on their way out. Raises consent.NotSent for those of a withheld project."""
    _ask(errand)
    if said:
        _pack(errand, words=said, size=0)
    return said


def _ask(errand: Errand) -> None:
    """Raises consent.NotSent. What stays on this machine is not sent."""
    if errand.provider != Provider.LOCAL:
        consent.check(owner=errand.owner, asset=errand.asset, project=errand.project)


def _pack(errand: Errand, *, words: str, size: int) -> None:
    """What stays on this machine needs no parcel. For a service there has to be one: what nobody would write
    down does not leave, and a LookupError is a slip of the caller's."""
    if errand.provider != Provider.LOCAL:
        _parcel.get()._inside.append((errand, words, size))


def _write_down(errand: Errand, *, words: str, size: int, now: datetime) -> None:
    """Once for each job, service and photo, however often it had to be sent."""
    Disclosure.objects.update_or_create(
        reference=errand.reference,
        provider=errand.provider,
        asset=errand.asset,
        owner=errand.owner,
        defaults={
            "model": errand.model,
            "project": errand.project,
            "words": words,
            "size": size,
            "simulated": errand.provider in connections.simulated(),
            "at": now,
        },
    )


def _copied(
    photo: Path, to: Path, *, ratio: float | None, middle: tuple[float, float], longest: int
) -> Picture:
    with Image.open(photo, formats=["JPEG", "PNG"]) as found:
        image = found.convert("RGB")
    if ratio is not None:
        image = ImageOps.fit(image, _largest(image.size, ratio), centering=middle)
    image.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    clean = Image.new("RGB", image.size)  # nothing but the pixels comes along
    clean.paste(image)
    clean.save(to, "JPEG", quality=QUALITY, optimize=True)
    return Picture(to, "image/jpeg", *clean.size)


def _largest(size: tuple[int, int], ratio: float) -> tuple[int, int]:
    """The largest part of that shape."""
    width, height = size
    return (
        (width, max(1, round(width / ratio)))
        if width / height < ratio
        else (max(1, round(height * ratio)), height)
    )
