"""The mixing desk: players recorded one by one, balanced by measured loudness, put in a room, mastered."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

from providers.local.sound import filters, loudness, percussion, voices
from providers.local.sound.events import Note
from providers.local.sound.filters import RATE, Signal
from providers.local.sound.score import Line, Score
from providers.local.sound.styles import Style
from providers.local.sound.voices import Voice

VOICES: dict[str, Voice] = voices.VOICES | percussion.VOICES
TUNE_LUFS = -20.0
TARGET_LUFS = -16.0
# Below -1 dBTP, because the AAC encoder gives back peaks of its own.
CEILING = 10 ** (-2.0 / 20)
LOOKAHEAD_SECONDS = 0.004
FADE_SECONDS = 3.2
SILENT_TAIL_SECONDS = 0.15
LAYERS = 4
# What lies below a film should not fall from loud to faint: this much of every swing in level is taken back.
EVENED_SHARE = 0.45
EVENED_SECONDS = 2.5
EVENED_MOST_DECIBELS = 5.0
LEVEL_STEP = RATE // 10
AIR = filters.shelf(hertz=1_800.0, decibels=3.5)
EARLY_REFLECTIONS_SECONDS = (0.013, 0.021, 0.029, 0.041, 0.053, 0.067)
ROOM_BANDS = ((180.0, 700.0, 1.0), (700.0, 2_200.0, 0.8), (2_200.0, 6_000.0, 0.45))
PREDELAY_SECONDS = 0.018


def record(*, score: Score, style: Style) -> Signal:
    """The finished track, 2 x samples at 48 kHz: -16 LUFS, below -1 dBTP, silent at its very end."""
    dry = np.zeros((2, score.seconds * RATE), dtype=np.float32)
    room = np.zeros_like(dry)
    for line in score.lines:
        if line.notes:
            stem = _played(line, bpm=score.bpm, samples=dry.shape[1])
            stem *= _gain_to(TUNE_LUFS + line.part.loudness, loudness.integrated(stem))
            dry += stem
            stem *= np.float32(line.part.send)
            room += stem
    dry += _reverberated(room, seconds=style.room_seconds)
    return master(dry, last_chord=round(score.last_beat * 60 / score.bpm * RATE))


def master(mix: Signal, *, last_chord: int) -> Signal:
    """Rumble off and air in, levels evened, faded to silence, to the target loudness, peaks held down.

    `last_chord` is the sample where it begins: after it nothing is evened, or its tail would be held up.
    """
    clean = filters.cascade(filters.highpass(mix, hertz=28.0), sections=AIR)
    clean *= _evening(clean, until=last_chord)
    _fade(clean)
    clean *= _gain_to(TARGET_LUFS, loudness.integrated(clean))
    limited = _limited(clean)
    # What the limiter took is given back once; the second pass has next to nothing left to take.
    limited *= _gain_to(TARGET_LUFS, loudness.integrated(limited))
    return _limited(limited)


def _played(line: Line, *, bpm: int, samples: int) -> Signal:
    """All notes of a part; each pitch is synthesised once per layer of strength, for its longest note."""
    voice = VOICES[line.part.voice]
    stem = np.zeros((2, samples), dtype=np.float32)
    bank = _bank(line, voice, bpm)
    for note in line.notes:
        start = round(note.start * 60 / bpm * RATE)
        tone = _shaped(bank[_key(note)], voice, held=round(note.length * 60 / bpm * RATE))
        tone = tone[:, : max(0, samples - start)]
        gains = _panned(line.part.pan + line.part.width * (note.pitch - 66) / 24, channels=len(tone))
        stem[:, start : start + tone.shape[1]] += tone * (gains * np.float32(note.velocity**1.5))
    return stem


def _bank(line: Line, voice: Voice, bpm: int) -> dict[tuple[int, int], Signal]:
    longest: dict[tuple[int, int], float] = {}
    for note in line.notes:
        longest[_key(note)] = max(longest.get(_key(note), 0.0), note.length * 60 / bpm)
    return {key: _tone(line.part.voice, voice, key, length) for key, length in longest.items()}


def _tone(name: str, voice: Voice, key: tuple[int, int], seconds: float) -> Signal:
    pitch, layer = key
    samples = int((seconds + voice.release) * RATE) + 1
    # crc32, because hash() of a string differs from one process to the next.
    rng = np.random.default_rng([zlib.crc32(name.encode()), pitch, layer])
    return voice.tone(440.0 * 2 ** ((pitch - 69) / 12), samples, (layer + 0.5) / LAYERS, rng)


def _key(note: Note) -> tuple[int, int]:
    return note.pitch, min(LAYERS - 1, int(note.velocity * LAYERS))


def _shaped(tone: Signal, voice: Voice, *, held: int) -> Signal:
    """A copy with a soft beginning and a soft end: no note starts or stops with a click."""
    shaped = tone[:, : held + int(voice.release * RATE)].copy()
    attack = min(int(voice.attack * RATE), shaped.shape[1])
    release = min(int(voice.release * RATE), shaped.shape[1])
    shaped[:, :attack] *= _rising(attack)
    shaped[:, shaped.shape[1] - release :] *= _rising(release)[::-1]
    return shaped


def _rising(samples: int) -> Signal:
    return (0.5 - 0.5 * np.cos(np.pi * np.arange(samples) / max(1, samples))).astype(np.float32)


def _panned(pan: float, *, channels: int) -> Signal:
    """Equal power for one channel; two are only balanced, because they are wide already."""
    angle = (np.clip(pan, -1, 1) + 1) * np.pi / 4
    gains = np.array([[np.cos(angle)], [np.sin(angle)]]) * (1.0 if channels == 1 else np.sqrt(2) * 0.7)
    return gains.astype(np.float32)


def _gain_to(target: float, measured: float) -> np.float32:
    """Linear gain; a stem too short or too soft to be measured is left alone."""
    if measured <= loudness.SILENCE_LUFS:
        return np.float32(1.0)
    return np.float32(10 ** ((target - measured) / 20))


def _reverberated(room: Signal, *, seconds: float) -> Signal:
    """Each side through its own impulse, so that the room is wide; no rumble goes in."""
    source = filters.highpass(room, hertz=160.0)
    return np.stack(
        [filters.convolve(source[side], impulse=_room(seconds, side=side)) for side in range(2)]
    ) * np.float32(1.6)


def _room(seconds: float, *, side: int) -> Signal:
    """A synthesised hall: early reflections, then noise whose highs die first. Unit energy."""
    rng = np.random.default_rng([31, side])
    samples = int((seconds * 1.1 + PREDELAY_SECONDS) * RATE)
    time = np.maximum(0.0, filters.seconds(samples) - PREDELAY_SECONDS)
    onset = 1 - np.exp(-time * 60)
    tail = np.zeros(samples, dtype=np.float32)
    for low, high, share in ROOM_BANDS:
        decay = 6.91 / (seconds * (0.35 + 0.65 * share))
        noise = rng.standard_normal(samples) * onset * np.exp(-decay * time)
        tail += filters.bandpass((noise * share).astype(np.float32), low=low, high=high)
    impulse = tail / np.sqrt(float(np.square(tail, dtype=np.float64).sum()))
    for order, late in enumerate(EARLY_REFLECTIONS_SECONDS):
        at = int((late * rng.uniform(0.9, 1.1)) * RATE)
        impulse[at] += np.float32(0.22 * 0.8**order * rng.choice((-1, 1)))
    unit: Signal = impulse / np.sqrt(np.float32(np.square(impulse).sum()))
    return unit


def _evening(signal: Signal, *, until: int) -> Signal:
    """A fader moved slowly, against the swings in level."""
    whole = signal.shape[1] // LEVEL_STEP * LEVEL_STEP
    steps = signal[:, :whole].reshape(2, -1, LEVEL_STEP)
    powers = np.einsum("cns,cns->n", steps, steps).astype(np.float32)[: max(1, until // LEVEL_STEP)]
    smooth = filters.running_mean(powers, width=int(EVENED_SECONDS * 10))
    levels = 10 * np.log10(np.maximum(smooth, 1e-6))
    decibels = np.clip(EVENED_SHARE * (levels.mean() - levels), -EVENED_MOST_DECIBELS, EVENED_MOST_DECIBELS)
    places = (np.arange(len(decibels)) + 0.5) * LEVEL_STEP
    moved: Signal = np.interp(np.arange(signal.shape[1]), places, 10 ** (decibels / 20)).astype(np.float32)
    return moved


def _fade(signal: Signal) -> None:
    """In place: the last chord's tail goes down to nothing, and nothing stands at the very end."""
    silent = int(SILENT_TAIL_SECONDS * RATE)
    fade = min(int(FADE_SECONDS * RATE), signal.shape[1] - silent)
    end = signal.shape[1] - silent
    signal[:, end - fade : end] *= _rising(fade)[::-1]
    signal[:, end:] = 0.0


def _limited(signal: Signal) -> Signal:
    """Gain goes down before a peak and up after it, over a window that the ear does not take for a change."""
    magnitudes = _between_samples(signal)
    needed = np.minimum(1.0, CEILING / np.maximum(magnitudes, 1e-9)).astype(np.float32)
    if float(needed.min()) == 1.0:
        return signal
    width = int(LOOKAHEAD_SECONDS * RATE) * 2 + 1
    held = filters.running_minimum(needed, width=width)
    gain = filters.running_mean(held, width=width)
    return signal * gain


def _between_samples(signal: Signal) -> Signal:
    """The highest magnitude of both channels around each sample, oversampled only where it could matter."""
    magnitudes: Signal = np.abs(signal).max(axis=0)
    for start, end in _loud_stretches(magnitudes):
        fine = np.abs(filters.oversample(signal[:, start:end], factor=loudness.OVERSAMPLING)).max(axis=0)
        peaks = fine.reshape(-1, loudness.OVERSAMPLING).max(axis=1)
        magnitudes[start:end] = np.maximum(magnitudes[start:end], peaks)
    return magnitudes


def _loud_stretches(magnitudes: Signal, block: int = 4_800) -> Sequence[tuple[int, int]]:
    """Blocks that come within 4 dB of the ceiling, with a margin for the filter on either side."""
    total = len(magnitudes)
    return [
        (max(0, start - 64), min(total, start + block + 64))
        for start in range(0, total, block)
        if float(magnitudes[start : start + block].max()) > CEILING * 0.63
    ]
