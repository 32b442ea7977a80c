"""Scales, chords written as Roman numerals, and the hand that moves as little as it can between them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass

MAJOR = (0, 2, 4, 5, 7, 9, 11)
SCALES = {
    "major": MAJOR,
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
}
NUMERALS = {"i": 0, "ii": 1, "iii": 2, "iv": 3, "v": 4, "vi": 5, "vii": 6}
COLOURS: dict[str, tuple[int, ...]] = {
    "": (),
    "6": (9,),
    "7": (10,),
    "maj7": (11,),
    "add9": (2,),
    "9": (10, 2),
    "maj9": (11, 2),
}
SYMBOL = re.compile(r"([b#]?)([ivIV]+)(maj9|maj7|add9|sus2|sus4|6|7|9|)(?:/([b#]?)([1-7]))?")
ACCIDENTALS = {"": 0, "b": -1, "#": 1}
VOICES = 4
WIDEST_HAND = 17
REACH = 12


@dataclass(frozen=True)
class Chord:
    """Pitch classes 0..11, the root first; `bass` is the lowest, which need not be the root."""

    symbol: str
    tones: tuple[int, ...]
    bass: int

    @property
    def root(self) -> int:
        return self.tones[0]


def chord(*, symbol: str, tonic: int) -> Chord:
    """`vi7`, `bVII`, `V/7` (seventh degree in the bass) on a tonic 0..11; numerals count from major."""
    match = SYMBOL.fullmatch(symbol)
    if match is None:
        raise ValueError(f"{symbol!r} is not a chord")
    accidental, numeral, colour, bass_accidental, bass = match.groups()
    root = tonic + ACCIDENTALS[accidental] + MAJOR[NUMERALS[numeral.lower()]]
    tones = tuple((root + interval) % 12 for interval in _intervals(numeral, colour))
    lowest = tones[0] if bass is None else (tonic + ACCIDENTALS[bass_accidental] + MAJOR[int(bass) - 1]) % 12
    return Chord(symbol=symbol, tones=tones, bass=lowest)


def scale(*, name: str, tonic: int) -> frozenset[int]:
    """Pitch classes of a scale."""
    return frozenset((tonic + step) % 12 for step in SCALES[name])


def hands(chords: Iterable[Chord], *, centre: int) -> list[tuple[int, ...]]:
    """Four pitches per chord around `centre`, each chord as near to the one before as the notes allow."""
    played: list[tuple[int, ...]] = []
    for each in chords:
        played.append(_nearest_hand(each, before=played[-1] if played else None, centre=centre))
    return played


def nearest(pitch_class: int, *, to: int) -> int:
    """The pitch of a class that lies nearest to another pitch."""
    return to + (pitch_class - to + 6) % 12 - 6


def _intervals(numeral: str, colour: str) -> tuple[int, ...]:
    if colour == "sus2":
        return (0, 2, 7)
    if colour == "sus4":
        return (0, 5, 7)
    third = 4 if numeral.isupper() else 3
    return (0, third, 7, *COLOURS[colour])


def _nearest_hand(chord: Chord, *, before: tuple[int, ...] | None, centre: int) -> tuple[int, ...]:
    return min(_possible_hands(chord, centre), key=lambda hand: _effort(hand, before, centre))


def _possible_hands(chord: Chord, centre: int) -> list[tuple[int, ...]]:
    reach = range(centre - REACH, centre + REACH + 1)
    found = set()
    for tones in _four_tones(chord):
        pitches = [[pitch for pitch in reach if pitch % 12 == tone] for tone in tones]
        found |= {tuple(sorted(choice)) for choice in itertools.product(*pitches)}
    return sorted(hand for hand in found if _is_playable(hand))


def _four_tones(chord: Chord) -> list[tuple[int, ...]]:
    """A triad doubles its root or its fifth; a ninth chord leaves out the fifth, which nobody misses."""
    if len(chord.tones) == VOICES - 1:
        return [(*chord.tones, chord.root), (*chord.tones, chord.tones[2])]
    if len(chord.tones) > VOICES:
        return [(*chord.tones[:2], *chord.tones[3:])]
    return [chord.tones]


def _is_playable(hand: tuple[int, ...]) -> bool:
    gaps = [high - low for low, high in itertools.pairwise(hand)]
    return min(gaps) >= 2 and gaps[0] >= 3 and hand[-1] - hand[0] <= WIDEST_HAND


def _effort(hand: tuple[int, ...], before: tuple[int, ...] | None, centre: int) -> float:
    drift = abs(sum(hand) / len(hand) - centre)
    if before is None:
        return drift
    return sum(abs(new - old) for new, old in zip(hand, before, strict=True)) + 0.6 * drift
