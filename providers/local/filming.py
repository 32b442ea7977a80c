"""A camera's move over a photo, for who asks for motion as of a service; takes ask `motion` itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from echoes.kernel import shapes
from providers.capabilities import Answer, MotionRequest
from providers.errors import Failed
from providers.local import motion

FPS = 24
LONGEST = 60
"""Seconds."""


def answer(
    request: MotionRequest,
    *,
    folder: Path,
    on_progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> Answer:
    """Raises Failed, and what `motion.render` raises."""
    if request.aspect not in shapes.SIZES or not 1 <= request.seconds <= LONGEST:
        raise Failed("bad_input", detail=f"{request.seconds} s in {request.aspect}")
    try:
        clip = motion.render(
            photo=request.picture.path,
            out=folder / "clip.mp4",
            aspect=request.aspect,
            fps=FPS,
            seconds=request.seconds,
            seed=request.seed,
            prompt=request.prompt,
            on_progress=on_progress,
            cancelled=cancelled,
        )
    except motion.PhotoUnreadable as error:
        raise Failed("bad_input", detail=str(error)) from error
    return Answer(files=(clip,))
