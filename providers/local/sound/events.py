"""What the parts of a score are made of."""

from __future__ import annotations

from dataclasses import dataclass

from providers.local.sound.harmony import Chord


@dataclass(frozen=True)
class Note:
    """`start` and `length` in beats, `pitch` as in MIDI, `velocity` 0..1."""

    start: float
    length: float
    pitch: int
    velocity: float


@dataclass(frozen=True)
class Bar:
    """One bar of the form: `level` is the energy 0..4, `place` counts bars in the phrase from 0."""

    index: int
    meter: int
    chord: Chord
    level: int
    place: int
    is_phrase_end: bool
    is_before_lift: bool


def rhythm(cell: str) -> list[tuple[float, float]]:
    """(start, length) in beats of a cell written in eighths: `"2 r1 1 4"`, where `r` rests."""
    found, now = [], 0.0
    for word in cell.split():
        length = float(word.lstrip("r")) / 2
        if not word.startswith("r"):
            found.append((now, length))
        now += length
    return found
