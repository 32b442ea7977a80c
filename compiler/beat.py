"""Moves the changes of a film onto the beats of its music. Pure: a timeline comes in, and one goes out.

A change is the middle of a transition, or the first frame of the next picture where there is none. Each
picture and card ends so much earlier that its change falls on the last beat before it would have come: a clip
cannot be made longer than its file. It keeps at least KEEPS of its own length, and enough for transitions;
where no beat leaves it that (it is shorter than a beat, the music has ended, or it rings out between two
rounds), it stays whole, its change comes off the beat, and the next one is on it again.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from compiler import timeline
from compiler.timeline import Music, Timeline, Transition
from echoes.kernel import media_time

KEEPS = Fraction(1, 2)
HALF = Fraction(1, 2)  # of a frame: nearer to a beat than this no picture can change


@dataclass(frozen=True)
class _Shot:
    """What is played: frames, and how it comes and goes. The last leads nowhere."""

    length: int
    arrives: int
    leaves: int

    @property
    def least(self) -> int:
        return max(timeline.SHORTEST, 2 * self.arrives, 2 * self.leaves, math.ceil(self.length * KEEPS))


def cut(film: Timeline, beats: Sequence[int]) -> Timeline:
    """`beats` are ticks from the beginning of the music's file, in order. Transitions stay as long as they
    are, and the film gets no longer."""
    moments = _moments(film, beats)
    lengths, start = [], Fraction(0)
    shots = _shots(film)
    for shot in shots[:-1]:
        lengths.append(_shortened(shot, start, moments))
        start += lengths[-1] - shot.leaves
    return _with_lengths(film, [*lengths, shots[-1].length])


def on_beat(film: Timeline, beats: Sequence[int]) -> tuple[int, int]:
    """How many of its changes fall on a beat as nearly as a frame can, and how many there are."""
    moments, start, found = _moments(film, beats), Fraction(0), 0
    shots = _shots(film)
    for shot in shots[:-1]:
        change = start + shot.length - Fraction(shot.leaves, 2)
        around = bisect.bisect_left(moments, change - HALF)
        found += around < len(moments) and moments[around] <= change + HALF
        start += shot.length - shot.leaves
    return found, len(shots) - 1


def _shortened(shot: _Shot, start: Fraction, moments: Sequence[Fraction]) -> int:
    half = Fraction(shot.leaves, 2)
    last = bisect.bisect_right(moments, start + shot.length - half + HALF) - 1
    if last < 0:
        return shot.length
    length = min(shot.length, math.floor(moments[last] + half - start + HALF))
    return length if length >= shot.least else shot.length


def _shots(film: Timeline) -> list[_Shot]:
    """The cards among them, in the order of the film."""
    lengths = [item.length for item in film.items]
    places = list(range(len(film.items) - 1))
    if film.title:
        lengths.insert(0, film.title.frames)
        places.insert(0, -1)
    if film.end:
        lengths.append(film.end.frames)
        places.append(len(film.items) - 1)
    changes: list[Transition] = [timeline.effective_transition(film, place) for place in places]
    frames = [0, *(change.frames for change in changes), 0]
    return [_Shot(*shot) for shot in zip(lengths, frames[:-1], frames[1:], strict=True)]


def _with_lengths(film: Timeline, lengths: Sequence[int]) -> Timeline:
    first = 1 if film.title else 0
    items = (
        replace(item, trim_end=item.trim_end + item.length - length)
        for item, length in zip(film.items, lengths[first : first + len(film.items)], strict=True)
    )
    title = replace(film.title, frames=lengths[0]) if film.title else None
    return replace(film, items=tuple(items), title=title)


def _moments(film: Timeline, beats: Sequence[int]) -> list[Fraction]:
    """The beats as frames of the film, round after round of music that starts over."""
    if film.music is None or not beats:
        return []
    a_frame = media_time.ticks_per_frame(film.fps)
    whole = sum(shot.length for shot in _shots(film)) * a_frame
    return [Fraction(tick, a_frame) for tick in _heard(film.music, beats, until=whole)]


def _heard(music: Music, beats: Sequence[int], *, until: int) -> list[int]:
    rounds = range(-(music.offset % music.duration), until, music.duration)
    if not music.loop:
        rounds = rounds[:1]
    ticks = (begins + beat for begins in rounds for beat in beats if beat < music.duration)
    return [tick for tick in ticks if 0 <= tick < until]
