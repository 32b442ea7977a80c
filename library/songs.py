"""Reads a stranger's music. Runs only inside `echoes.kernel.sandbox`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from echoes.kernel import media_time
from library.media_types import NotAccepted
from providers.local import music


def read(*, source: str, demuxer: str) -> dict[str, Any]:
    """Duration and beats in ticks, 120 peaks, and LUFS or None for silence; raises NotAccepted."""
    try:
        measured = music.measure(path=Path(source), demuxer=demuxer)
    except music.NotAudio as error:
        raise NotAccepted("not_audio") from error
    except (OSError, ValueError, ArithmeticError) as error:
        raise NotAccepted("damaged") from error
    return {
        "duration": media_time.seconds_to_ticks(measured.duration),
        "peaks": list(measured.peaks),
        "loudness": measured.loudness,
        "beats": [media_time.seconds_to_ticks(beat) for beat in measured.beats],
    }
