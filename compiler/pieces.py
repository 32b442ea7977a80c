"""Makes the frames of a window: decodes the few that it needs, and encodes what is seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from compiler import blends, captions, decode, drafts, plan, planes
from compiler.planes import Picture
from echoes.kernel.ffmpeg import command, encoding, run


def render(
    *,
    window: plan.Window,
    sources: Mapping[str, Path],
    out: Path,
    cancelled: run.Cancelled | None = None,
) -> None:
    """Writes exactly `window.frames` frames, or nothing. `sources` are mezzanines by digest.

    One thread decodes, one encodes: windows are independent, so as many run side by side as there are cores.
    Raises SourceNotMezzanine, FfmpegFailed, Cancelled.
    """
    with drafts.of(out) as draft:
        run.run(
            arguments(window=window, out=draft),
            timeout=60 + window.frames,
            cancelled=cancelled,
            stdin=(picture.data.tobytes() for picture in pictures(window=window, sources=sources)),
        )


def arguments(*, window: plan.Window, out: Path) -> list[str]:
    return [
        *planes.input_arguments(size=window.size, fps=window.fps),
        *encoding.window_arguments(size=window.size, fps=window.fps),
        command.address(out),
    ]


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
