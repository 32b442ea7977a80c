"""The outline of a recording, for drawing: how loud it is over time, in 120 numbers."""

from __future__ import annotations

import numpy as np

from providers.local.sound.filters import Numbers

POINTS = 120
FULL = 100


def peaks(powers: Numbers) -> tuple[int, ...]:
    """POINTS numbers 0..100 from the mean squares of equal stretches; the loudest is 100, silence all 0."""
    if not len(powers):
        return (0,) * POINTS
    levels = np.sqrt(np.array([chunk.mean() for chunk in _chunks(powers)]))
    loudest = float(levels.max())
    if loudest == 0.0:
        return (0,) * POINTS
    return tuple(int(level) for level in np.rint(levels / loudest * FULL))


def _chunks(powers: Numbers) -> list[Numbers]:
    """As many chunks as points, also from fewer stretches than that: some then share a stretch."""
    edges = np.arange(POINTS + 1) * len(powers) / POINTS
    starts = edges[:-1].astype(int)
    ends = np.maximum(starts + 1, np.ceil(edges[1:] - 1e-9).astype(int))
    return [powers[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
