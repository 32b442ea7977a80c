"""Makes a clip's file in the form that a film is joined from."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from compiler import drafts
from compiler.cut import Cut
from compiler.timeline import Filmed
from echoes.kernel.ffmpeg import command, encoding, run
from providers import registry

# Seconds that a second of a clip may take, as on a crowded machine, before it counts as stuck.
SECONDS_FOR_ONE = 30


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
    seconds = Fraction(cut.frames, cut.fps)
    run.run(
        [
            *(*command.GUARD, "-threads", "1", "-i", command.address(video)),
            *("-filter_complex_threads", "1", "-filter_complex", _graph(cut), "-map", "[v]"),
            *encoding.mezzanine_arguments(size=cut.size, fps=cut.fps, frames=cut.frames),
            command.address(out),
        ],
        timeout=60 + SECONDS_FOR_ONE * float(seconds),
        duration=seconds,
        on_progress=on_progress,
        cancelled=cancelled,
    )


def _graph(cut: Cut) -> str:
    """Rate, shape, colours, and a last picture that stays, so that the frames are as many as planned."""
    width, height = cut.size
    rate = f"fps={cut.fps}"
    end = f"{encoding.YUV_FILTER},tpad=stop_mode=clone:stop={cut.frames},trim=end_frame={cut.frames}[v]"
    colours = "out_color_matrix=bt709:out_range=tv:flags=bicubic"
    if cut.fit == "fill":
        x, y = _shares(cut) or (0.5, 0.5)
        # The focus in the middle, as far as the picture reaches.
        left = f"clip({x:.3f}*iw-ow/2,0,iw-ow)"
        top = f"clip({y:.3f}*ih-oh/2,0,ih-oh)"
        scale = f"scale={width}:{height}:force_original_aspect_ratio=increase:{colours}"
        return f"[0:v:0]{rate},{scale},crop={width}:{height}:'{left}':'{top}',{end}"
    small = f"{width // 16 * 2}:{height // 16 * 2}"
    return (
        f"[0:v:0]{rate},split[a][b];"
        f"[a]scale={small}:force_original_aspect_ratio=increase:{colours},crop={small},gblur=sigma=12,"
        f"eq=brightness=-0.08,scale={width}:{height}:flags=bicubic[ground];"
        f"[b]scale={width}:{height}:force_original_aspect_ratio=decrease:{colours}:force_divisible_by=2[whole];"
        f"[ground][whole]overlay=(W-w)/2:(H-h)/2:shortest=1,{end}"
    )


def _shares(cut: Cut) -> tuple[float, float] | None:
    return (cut.focus[0] / 1_000, cut.focus[1] / 1_000) if cut.focus else None
