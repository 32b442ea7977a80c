"""Makes a clip's file in the form that a film is joined from."""

from __future__ import annotations

from pathlib import Path

from compiler import drafts
from compiler.cut import Cut
from compiler.timeline import Filmed
from echoes.kernel.ffmpeg import fitting, run
from providers import registry


def render(
    *, cut: Cut, source: Path, out: Path, on_progress: run.OnProgress, cancelled: run.Cancelled
) -> None:
    """Writes a mezzanine of exactly `cut.frames`, or nothing. `source` is the photo of a filmed clip, or the
    clip's own file.

    Raises what the clip's model raises, FfmpegFailed, Cancelled.
    """
    with drafts.of(out) as draft:
        if cut.filmed:
            _film(cut, cut.filmed, source, draft, on_progress, cancelled)
        else:
            _fit(cut, source, draft, on_progress, cancelled)


def _film(
    cut: Cut,
    filmed: Filmed,
    photo: Path,
    out: Path,
    on_progress: run.OnProgress,
    cancelled: run.Cancelled,
) -> None:
    registry.motion(filmed.model).load()(
        photo=photo,
        out=out,
        aspect=cut.aspect,
        quality=cut.quality,
        focus=_shares(cut),
        fps=cut.fps,
        seconds=filmed.seconds,
        seed=filmed.seed,
        prompt=filmed.prompt,
        on_progress=on_progress,
        cancelled=cancelled,
    )


def _fit(cut: Cut, video: Path, out: Path, on_progress: run.OnProgress, cancelled: run.Cancelled) -> None:
    fitting.fit(
        video=video,
        out=out,
        size=cut.size,
        fps=cut.fps,
        frames=cut.frames,
        whole=cut.fit == "whole",
        focus=_shares(cut),
        on_progress=on_progress,
        cancelled=cancelled,
    )


def _shares(cut: Cut) -> tuple[float, float] | None:
    return (cut.focus[0] / 1_000, cut.focus[1] / 1_000) if cut.focus else None
