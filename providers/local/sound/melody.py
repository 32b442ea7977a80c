"""Tunes: a motif in rhythm that returns, chord tones where it matters, steps between, and a way home.

A phrase is found by beam search: note after note, the cheapest few lines are kept. What a note costs is
what a teacher would mark: a leap that nothing answers, a dissonance on a strong beat, a tone repeated dully.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import pi, sin

import numpy as np

from providers.local.sound import harmony
from providers.local.sound.events import Note, rhythm
from providers.local.sound.harmony import Chord
from providers.local.sound.styles import Style

BEAM = 32
LONG_BEATS = 1.0
RANGE = 10
# Cost of an interval by its semitones: steps flow, thirds sing, the octave is for once.
INTERVAL_COSTS = (1.2, 0.15, 0.0, 0.2, 0.25, 0.5, 3.0, 0.8, 1.6, 1.8, 4.0, 5.0, 2.5)
FORBIDDEN = 12.0
CHANCE = 0.7
PULL = 0.3  # per semitone away from the arch
TREMBLING = 0.9


@dataclass(frozen=True)
class Place:
    """One note whose pitch is not chosen yet."""

    start: float
    length: float
    chord: Chord
    is_strong: bool
    is_last: bool
    target: float
    model: int | None  # the place whose step this one should echo


def phrase(*, style: Style, letter: str, chords: Sequence[Chord], rng: np.random.Generator) -> list[Note]:
    """The tune over four chords, in beats from the phrase's first; the generator decides what is open."""
    places = _places(style, letter, chords, rng)
    pitches = _search(places, style, rng)
    return [
        Note(start=place.start, length=place.length, pitch=pitch, velocity=_velocity(place))
        for place, pitch in zip(places, pitches, strict=True)
    ]


def _places(style: Style, letter: str, chords: Sequence[Chord], rng: np.random.Generator) -> list[Place]:
    cells = _cells(style, letter, len(chords), rng)
    beats = style.meter * len(chords)
    onsets = [
        (bar, order, bar * style.meter + start, length)
        for bar, cell in enumerate(cells)
        for order, (start, length) in enumerate(rhythm(cell))
    ]
    numbers = {(bar, order): number for number, (bar, order, _, _) in enumerate(onsets)}
    return [
        Place(
            start=start,
            length=length,
            chord=chords[bar],
            is_strong=_is_strong(start % style.meter, length, style.meter),
            is_last=number == len(onsets) - 1,
            target=style.tune_centre + _contour(letter, start / beats),
            model=numbers.get((bar - 2, order)) if bar >= 2 and cells[bar] == cells[bar - 2] else None,
        )
        for number, (bar, order, start, length) in enumerate(onsets)
    ]


def _cells(style: Style, letter: str, bars: int, rng: np.random.Generator) -> list[str]:
    """Motif, reply, motif, ending. The answer takes the theme's motif up, so it draws from the same place."""
    motifs, replies, endings = style.motifs, style.replies, style.endings
    lead = motifs[(1 if letter == "B" else 0) % len(motifs)]
    reply = replies[int(rng.integers(len(replies)))]
    ending = endings[int(rng.integers(len(endings)))]
    if letter == "C":
        return ([lead, reply] + [endings[0]] * bars)[:bars]
    return [lead, reply, lead, ending][:bars]


def _is_strong(beat: float, length: float, meter: int) -> bool:
    return beat in ({0.0, 2.0} if meter == 4 else {0.0}) or length > LONG_BEATS


def _contour(letter: str, position: float) -> float:
    """Semitones above the centre: the theme arches, the answer falls home, the bridge starts high."""
    if letter == "B":
        return 7.0 - 7.0 * position
    if letter == "C":
        return 3.0 - 6.0 * position
    return 8.0 * sin(pi * min(1.0, position * 1.15)) - 2.0 - (3.0 * position if letter == "A" else 0.0)


def _search(places: Sequence[Place], style: Style, rng: np.random.Generator) -> tuple[int, ...]:
    allowed = harmony.scale(name=style.scale, tonic=style.tonic)
    beam: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]
    for place in places:
        candidates = _candidates(place, allowed, style)
        whims = rng.random(len(candidates)) * CHANCE
        grown = [
            (cost + whim + _cost(place, pitch, line, places, style), (*line, pitch))
            for cost, line in beam
            for pitch, whim in zip(candidates, whims.tolist(), strict=True)
        ]
        beam = sorted(grown)[:BEAM]
    return beam[0][1]


def _candidates(place: Place, allowed: frozenset[int], style: Style) -> list[int]:
    """Tones of the scale, except where the chord borrows from another; and the chord's own."""
    tones = set(place.chord.tones)
    foreign = tones - allowed
    usable = {
        tone for tone in allowed if not any((tone - other) % 12 in (1, 11) for other in foreign)
    } | tones
    return [p for p in range(style.tune_centre - RANGE, style.tune_centre + RANGE + 3) if p % 12 in usable]


def _cost(place: Place, pitch: int, line: tuple[int, ...], places: Sequence[Place], style: Style) -> float:
    cost = PULL * abs(pitch - place.target) + _harmonic_cost(place, pitch, style)
    if not line:
        return cost
    step = pitch - line[-1]
    before = places[len(line) - 1]
    return (
        cost
        + _step_cost(step, line)
        + _passing_cost(place, before, pitch, line[-1])
        + _echo(place, step, line)
    )


def _harmonic_cost(place: Place, pitch: int, style: Style) -> float:
    tones = place.chord.tones
    if place.is_last:
        home = (style.tonic, tones[0], tones[1])
        return 0.0 if pitch % 12 in home and pitch % 12 in tones else FORBIDDEN
    if pitch % 12 in tones:
        return 0.35 if pitch % 12 == tones[0] else 0.0
    clash = any((pitch - tone) % 12 == 1 for tone in tones)
    return FORBIDDEN if place.is_strong else 0.5 + clash


def _step_cost(step: int, line: tuple[int, ...]) -> float:
    cost = INTERVAL_COSTS[abs(step)] if abs(step) < len(INTERVAL_COSTS) else FORBIDDEN
    if len(line) < 2:
        return cost
    last = line[-1] - line[-2]
    if last == 0 and step == 0:
        cost += 3.0
    if last != 0 and step == -last:
        cost += TREMBLING
    if abs(last) >= 5 and (step * last > 0 or abs(step) > 4):
        cost += 2.0
    return cost


def _passing_cost(place: Place, before: Place, pitch: int, last: int) -> float:
    """A tone foreign to its chord is reached by step and left by step, or not at all."""
    foreign = pitch % 12 not in place.chord.tones
    came_from_foreign = last % 12 not in before.chord.tones
    return 4.0 if (foreign or came_from_foreign) and abs(pitch - last) not in (1, 2) else 0.0


def _echo(place: Place, step: int, line: tuple[int, ...]) -> float:
    if place.model is None or place.model == 0:
        return 0.0
    heard = line[place.model] - line[place.model - 1]
    return 0.25 * abs(step - heard)


def _velocity(place: Place) -> float:
    return (0.82 if place.is_strong else 0.68) + 0.012 * (place.target - 72) * 0.5
