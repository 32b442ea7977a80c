"""What accompanists play: each figure turns one bar and one hand of four pitches into notes of that bar."""

from __future__ import annotations

from collections.abc import Callable

from providers.local.sound.events import Bar, Note, rhythm
from providers.local.sound.harmony import nearest
from providers.local.sound.styles import Part

Hand = tuple[int, ...]
Figure = Callable[[Bar, Hand, Part], list[Note]]

BASS_CENTRE = 38
ROLL_BEATS = 0.03
ARPEGGIOS = {4: (0, 2, 1, 3, 2, 1, 3, 2), 3: (0, 2, 1, 3, 2, 1)}
BROKEN = {4: (0, 2, 3, 1), 3: (0, 2, 3)}
PICKED_TREBLE = (2, 1, 3, 1, 2, 1, 3, 2)
GRID_VELOCITIES = {"X": 1.0, "x": 0.8, "o": 0.5, "-": 0.3}
ROUND_ROBIN = 3


def play(bar: Bar, hand: Hand, part: Part) -> list[Note]:
    """The part's notes of one bar, in beats from the bar's first; nothing where the part is silent."""
    if not part.enters <= bar.level <= part.leaves:
        return []
    return FIGURES[part.figure](bar, hand, part)


def bass_pitch(pitch_class: int) -> int:
    return nearest(pitch_class, to=BASS_CENTRE)


def rolled(hand: Hand, *, start: float, length: float, velocity: float) -> list[Note]:
    """A chord, its notes a hair apart from the lowest up, the top one singing a little."""
    return [
        Note(start + order * ROLL_BEATS, length, pitch, velocity * (1.08 if order == len(hand) - 1 else 1.0))
        for order, pitch in enumerate(hand)
    ]


def _hold(bar: Bar, hand: Hand, part: Part) -> list[Note]:
    return [Note(0.0, float(bar.meter), pitch + part.shift, 0.7) for pitch in hand]


def _top(bar: Bar, hand: Hand, part: Part) -> list[Note]:
    """A slow second voice: the third of the hand, then its top, an octave apart from the tune's bustle."""
    half = 2.0 if bar.meter == 4 else 3.0
    notes = [Note(0.0, half, hand[2] + part.shift, 0.7)]
    return notes + ([Note(2.0, 2.0, hand[3] + part.shift, 0.65)] if bar.meter == 4 else [])


def _arpeggio(bar: Bar, hand: Hand, part: Part) -> list[Note]:
    order = ARPEGGIOS[bar.meter]
    return [
        Note(eighth / 2, min(2.5, bar.meter - eighth / 2), hand[index] + part.shift, _accent(eighth / 2))
        for eighth, index in enumerate(order)
    ]


def _broken(bar: Bar, hand: Hand, part: Part) -> list[Note]:
    return [
        Note(float(beat), bar.meter - beat, hand[index] + part.shift, _accent(float(beat)))
        for beat, index in enumerate(BROKEN[bar.meter])
    ]


def _picking(bar: Bar, hand: Hand, part: Part) -> list[Note]:
    """The thumb alternates on the beats, the fingers answer between."""
    thumb = [
        Note(float(beat), 1.6, hand[0 if beat % 2 == 0 else 1] - (12 if beat % 2 == 0 else 0), 0.85)
        for beat in range(bar.meter)
    ]
    fingers = [
        Note(beat + 0.5, 1.2, hand[PICKED_TREBLE[beat + bar.index % 2]], 0.55) for beat in range(bar.meter)
    ]
    pinch = [Note(0.0, 1.5, hand[3], 0.7)]
    return [_moved(note, part.shift) for note in thumb + fingers + pinch]


def _comp(bar: Bar, hand: Hand, part: Part) -> list[Note]:
    notes = []
    for start, length in rhythm(part.rhythm):
        notes += rolled(hand, start=start, length=length * 0.95, velocity=_accent(start))
    return [_moved(note, part.shift) for note in notes]


def _waltz(bar: Bar, hand: Hand, part: Part) -> list[Note]:
    low = Note(0.0, 2.8, nearest(bar.chord.bass, to=45) + part.shift, 0.85)
    after = rolled(hand[1:], start=1.0, length=0.8, velocity=0.6) + rolled(
        hand[1:], start=2.0, length=0.8, velocity=0.55
    )
    return [low] + [_moved(note, part.shift) for note in after]


def _pulse(bar: Bar, hand: Hand, part: Part) -> list[Note]:
    return [
        Note(eighth / 2, 0.45, pitch + part.shift, _accent(eighth / 2))
        for eighth in range(bar.meter * 2)
        for pitch in hand[1:3]
    ]


def _bass(bar: Bar, hand: Hand, part: Part) -> list[Note]:
    """Its rhythm on the bass note; the last note of a busy bar is the fifth, leading on."""
    root = bass_pitch(bar.chord.bass)
    cell = rhythm(part.rhythm)
    fifth = nearest(bar.chord.tones[2], to=root)
    pitches = [root] * len(cell)
    if len(cell) > 2 and bar.chord.bass == bar.chord.root:
        pitches[-1] = fifth
    return [
        Note(start, length * 0.96, pitch + part.shift, _accent(start))
        for (start, length), pitch in zip(cell, pitches, strict=True)
    ]


def _octaves(bar: Bar, hand: Hand, part: Part) -> list[Note]:
    root = bass_pitch(bar.chord.bass) + part.shift
    return [Note(0.0, float(bar.meter), root, 0.8), Note(0.02, float(bar.meter), root + 12, 0.6)]


def _grid(bar: Bar, hand: Hand, part: Part) -> list[Note]:
    """Sixteenths: `X` loud, `x`, `o`, `-` soft, `.` silent. `fill` replaces the last bar of a phrase."""
    grid = part.fill if part.fill and bar.is_phrase_end else part.rhythm
    return [
        Note(place / 4, 0.25, (bar.index + place) % ROUND_ROBIN, GRID_VELOCITIES[mark])
        for place, mark in enumerate(grid)
        if mark != "."
    ]


def _swell(bar: Bar, hand: Hand, part: Part) -> list[Note]:
    """A breath before the music lifts."""
    return [Note(0.0, float(bar.meter), 0, 0.8)] if bar.is_before_lift else []


def _tune(bar: Bar, hand: Hand, part: Part) -> list[Note]:
    """Tunes belong to phrases, not to bars: the score writes them."""
    return []


def _accent(beat: float) -> float:
    if beat == 0:
        return 0.95
    return 0.82 if beat == int(beat) else 0.58


def _moved(note: Note, semitones: int) -> Note:
    return Note(note.start, note.length, note.pitch + semitones, note.velocity)


FIGURES: dict[str, Figure] = {
    "hold": _hold,
    "top": _top,
    "arpeggio": _arpeggio,
    "broken": _broken,
    "picking": _picking,
    "comp": _comp,
    "waltz": _waltz,
    "pulse": _pulse,
    "bass": _bass,
    "octaves": _octaves,
    "grid": _grid,
    "swell": _swell,
    "tune": _tune,
}
