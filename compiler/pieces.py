"""Makes the frames of a window: decodes the few that it needs, and encodes what is seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from compiler import blends, captions, decode, drafts, encode, plan, planes
from compiler.planes import Picture
from echoes.kernel.ffmpeg import run


def render(
    *,
    window: plan.Window,
    sources: Mapping[str, Path],
    out: Path,
    cancelled: run.Cancelled | None = None,
) -> None:
    """Writes exactly `window.frames` frames, or nothing. `sources` are mezzanines by digest.

    All on one thread: windows are independent, so as many run side by side as there are cores.
    Raises SourceNotMezzanine, NotEncoded, Cancelled.
    """
    shown = pictures(window=window, sources=sources)
    with drafts.of(out) as draft:
        encode.window(shown, size=window.size, fps=window.fps, out=draft, cancelled=cancelled)


def pictures(*, window: plan.Window, sources: Mapping[str, Path]) -> Iterator[Picture]:
    """What is seen in each frame. Raises SourceNotMezzanine."""
    layers = [(overlay, captions.layer(overlay, size=window.size)) for overlay in window.overlays]
    for frame, picture in enumerate(_blended(window, sources)):
        for overlay, layer in layers:
            strength = captions.strength(overlay, frame=frame, fps=window.fps)
            if layer and strength:
                planes.cover(picture, layer, strength=strength)
        yield picture


def _blended(window: plan.Window, sources: Mapping[str, Path]) -> Iterator[Picture]:
    left = _decoded(window, window.left, sources)
    if window.right is None:
        yield from left
        return
    right = _decoded(window, window.right, sources)
    kind, frames = window.transition.kind, window.transition.frames
    begins = window.left.length - frames
    for number, picture in enumerate(left):
        if number < begins:
            yield picture
        else:
            progress = (number - begins) / frames
            yield blends.blend(kind=kind, left=picture, right=next(right), progress=progress)
    yield from right


def _decoded(window: plan.Window, part: plan.Slice, sources: Mapping[str, Path]) -> Iterator[Picture]:
    found = decode.frames(path=sources[part.source], first=part.first, last=part.last, fps=window.fps)
    return (planes.of(frame) for frame in found)
