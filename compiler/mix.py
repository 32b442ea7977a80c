"""What is heard in a film, when, and how loud all of it is to be.

Pure: reads a timeline and its plan, opens no file. Every place and length is a whole number of
samples, so that sound and pictures end together.

How loud. Platforms play films at -14 LUFS: they turn louder ones down, and most leave quieter ones
as they are, so a film that is not at -14 is either no louder for it or too quiet beside the next one.
Whatever has a voice or clips' own sound is therefore brought to -14 as a whole, and the slider of the
music says how loud it is *beside* them. A film of music alone has nothing beside it, and yet who pulls
the slider down wants a quieter film. So the middle of the slider, where it starts, is -14, and below it
the film is quieter in proportion (25 is six decibels down, 0 is silence). Above the middle there is
nothing to gain that a platform would not take back: music alone stays at -14. The browser's preview
follows the same line (`gain` in static/js/heard.js).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from compiler import plan, timeline
from echoes.kernel import digests, media_time

# Enters the digest of every film's sound: change it whenever the same mix would sound otherwise.
VERSION = "sound-2"
RATE = 48_000
# LUFS, integrated; and how far from it a film may be.
LOUDNESS = -14.0
TOLERANCE = 0.5
# dBTP: between the samples, as a player's converter will draw them.
PEAK = -1.0
# The volume at which a film of music alone reaches LOUDNESS.
FULL_VOLUME = 50
# A sound that begins or ends within its wave clicks; so many samples (10 ms) take the click away.
SOFT_EDGE = RATE // 100


@dataclass(frozen=True)
class Placed:
    """A sound at its place in the film. `at` in the film, `first` in its file, `length` and both fades in
    samples; `volume` a linear gain in hundredths. What is missing of the file is silence."""

    source: str
    at: int
    first: int
    length: int
    volume: int
    fade_in: int
    fade_out: int


@dataclass(frozen=True)
class Mix:
    """Music from the film's first frame to its last, and sounds placed over it, to which it gives way."""

    music: timeline.Music | None
    placed: tuple[Placed, ...]
    frames: int
    fps: int

    @property
    def samples(self) -> int:
        return self.frames * RATE // self.fps

    @property
    def target(self) -> float | None:
        """LUFS; None for a film that is to be silent."""
        if self.placed:
            return LOUDNESS
        if self.music is None or self.music.volume == 0:
            return None
        return LOUDNESS + 20 * math.log10(min(1.0, self.music.volume / FULL_VOLUME))

    @property
    def needs(self) -> tuple[str, ...]:
        """Digests of the files that are heard, each once. A silent film needs its music all the same: what
        is planned is there."""
        music = (self.music.source,) if self.music else ()
        return tuple(dict.fromkeys((*music, *(sound.source for sound in self.placed))))

    @property
    def digest(self) -> str:
        """Names the file: what sounds the same under a film of the same length is the same file."""
        return digests.of_recipe({"recipe": VERSION, "mix": asdict(self)})


def of(film: timeline.Timeline, planned: plan.Plan) -> Mix:
    """The whole film's. Sounds that are turned off, or begin after the end, are not in it."""
    own = [_own(film, planned, index) for index in range(len(film.items))]
    found = [*own, _narration(film, planned)]
    return Mix(
        music=film.music,
        placed=tuple(sound for sound in found if sound and sound.volume and sound.length >= 2 * SOFT_EDGE),
        frames=planned.total_frames,
        fps=planned.fps,
    )


def from_json(document: dict[str, Any], *, frames: int) -> Mix:
    """Reads `to_json`'s document; documents from before sounds were placed hold music alone."""
    music = document["music"]
    return Mix(
        music=timeline.Music(**music) if music else None,
        placed=tuple(Placed(**sound) for sound in document.get("placed", ())),
        frames=frames,
        fps=document["fps"],
    )


def to_json(mix: Mix) -> dict[str, Any]:
    document = asdict(mix)
    return {"music": document["music"], "placed": list(document["placed"]), "fps": mix.fps}


def _own(film: timeline.Timeline, planned: plan.Plan, index: int) -> Placed | None:
    """A clip's sound comes and goes with its picture: it fades over the frames of the transition."""
    item = film.items[index]
    if item.sound is None:
        return None
    frame = RATE // planned.fps
    joins = (planned.opening_transition, *planned.transitions, planned.closing_transition)
    length = item.length * frame
    return Placed(
        source=item.sound.source,
        at=planned.starts[index] * frame,
        first=item.trim_start * frame,
        length=length,
        volume=item.sound.volume,
        fade_in=_fade(joins[index].frames * frame, length),
        fade_out=_fade(joins[index + 1].frames * frame, length),
    )


def _narration(film: timeline.Timeline, planned: plan.Plan) -> Placed | None:
    voice = film.narration
    if voice is None:
        return None
    at = _samples(voice.start)
    length = min(_samples(voice.duration), planned.total_frames * RATE // planned.fps - at)
    edge = _fade(0, length)
    return Placed(voice.source, at, 0, length, voice.volume, fade_in=edge, fade_out=edge)


def _fade(overlap: int, length: int) -> int:
    return min(max(overlap, SOFT_EDGE), length // 2)


def _samples(ticks: int) -> int:
    return ticks * RATE // media_time.TICKS_PER_SECOND
