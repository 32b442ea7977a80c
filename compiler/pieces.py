"""Makes the frames of a window: decodes the few that it needs, and encodes what is seen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from compiler import drafts, graph, plan
from echoes.kernel import media_time
from echoes.kernel.ffmpeg import command, encoding, run


def render(
    *,
    window: plan.Window,
    sources: Mapping[str, Path],
    out: Path,
    cancelled: run.Cancelled | None = None,
) -> None:
    """Writes exactly `window.frames` frames, or nothing. `sources` are mezzanines by digest.

    One thread: windows are independent, so as many run side by side as there are cores.
    Raises FfmpegFailed, Cancelled.
    """
    with drafts.of(out) as draft:
        run.run(
            arguments(window=window, sources=sources, out=draft),
            timeout=60 + window.frames,
            cancelled=cancelled,
        )


def arguments(*, window: plan.Window, sources: Mapping[str, Path], out: Path) -> list[str]:
    slices = [part for part in (window.left, window.right) if part]
    skipped = [_key(part, fps=window.fps) for part in slices]
    inputs: list[str] = []
    for part, key in zip(slices, skipped, strict=True):
        inputs += _input(sources[part.source], key=key, fps=window.fps)
    text = graph.window(window, skipped=(skipped[0], skipped[-1]))
    return [
        *(*inputs, "-filter_complex_threads", "1", "-filter_complex", text, "-map", "[v]"),
        *("-frames:v", str(window.frames)),
        *encoding.window_arguments(size=window.size, fps=window.fps),
        command.address(out),
    ]


def _key(part: plan.Slice, *, fps: int) -> int:
    """The key frame at or before the slice's first frame."""
    return max(key for key in encoding.key_frames(fps=fps, frames=part.frames) if key <= part.first)


def _input(path: Path, *, key: int, fps: int) -> list[str]:
    # Exactly at the key frame: a little earlier would start at the one before.
    seek = ("-ss", command.decimal(media_time.frames_to_seconds(key, fps=fps))) if key else ()
    return ["-threads", "1", *seek, "-i", command.address(path)]
