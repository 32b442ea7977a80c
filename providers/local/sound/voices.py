"""Instruments with a pitch, synthesised: felt piano, plucked and bowed strings, pad, keys, bells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from providers.local.sound import filters
from providers.local.sound.filters import RATE, Numbers, Signal

# A tone gets a frequency in hertz, a count of samples, a brightness 0..1 and its own noise;
# it returns channels x samples, one channel or two.
Tone = Callable[[float, int, float, np.random.Generator], Signal]

HIGHEST_PARTIAL_HERTZ = 9_000.0
BLOCK = 512


@dataclass(frozen=True)
class Voice:
    """A tone and how its notes begin and end: `attack` and `release` in seconds."""

    tone: Tone
    attack: float
    release: float


def damped(
    frequencies: Numbers, *, decays: Numbers, amplitudes: Numbers, phases: Numbers, samples: int
) -> Signal:
    """The sum of sines that die away at `decays` per second, all of them in one matrix product.

    z**(block*row + column) is z**(block*row) times z**column: a few hundred exponentials serve all samples.
    """
    heard = frequencies < HIGHEST_PARTIAL_HERTZ
    poles = (-decays[heard] + 2j * np.pi * frequencies[heard]) / RATE
    rows = -(-samples // BLOCK)
    weights = amplitudes[heard] * np.exp(1j * phases[heard])
    coarse = weights * np.exp(np.outer(np.arange(rows) * BLOCK, poles))
    fine = np.exp(np.outer(poles, np.arange(BLOCK)))
    wave = coarse.real @ fine.real - coarse.imag @ fine.imag
    heard_wave: Signal = wave.reshape(-1)[:samples].astype(np.float32)
    return heard_wave


def felt_piano(hertz: float, samples: int, brightness: float, rng: np.random.Generator) -> Signal:
    """Stiff strings in slightly mistuned pairs: a prompt sound, a longer after-sound, and the felt's thud."""
    order = np.arange(1, 19, dtype=np.float64)
    stretch = np.sqrt(1 + 0.0003 * (hertz / 262) ** 1.3 * order**2)
    frequencies = hertz * order * stretch
    struck = 0.3 + 0.7 * np.abs(np.sin(np.pi * order / 7.4))
    level = struck * order**-0.8 * np.exp(-frequencies / (1_000 + 1_900 * brightness))
    decay = 1.5 * (hertz / 262) ** 0.55 * (1 + 0.16 * order)
    phases = rng.uniform(0, 2 * np.pi, 2 * len(order))
    strings = damped(
        np.concatenate([frequencies, frequencies * 1.0004]),
        decays=np.concatenate([decay, 0.32 * decay]),
        amplitudes=np.concatenate([0.72 * level, 0.28 * level]),
        phases=phases,
        samples=samples,
    )
    return _mono(strings / float(level.sum()) * 1.6 + _thud(samples, hertz=420, decay=55, rng=rng) * 0.05)


def music_box(hertz: float, samples: int, brightness: float, rng: np.random.Generator) -> Signal:
    ratios = np.array([1.0, 2.003, 3.01, 4.16, 5.43])
    return _bar_tone(hertz, samples, ratios, (1.0, 0.3, 0.14 * brightness, 0.08 * brightness, 0.04), 1.5, rng)


def marimba(hertz: float, samples: int, brightness: float, rng: np.random.Generator) -> Signal:
    ratios = np.array([1.0, 3.98, 9.1])
    tone = _bar_tone(hertz, samples, ratios, (1.0, 0.2 * brightness, 0.05 * brightness), 4.5, rng)
    return tone + _mono(_thud(samples, hertz=700, decay=90, rng=rng) * 0.06)


def kalimba(hertz: float, samples: int, brightness: float, rng: np.random.Generator) -> Signal:
    ratios = np.array([1.0, 2.0, 5.4, 8.9])
    tone = _bar_tone(hertz, samples, ratios, (1.0, 0.16, 0.1 * brightness, 0.04 * brightness), 2.8, rng)
    return tone + _mono(_thud(samples, hertz=500, decay=70, rng=rng) * 0.05)


def guitar(hertz: float, samples: int, brightness: float, rng: np.random.Generator) -> Signal:
    """Karplus and Strong: a burst of noise goes round a loop that is one period long and loses its highs."""
    loop = RATE / hertz - 1.0  # the three-tap smoothing below delays by one sample
    whole = int(loop)
    fraction = loop - whole
    # Interpolating between two samples dulls as well; together they always dull alike, in or out of tune.
    softness = (0.5 - fraction * (1 - fraction)) / 2
    smoothing = np.array([softness, 1 - 2 * softness, softness])
    taps = np.convolve(smoothing, [1 - fraction, fraction]) * 0.5 ** (1.0 / (hertz * 0.55))
    feedback = np.concatenate([np.zeros(whole - 1), taps])
    rung = filters.resonate(_pick(samples, round(RATE / hertz), brightness, rng), feedback=feedback)
    return _mono(filters.highpass(rung, hertz=70.0) * 0.9)


def pad(hertz: float, samples: int, brightness: float, rng: np.random.Generator) -> Signal:
    """Detuned saws behind a low filter; a brighter layer opens slowly and closes again."""
    dark = _ensemble(hertz, samples, cents=(-7, 0, 6), slope=650.0, rng=rng)
    bright = _ensemble(hertz, samples, cents=(-9, 3, 10), slope=1_500.0, rng=rng)
    opening = 0.5 - 0.5 * np.cos(2 * np.pi * np.minimum(filters.seconds(samples) / 9.0, 1.0))
    return (dark + bright * (0.55 * opening).astype(np.float32)) * np.float32(0.5)


def strings(hertz: float, samples: int, brightness: float, rng: np.random.Generator) -> Signal:
    """Many players who never agree exactly; the ear takes the beating between them for bows."""
    section = _ensemble(hertz, samples, cents=(-11, -6, -2, 3, 7, 12), slope=900 + 900 * brightness, rng=rng)
    sway = 1 + 0.06 * np.sin(2 * np.pi * rng.uniform(4.4, 5.4) * filters.seconds(samples) + rng.uniform(0, 6))
    return section * sway.astype(np.float32) * np.float32(0.6)


def flute(hertz: float, samples: int, brightness: float, rng: np.random.Generator) -> Signal:
    """A whistle with late vibrato and breath."""
    time = filters.seconds(samples)
    depth = 0.0045 * np.clip((time - 0.25) / 0.5, 0, 1)
    phase = 2 * np.pi * hertz * (time - depth * np.cos(2 * np.pi * 5.1 * time) / (2 * np.pi * 5.1))
    levels = (1.0, 0.34 * (0.6 + brightness), 0.12 * brightness, 0.05 * brightness)
    tone = sum(level * np.sin((order + 1) * phase) for order, level in enumerate(levels))
    noise = rng.standard_normal(samples).astype(np.float32)
    breath = filters.lowpass(filters.bandpass(noise, low=hertz * 0.9, high=hertz * 2.2), hertz=hertz * 3)
    tiring = np.exp(-0.18 * time)
    return _mono(np.asarray(tone) * 0.6 * tiring + breath * 0.05 * np.exp(-0.9 * time))


def electric_piano(hertz: float, samples: int, brightness: float, rng: np.random.Generator) -> Signal:
    """Two operators for the bar and one for the tine, with the slow stereo sway of the old amplifiers."""
    time = filters.seconds(samples)
    phase = 2 * np.pi * hertz * time
    index = (0.35 + 0.9 * brightness) * np.exp(-2.2 * time) + 0.12
    body = np.sin(phase + index * np.sin(phase)) * np.exp(-0.9 * (hertz / 262) ** 0.5 * time)
    tine_hertz = min(hertz * 7.0, 4_200.0)
    tine = 0.05 * brightness * np.sin(2 * np.pi * tine_hertz * time) * np.exp(-11 * time)
    sway = 0.16 * np.sin(2 * np.pi * 2.1 * time)
    tone = 0.7 * (body + tine)
    return np.stack([tone * (1 + sway), tone * (1 - sway)]).astype(np.float32)


def bass(hertz: float, samples: int, brightness: float, rng: np.random.Generator) -> Signal:
    """A round bass string: few partials, so that it warms and does not growl."""
    order = np.arange(1, 9, dtype=np.float64)
    level = np.exp(-(0.95 - 0.3 * brightness) * (order - 1))
    tone = damped(
        hertz * order,
        decays=0.7 + 0.8 * order,
        amplitudes=level / level.sum(),
        phases=-np.pi / 2 * np.ones(len(order)),
        samples=samples,
    )
    return _mono(tone + _thud(samples, hertz=300, decay=60, rng=rng) * 0.03)


def sub_bass(hertz: float, samples: int, brightness: float, rng: np.random.Generator) -> Signal:
    """Almost a sine; the second and third partials are there for small loudspeakers."""
    order = np.array([1.0, 2.0, 3.0])
    tone = damped(
        hertz * order,
        decays=np.array([0.15, 0.3, 0.5]),
        amplitudes=np.array([0.7, 0.22, 0.09]),
        phases=-np.pi / 2 * np.ones(3),
        samples=samples,
    )
    return _mono(tone)


def _bar_tone(
    hertz: float,
    samples: int,
    ratios: Numbers,
    levels: tuple[float, ...],
    decay: float,
    rng: np.random.Generator,
) -> Signal:
    """Bars of wood or metal: partials that are no harmonics, the higher the shorter."""
    tone = damped(
        hertz * ratios,
        decays=decay * (hertz / 523) ** 0.4 * ratios**0.8,
        amplitudes=np.array(levels),
        phases=rng.uniform(0, 2 * np.pi, len(ratios)),
        samples=samples,
    )
    return _mono(tone * np.float32(0.7))


def _ensemble(
    hertz: float, samples: int, *, cents: tuple[int, ...], slope: float, rng: np.random.Generator
) -> Signal:
    """Saws, detuned by cents, each begun anywhere, left unlike right; `slope` is the filter in hertz."""
    order = np.arange(1, 25, dtype=np.float64)
    level = order**-1.0 * np.exp(-hertz * order / slope)
    detuned = (2.0 ** (np.array(cents) / 1200))[:, None]
    frequencies = (hertz * detuned * order).ravel()
    levels = np.tile(level, len(cents)) / (level.sum() * len(cents) ** 0.5)
    sides = [
        damped(
            frequencies,
            decays=np.zeros(len(frequencies)),
            amplitudes=levels,
            phases=rng.uniform(0, 2 * np.pi, len(frequencies)),
            samples=samples,
        )
        for _ in range(2)
    ]
    return np.stack(sides)


def _pick(samples: int, period: int, brightness: float, rng: np.random.Generator) -> Signal:
    """One period of soft noise, hollowed where the finger stands: a fifth of the string's length."""
    burst = np.zeros(samples, dtype=np.float32)
    noise = rng.standard_normal(min(period, samples)).astype(np.float32)
    burst[: len(noise)] = noise - noise.mean()
    softened = filters.lowpass(burst, hertz=1_100 + 2_600 * brightness, order=1)
    hollow = softened.copy()
    finger = max(1, period // 5)
    hollow[finger:] -= softened[:-finger]
    loudest = float(np.abs(hollow).max()) or 1.0
    return hollow / np.float32(loudest)


def _thud(samples: int, *, hertz: float, decay: float, rng: np.random.Generator) -> Signal:
    noise = rng.standard_normal(samples) * np.exp(-decay * filters.seconds(samples))
    return filters.lowpass(noise.astype(np.float32), hertz=hertz)


def _mono(tone: Signal | Numbers) -> Signal:
    return tone.astype(np.float32)[None, :]


VOICES: dict[str, Voice] = {
    "piano": Voice(felt_piano, attack=0.006, release=0.25),
    "music box": Voice(music_box, attack=0.003, release=0.6),
    "marimba": Voice(marimba, attack=0.003, release=0.3),
    "kalimba": Voice(kalimba, attack=0.003, release=0.5),
    "guitar": Voice(guitar, attack=0.003, release=0.18),
    "electric piano": Voice(electric_piano, attack=0.006, release=0.22),
    "pad": Voice(pad, attack=0.55, release=1.4),
    "strings": Voice(strings, attack=0.22, release=0.55),
    "spiccato": Voice(strings, attack=0.02, release=0.16),
    "flute": Voice(flute, attack=0.07, release=0.3),
    "bass": Voice(bass, attack=0.008, release=0.1),
    "sub bass": Voice(sub_bass, attack=0.03, release=0.16),
}
