"""Media time: integer ticks, so that no film is ever a rounded float long.

One second is 24,000 ticks, which divides evenly into frames at 24, 25 and 30 fps.
"""

from __future__ import annotations

from fractions import Fraction

TICKS_PER_SECOND = 24_000


def ticks_per_frame(fps: int) -> int:
    """Ticks of one frame; raises ValueError for a rate that does not divide evenly."""
    ticks, rest = divmod(TICKS_PER_SECOND, fps)
    if rest:
        raise ValueError(f"{fps} frames per second do not divide {TICKS_PER_SECOND} ticks evenly")
    return ticks


def frames_to_ticks(frames: int, *, fps: int) -> int:
    return frames * ticks_per_frame(fps)


def frames_to_seconds(frames: int, *, fps: int) -> Fraction:
    return Fraction(frames, fps)


def ticks_to_seconds(ticks: int) -> Fraction:
    return Fraction(ticks, TICKS_PER_SECOND)


def seconds_to_ticks(seconds: Fraction) -> int:
    """The nearest whole tick."""
    return round(seconds * TICKS_PER_SECOND)


def label(seconds: Fraction | int) -> str:
    """Minutes and full seconds for people, as players show them: `1:05`."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"
