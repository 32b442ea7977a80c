"""Which clips beside each other show nearly the same, and which of them stands for all: pure.

They are folded on the page as one card, in the order of the film and without moving any: what lies between
two that are alike keeps them apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from clips import ranking

ALIKE = 10
"""Bits in which the fingerprints of two copies of one photo may differ: `providers.local.likeness.ALIKE`,
written here again because that module brings the library of pictures with it, which no page needs."""
NEAR = 16
"""The same for two photos of one burst, between which a hand has moved. Photos of different things differ in
about 32 bits."""


@dataclass(frozen=True)
class Shot:
    """A clip as far as it matters here: `seen` is its photo's fingerprint, 0 where it has none."""

    id: UUID
    seen: int
    quality: float
    taken_at: datetime | None = None
    approved: bool = False


@dataclass(frozen=True)
class Fold:
    """Clips that show nearly the same, in the order of the film. `top` is the one that stands for them, and
    `under` are those that it hides: never one that is in the film."""

    top: UUID
    ids: tuple[UUID, ...]
    under: frozenset[UUID]


def shot(clip: Any) -> Shot:
    """Of a clip with its asset at hand."""
    asset = clip.asset
    return Shot(
        id=clip.pk,
        seen=int(asset.look.get("fingerprint", "0"), 16) if asset.look else 0,
        quality=ranking.quality(look=asset.look, width=asset.width, height=asset.height),
        taken_at=asset.taken_at,
        approved=clip.approved,
    )


def folds(shots: Sequence[Shot]) -> list[Fold]:
    """Those of at least two, of clips in the order of the film."""
    return [_folded(run) for run in _runs(shots) if len(run) > 1]


def by_clip(found: Sequence[Fold]) -> dict[UUID, Fold]:
    return {each: fold for fold in found for each in fold.ids}


def _folded(run: Sequence[Shot]) -> Fold:
    top = _best(run)
    under = frozenset(each.id for each in run if each is not top and not each.approved)
    return Fold(top.id, tuple(each.id for each in run), under)


def _runs(shots: Sequence[Shot]) -> Iterator[list[Shot]]:
    """Like the first of its run, so that a slow pan does not end far from where it began."""
    run: list[Shot] = []
    for each in shots:
        if run and _alike(run[0], run[-1], each):
            run.append(each)
            continue
        if run:
            yield run
        run = [each]
    if run:
        yield run


def _alike(first: Shot, before: Shot, each: Shot) -> bool:
    if not (first.seen and each.seen):
        return False
    return (first.seen ^ each.seen).bit_count() <= (NEAR if _at_once(before, each) else ALIKE)


def _at_once(before: Shot, each: Shot) -> bool:
    if before.taken_at is None or each.taken_at is None:
        return False
    return abs(each.taken_at - before.taken_at) <= ranking.BURST


def _best(run: Sequence[Shot]) -> Shot:
    """What somebody has approved stays on top, whatever the others look like."""
    return max(run, key=lambda each: (each.approved, each.quality))
