"""Reads a stranger's music. Runs only inside `echoes.kernel.sandbox`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from echoes.kernel import media_time
from providers.local import music


def read(*, source: str) -> dict[str, Any]:
    """Duration in ticks, 120 peaks, and LUFS or None for silence; raises the sentence of `music.measure` for
    anything but music."""
    measured = music.measure(path=Path(source))
    return {
        "duration": media_time.seconds_to_ticks(measured.duration),
        "peaks": list(measured.peaks),
        "loudness": measured.loudness,
    }
