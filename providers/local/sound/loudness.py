"""How loud a recording is, after ITU-R BS.1770: K-weighting, gated blocks, and peaks between the samples."""

from __future__ import annotations

import numpy as np

from providers.local.sound import filters
from providers.local.sound.filters import Numbers, Signal

SILENCE_LUFS = -70.0
# BS.1770-5, tables 1 and 2: the head as a high shelf, then the RLB high pass, both for 48 kHz.
K_WEIGHTING = np.array(
    [
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585],
        [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621],
    ]
)
STEP_SECONDS = 0.1
STEPS_PER_BLOCK = 4
RELATIVE_GATE_LU = -10.0
OVERSAMPLING = 4


def integrated(signal: Signal) -> float:
    """LUFS of a recording (channels x samples at 48 kHz); SILENCE_LUFS when nothing passes the gate."""
    powers = _block_powers(signal)
    loud = powers[_lufs(powers) > SILENCE_LUFS]
    if not len(loud):
        return SILENCE_LUFS
    gate = float(_lufs(loud.mean())) + RELATIVE_GATE_LU
    return float(_lufs(loud[_lufs(loud) > gate].mean()))


def true_peak(signal: Signal) -> float:
    """The highest magnitude between and on the samples, linear."""
    if not signal.size:
        return 0.0
    return float(np.abs(filters.oversample(signal, factor=OVERSAMPLING)).max())


def _block_powers(signal: Signal) -> Numbers:
    """Summed channel power of each 400 ms block, every 100 ms."""
    step = int(filters.RATE * STEP_SECONDS)
    whole = signal.shape[-1] // step * step
    if whole < step * STEPS_PER_BLOCK:
        return np.zeros(0)
    weighted = filters.cascade(signal[:, :whole], sections=K_WEIGHTING)
    steps = weighted.reshape(len(signal), -1, step)
    powers = np.einsum("cns,cns->n", steps, steps, dtype=np.float64) / step
    return np.convolve(powers, np.ones(STEPS_PER_BLOCK) / STEPS_PER_BLOCK, mode="valid")


def _lufs(power: Numbers | float) -> Numbers:
    lufs: Numbers = -0.691 + 10.0 * np.log10(np.maximum(power, 1e-12))
    return lufs
