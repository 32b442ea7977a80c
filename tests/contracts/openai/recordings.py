"""Recordings drawn for tests: a tone that comes and goes, as speech does."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

RATE = 16_000


def wav(path: Path, *, seconds: float) -> Path:
    at = np.arange(int(RATE * seconds)) / RATE
    tone = np.sin(2 * np.pi * 180 * at) * (np.sin(2 * np.pi * 2 * at) > 0)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((tone * 12_000).astype("<i2").tobytes())
    return path
