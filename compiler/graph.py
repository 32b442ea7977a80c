"""ffmpeg's own transitions as text, which films are compared with by the benchmarks."""

from __future__ import annotations

from echoes.kernel import media_time
from echoes.kernel.ffmpeg import command

XFADE = {"fade": "fade", "dissolve": "dissolve", "wipe": "wipeleft", "slide": "slideleft"}


def xfade(*, kind: str, frames: int, offset: int, fps: int) -> str:
    """One transition of `frames`, beginning at frame `offset` of the first picture."""
    duration, start = (command.decimal(media_time.frames_to_seconds(n, fps=fps)) for n in (frames, offset))
    return f"xfade=transition={XFADE[kind]}:duration={duration}:offset={start}"
