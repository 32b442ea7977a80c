"""Music made on this machine: a catalogue of composed tracks, and the measure of what people bring.

Nothing is sampled and nothing is downloaded: notes are composed from a seed, instruments are synthesised.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from echoes.kernel import media_time
from echoes.kernel.ffmpeg import run
from providers.local.catalogue import CATALOGUE, VERSION, Recipe
from providers.local.sound import filters, form, listening, loudness, mixing, score, waveform
from providers.local.sound.filters import Signal
from providers.local.sound.styles import STYLES

BITRATE = "160k"
ENCODING_TIMEOUT_SECONDS = 120
CHUNK_SAMPLES = filters.RATE
OUTLINE_SAMPLES = filters.RATE // 20
FADE_SECONDS = 2.5

__all__ = ["CATALOGUE", "VERSION", "Made", "Measured", "NotAudio", "Recipe", "make", "measure", "shortest"]

Measured = listening.Measured
NotAudio = listening.NotAudio


@dataclass(frozen=True)
class Made:
    """`duration` in seconds; `beats` in ticks, up to the last chord; `peaks` are 120 numbers 0..100."""

    duration: Fraction
    beats: tuple[int, ...]
    peaks: tuple[int, ...]
    loudness_lufs: float


def make(*, recipe: Recipe, out: Path, seconds: int | None = None) -> Made:
    """Composes, plays, mixes and writes `out`: AAC in M4A, 48 kHz stereo; the same recipe, the same file.
    Where `seconds` are fewer than the recipe's, it is faded out there.

    Raises KeyError for a mood that has no style, FfmpegFailed when the encoder fails.
    """
    style = STYLES[recipe.mood]
    composed = score.compose(style=style, bpm=recipe.bpm, seconds=recipe.seconds, seed=recipe.seed)
    track = _until(mixing.record(score=composed, style=style), seconds or recipe.seconds)
    _encode(track, out)
    return Made(
        duration=Fraction(track.shape[1], filters.RATE),
        beats=tuple(
            media_time.seconds_to_ticks(beat)
            for beat in composed.beats
            if beat * filters.RATE < track.shape[1]
        ),
        peaks=_outline(track),
        loudness_lufs=round(loudness.integrated(track), 2),
    )


def shortest(*, mood: str, bpm: int) -> int:
    """Whole seconds that a track of that mood takes at least: one phrase, and its last chord."""
    bars = Fraction(60 * STYLES[mood].meter * form.BARS_PER_PHRASE, bpm)
    return math.ceil(bars + form.RING_SECONDS)


def measure(*, path: Path, demuxer: str = "") -> Measured:
    """Duration and outline of a recording (MP3, WAV, M4A, FLAC, OGG), decoded as a stream: memory stays flat.
    A stranger's is read by the demuxer that is named, and no other.

    Raises NotAudio for anything else, with a sentence that says why.
    """
    return listening.measure(path=path, demuxer=demuxer)


def _until(track: Signal, seconds: int) -> Signal:
    """The whole track, or its beginning, faded out."""
    samples = seconds * filters.RATE
    if samples >= track.shape[1]:
        return track
    cut, fade = track[:, :samples].copy(), int(FADE_SECONDS * filters.RATE)
    cut[:, -fade:] *= np.cos(np.linspace(0, np.pi / 2, fade, dtype=np.float32)) ** 2
    return cut


def _encode(track: Signal, out: Path) -> None:
    run.run(
        [
            *("-f", "f32le", "-ar", str(filters.RATE), "-ac", "2", "-i", "pipe:0"),
            # No noise substitution, no intensity stereo: they gave wide, pure tones peaks of their own.
            *("-c:a", "aac", "-b:a", BITRATE, "-aac_pns", "0", "-aac_is", "0"),
            *("-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"),
            *("-movflags", "+faststart", "-f", "ipod", str(out)),
        ],
        timeout=ENCODING_TIMEOUT_SECONDS,
        stdin=_interleaved(track),
    )


def _interleaved(track: Signal) -> Iterator[bytes]:
    for start in range(0, track.shape[1], CHUNK_SAMPLES):
        yield np.ascontiguousarray(track[:, start : start + CHUNK_SAMPLES].T, dtype="<f4").tobytes()


def _outline(track: Signal) -> tuple[int, ...]:
    whole = track.shape[1] // OUTLINE_SAMPLES * OUTLINE_SAMPLES
    stretches = track[:, :whole].reshape(2, -1, OUTLINE_SAMPLES)
    return waveform.peaks(np.square(stretches, dtype=np.float64).mean(axis=(0, 2)))
