"""Instruments without a pitch, all played softly: kick, brush, clap, shaker, tom, and a breath of cymbal."""

from __future__ import annotations

import numpy as np

from providers.local.sound import filters
from providers.local.sound.filters import Signal
from providers.local.sound.voices import Voice

CLAP_SECONDS = (0.0, 0.011, 0.023)


def kick(hertz: float, samples: int, brightness: float, rng: np.random.Generator) -> Signal:
    """A sine that falls from 105 Hz to 46 Hz, felt more than heard."""
    time = filters.seconds(samples)
    phase = 2 * np.pi * (46 * time + (105 - 46) / 30 * (1 - np.exp(-30 * time)))
    return _mono(np.sin(phase) * np.exp(-9 * time))


def tom(hertz: float, samples: int, brightness: float, rng: np.random.Generator) -> Signal:
    """A big drum far away."""
    time = filters.seconds(samples)
    phase = 2 * np.pi * (62 * time + 26 / 14 * (1 - np.exp(-14 * time)))
    skin = np.sin(phase) * np.exp(-4.5 * time) + 0.25 * np.sin(1.59 * phase) * np.exp(-8 * time)
    stick = filters.lowpass(_burst(samples, decay=45, rng=rng), hertz=500) * 0.35
    return _mono(0.8 * skin + stick)


def brush(hertz: float, samples: int, brightness: float, rng: np.random.Generator) -> Signal:
    """Wires over a skin: noise that swells for a moment before it falls."""
    time = filters.seconds(samples)
    swish = rng.standard_normal(samples) * (1 - np.exp(-time * 180)) * np.exp(-13 * time)
    wires = filters.bandpass(swish.astype(np.float32), low=900, high=4_200)
    skin = np.sin(2 * np.pi * 185 * time) * np.exp(-28 * time) * 0.22
    return _mono(0.8 * wires + skin)


def clap(hertz: float, samples: int, brightness: float, rng: np.random.Generator) -> Signal:
    """Three hands, never quite together."""
    hands = np.zeros(samples, dtype=np.float32)
    for late in CLAP_SECONDS:
        start = int(filters.RATE * late * rng.uniform(0.85, 1.15))
        hands[start:] += _burst(samples, decay=48, rng=rng)[: samples - start]
    return _mono(filters.bandpass(hands, low=700, high=2_300))


def shaker(hertz: float, samples: int, brightness: float, rng: np.random.Generator) -> Signal:
    time = filters.seconds(samples)
    grains = rng.standard_normal(samples) * (1 - np.exp(-time * 90)) * np.exp(-34 * time)
    return _mono(filters.bandpass(grains.astype(np.float32), low=3_800, high=7_500))


def snap(hertz: float, samples: int, brightness: float, rng: np.random.Generator) -> Signal:
    burst = _burst(samples, decay=70, rng=rng)
    return _mono(filters.bandpass(burst, low=1_300, high=2_600))


def swell(hertz: float, samples: int, brightness: float, rng: np.random.Generator) -> Signal:
    """Air that rises through the bar and is gone at its end."""
    rise = np.linspace(0, 1, samples) ** 3
    noise = (rng.standard_normal((2, samples)) * rise).astype(np.float32)
    return filters.bandpass(noise, low=1_200, high=5_000)


def _burst(samples: int, *, decay: float, rng: np.random.Generator) -> Signal:
    noise = rng.standard_normal(samples) * np.exp(-decay * filters.seconds(samples))
    return noise.astype(np.float32)


def _mono(tone: filters.Numbers | Signal) -> Signal:
    return tone.astype(np.float32)[None, :]


VOICES: dict[str, Voice] = {
    "kick": Voice(kick, attack=0.004, release=0.35),
    "tom": Voice(tom, attack=0.004, release=0.8),
    "brush": Voice(brush, attack=0.002, release=0.3),
    "clap": Voice(clap, attack=0.002, release=0.25),
    "shaker": Voice(shaker, attack=0.002, release=0.12),
    "snap": Voice(snap, attack=0.002, release=0.15),
    "swell": Voice(swell, attack=0.02, release=0.05),
}
