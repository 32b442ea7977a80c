"""Composing: style, tempo, length and seed in; every note of every part, and the beats, out. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from providers.local.sound import figures, form, harmony, melody
from providers.local.sound.events import Bar, Note
from providers.local.sound.figures import Hand
from providers.local.sound.form import Phrase
from providers.local.sound.harmony import Chord
from providers.local.sound.styles import Part, Style

TUNE_STREAM, HUMAN_STREAM = 1, 2
LATENESS_SECONDS = 0.006
STEADY_LATENESS_SECONDS = 0.002
STEADY_VOICES = frozenset({"kick", "bass", "sub bass", "tom"})
UNEVENNESS = 0.06
RING_BEATS_ROLL = 0.06
LOW_FIGURES = frozenset({"bass", "octaves"})
SILENT_AT_THE_END = frozenset({"grid", "swell"})


@dataclass(frozen=True)
class Line:
    """What one part plays, in beats from the start, in order of time."""

    part: Part
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class Score:
    """`bars` lead to the last chord, which begins on their end and rings to the end of the track.

    `tune` is the melody before anybody plays it humanly; `lines` are what the players make of it.
    """

    bpm: int
    seconds: int
    bars: tuple[Bar, ...]
    final: Chord
    tune: tuple[Note, ...]
    lines: tuple[Line, ...]

    @property
    def last_beat(self) -> int:
        return sum(bar.meter for bar in self.bars)

    @property
    def beats(self) -> tuple[Fraction, ...]:
        """Seconds of every beat, from the first to the stroke of the last chord."""
        return tuple(Fraction(60 * beat, self.bpm) for beat in range(self.last_beat + 1))


def compose(*, style: Style, bpm: int, seconds: int, seed: int) -> Score:
    """The score of a track; the same arguments give the same notes."""
    count = form.bars_that_fit(seconds=seconds, bpm=bpm, meter=style.meter)
    phrases = form.phrases(style=style, bars=count)
    bars = form.bars(style=style, phrases=phrases)
    final = harmony.chord(symbol=style.final, tonic=style.tonic)
    hands = harmony.hands([bar.chord for bar in bars] + [final], centre=style.hand_centre)
    tune = _tune(style, phrases, bars, seed)
    ring = (seconds - Fraction(60 * style.meter * count, bpm)) * bpm / 60
    lines = [
        _human(
            _line(part, bars, hands, tune, final=final, ring=float(ring)),
            style,
            bpm,
            np.random.default_rng([seed, HUMAN_STREAM, i]),
        )
        for i, part in enumerate(style.parts)
    ]
    return Score(
        bpm=bpm, seconds=seconds, bars=tuple(bars), final=final, tune=tuple(tune), lines=tuple(lines)
    )


def _tune(style: Style, phrases: list[Phrase], bars: list[Bar], seed: int) -> list[Note]:
    """Each letter has one tune, found once, so that what returns is recognised. It ends at home."""
    found: dict[str, list[Note]] = {}
    tune = []
    for phrase in phrases:
        if phrase.letter in "PI":
            continue
        chords = [bar.chord for bar in bars[phrase.first_bar : phrase.first_bar + len(phrase.symbols)]]
        if phrase.letter not in found:
            # The answer begins as the theme does, because it draws the same chances.
            stream = ord("T" if phrase.letter == "A" else phrase.letter)
            rng = np.random.default_rng([seed, TUNE_STREAM, stream])
            found[phrase.letter] = melody.phrase(style=style, letter=phrase.letter, chords=chords, rng=rng)
        start = phrase.first_bar * style.meter
        tune += [replace(note, start=note.start + start) for note in found[phrase.letter]]
    home = harmony.nearest(style.tonic, to=tune[-1].pitch)
    return [*tune, Note(float(len(bars) * style.meter), float(style.meter), home, 0.75)]


def _line(
    part: Part, bars: list[Bar], hands: list[Hand], tune: list[Note], *, final: Chord, ring: float
) -> Line:
    end = bars[-1].index * bars[-1].meter + bars[-1].meter
    if part.figure == "tune":
        return Line(part, tuple(_sung(part, bars, tune, ring)))
    notes = [
        replace(note, start=note.start + bar.index * bar.meter, velocity=note.velocity * _energy(bar))
        for bar, hand in zip(bars, hands, strict=False)
        for note in figures.play(bar, hand, part)
    ]
    last_hand = (figures.bass_pitch(final.bass),) if part.figure in LOW_FIGURES else hands[-1]
    return Line(part, (*notes, *_last_chord(part, last_hand, end, ring)))


def _sung(part: Part, bars: list[Bar], tune: list[Note], ring: float) -> list[Note]:
    meter = bars[0].meter
    sung = []
    for note in tune[:-1]:
        bar = bars[int(note.start // meter)]
        if part.enters <= bar.level <= part.leaves:
            sung.append(replace(note, pitch=note.pitch + part.shift, velocity=note.velocity * _energy(bar)))
    if part.enters <= 1:
        sung.append(replace(tune[-1], pitch=tune[-1].pitch + part.shift, length=ring * 0.6))
    return sung


def _last_chord(part: Part, hand: Hand, start: int, ring: float) -> list[Note]:
    """Everybody who can hold a note holds it; what is struck with sticks is struck no more."""
    if part.figure in SILENT_AT_THE_END or part.enters > 2:
        return []
    return [
        Note(start + order * RING_BEATS_ROLL, ring * 0.7, pitch + part.shift, 0.62)
        for order, pitch in enumerate(hand)
    ]


def _energy(bar: Bar) -> float:
    """How hard everybody plays; a phrase leans a little into its third bar."""
    return (0.7 + 0.07 * bar.level) * (1.0 + (0.02, 0.0, 0.04, -0.03)[bar.place])


def _human(line: Line, style: Style, bpm: int, rng: np.random.Generator) -> Line:
    """Nobody plays a grid: notes a few milliseconds off and not quite even, swung where the style swings."""
    steady = line.part.voice in STEADY_VOICES
    spread = (STEADY_LATENESS_SECONDS if steady else LATENESS_SECONDS) * bpm / 60
    notes = [
        replace(
            note,
            start=max(0.0, _swung(note.start, style.swing) + float(rng.normal(0, spread))),
            velocity=min(1.0, note.velocity * (1 + float(rng.normal(0, UNEVENNESS)))),
        )
        for note in line.notes
    ]
    return Line(line.part, tuple(sorted(notes, key=lambda note: note.start)))


def _swung(beat: float, swing: float) -> float:
    """Only what stands on the off-beat moves; a roll's later notes move with it."""
    return beat + swing if 0.45 <= beat % 1 <= 0.8 else beat
