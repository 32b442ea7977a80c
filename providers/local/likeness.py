"""Whether two photos are nearly the same: 64 bits that stay when one is made smaller, brighter or coarser.

A perceptual hash: the 64 lowest waves of a small grey copy but the constant one, by the discrete cosine
transform, each above or below their median. How it was measured: `tests/providers/test_local_likeness.py`.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]

SMALL = 32
LOWEST = sorted(np.ndindex(SMALL, SMALL), key=lambda wave: (sum(wave), wave))[1:65]
"""The waves that count: how often up and down, and how often across."""
ROWS, COLUMNS = (list(ways) for ways in zip(*LOWEST, strict=True))
ALIKE = 10
"""Bits in which two copies of one photo may differ; two photos of different things differ in about 32."""
FLAT = 1.5
"""Spread of the light, of 255, below which a picture has nothing by which to tell it."""


def fingerprint(*, image: Picture) -> int:
    """Of an RGB picture; 0 where nothing is to be seen."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    soft = cv2.GaussianBlur(grey, (0, 0), max(grey.shape) / SMALL / 2)
    small = cv2.resize(soft, (SMALL, SMALL), interpolation=cv2.INTER_AREA).astype(np.float64)
    if float(small.std()) < FLAT:
        return 0
    waves = cv2.dct(small)[ROWS, COLUMNS]
    return sum(1 << place for place, is_high in enumerate(waves > np.median(waves)) if is_high)


def distance(*, one: int, other: int) -> int:
    """Bits in which they differ, 0 to 64."""
    return (one ^ other).bit_count()


def alike(*, one: int, other: int) -> bool:
    """Whether they are of the same photo, as far as one can tell; never for what shows nothing."""
    return bool(one and other) and distance(one=one, other=other) <= ALIKE
