"""Makes a clip's file in the form that a film is joined from."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from compiler import drafts
from compiler.cut import Cut
from compiler.timeline import Filmed
from echoes.kernel.ffmpeg import command, encoding, probe, run
from providers import registry

# Seconds that a second of a clip may take, as on a crowded machine, before it counts as stuck.
SECONDS_FOR_ONE = 30
# ITU-T H.273: transfer characteristics of PQ and HLG, and the number of a matrix that nobody has stated.
HIGH_RANGE = (16, 18)
UNSAID = 2
# A ground that is blurred anyway is made so many times smaller.
SMALLER = 8


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
            *("-filter_complex_threads", "1", "-filter_complex", _graph(cut, colour=_colour(video))),
            *("-map", "[v]", *encoding.mezzanine_arguments(size=cut.size, fps=cut.fps, frames=cut.frames)),
            command.address(out),
        ],
        timeout=60 + SECONDS_FOR_ONE * float(seconds),
        duration=seconds,
        on_progress=on_progress,
        cancelled=cancelled,
    )


def _colour(video: Path) -> str:
    """Filters that turn the video's colours into those of films: what was filmed brighter than a screen can
    be is brought down, and what does not say how its colours are coded is what its size suggests."""
    with probe.open_media(video) as container:
        context = container.streams.video[0].codec_context
        matrix, transfer, height = context.colorspace, context.color_trc, context.height
    if transfer in HIGH_RANGE:
        to_screen = "zscale=primaries=bt709:transfer=bt709:matrix=bt709:range=tv"
        return f"zscale=transfer=linear:npl=100,format=gbrpf32le,tonemap=mobius:desat=2,{to_screen}"
    unsaid = "bt709" if height >= 720 else "bt601"
    known = "auto" if matrix != UNSAID else unsaid
    return f"scale=in_color_matrix={known}:out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd"


def _graph(cut: Cut, *, colour: str) -> str:
    """Rate, colours, shape, and a last picture that stays, so that the frames are as many as planned."""
    width, height = cut.size
    start = f"[0:v:0]fps={cut.fps},{colour},format=yuv420p"
    end = f"tpad=stop_mode=clone:stop={cut.frames},trim=end_frame={cut.frames},{encoding.YUV_FILTER}[v]"
    if cut.fit == "fill":
        x, y = _shares(cut) or (0.5, 0.5)
        # The focus in the middle, as far as the picture reaches.
        left, top = f"clip({x:.3f}*iw-ow/2,0,iw-ow)", f"clip({y:.3f}*ih-oh/2,0,ih-oh)"
        return f"{start},{_scaled(width, height, 'increase')},crop={width}:{height}:'{left}':'{top}',{end}"
    small = (width // SMALLER, height // SMALLER)
    ground = f"{_scaled(*small, 'increase')},crop={small[0]}:{small[1]},gblur=sigma=6,eq=brightness=-0.06"
    return (
        f"{start},split[a][b];[a]{ground},scale={width}:{height}:flags=bicubic,setsar=1[ground];"
        f"[b]{_scaled(width, height, 'decrease')}[whole];[ground][whole]overlay=(W-w)/2:(H-h)/2,{end}"
    )


def _scaled(width: int, height: int, how: str) -> str:
    """By the shape in which it is shown: pixels that are not square are made so."""
    ratio = f"force_original_aspect_ratio={how}:force_divisible_by=2:flags=bicubic"
    return f"scale='trunc(iw*sar/2)*2:ih',setsar=1,scale={width}:{height}:{ratio}"


def _shares(cut: Cut) -> tuple[float, float] | None:
    return (cut.focus[0] / 1_000, cut.focus[1] / 1_000) if cut.focus else None
