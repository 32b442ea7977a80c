"""Makes of any video a silent one in the form that films are cut from: its rate, its colours, its shape."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from echoes.kernel.ffmpeg import command, encoding, probe, run
from echoes.kernel.shapes import Size

# Enters what is made of a video: change it whenever the same video would look different.
VERSION = "fitting-1"
# Seconds that a second of a clip may take, as on a crowded machine, before it counts as stuck.
SECONDS_FOR_ONE = 30
# ITU-T H.273: transfer characteristics of PQ and HLG, and the number of a matrix that nobody has stated.
HIGH_RANGE = (16, 18)
UNSAID = 2
# A ground that is blurred anyway is made so many times smaller.
SMALLER = 8


def fit(
    *,
    video: Path,
    demuxer: str = "",
    out: Path,
    size: Size,
    fps: int,
    frames: int,
    whole: bool = False,
    focus: tuple[float, float] | None = None,
    on_progress: run.OnProgress | None = None,
    cancelled: run.Cancelled | None = None,
) -> None:
    """Writes a mezzanine of exactly so many frames; what the video has not is its last picture.

    `whole` shows all of it with its own colours around, otherwise it is cut to fill, with the `focus` (shares
    of its sides) as near the middle as can be. `demuxer` is forced for a stranger's file. Raises
    FfmpegFailed, Cancelled.
    """
    seconds = Fraction(frames, fps)
    graph = _graph(size=size, fps=fps, frames=frames, whole=whole, focus=focus, colour=colour(video, demuxer))
    run.run(
        [
            *(*command.guarded(demuxer), "-threads", "1", "-i", command.address(video)),
            *("-filter_complex_threads", "1", "-filter_complex", graph),
            *("-map", "[v]", *encoding.mezzanine_arguments(size=size, fps=fps, frames=frames)),
            command.address(out),
        ],
        timeout=60 + SECONDS_FOR_ONE * float(seconds),
        duration=seconds,
        on_progress=on_progress,
        cancelled=cancelled,
    )


def colour(video: Path, demuxer: str = "") -> str:
    """Filters that turn the video's colours into those of films: what was filmed brighter than a screen can
    be is brought down, and what does not say how its colours are coded is what its size suggests."""
    with probe.open_media(video, demuxer) as container:
        context = container.streams.video[0].codec_context
        matrix, transfer, height = context.colorspace, context.color_trc, context.height
    return to_screen(matrix=matrix, transfer=transfer, height=height)


def to_screen(*, matrix: int, transfer: int, height: int) -> str:
    if transfer in HIGH_RANGE:
        to_screen = "zscale=primaries=bt709:transfer=bt709:matrix=bt709:range=tv"
        return f"zscale=transfer=linear:npl=100,format=gbrpf32le,tonemap=mobius:desat=2,{to_screen}"
    unsaid = "bt709" if height >= 720 else "bt601"
    known = "auto" if matrix != UNSAID else unsaid
    return f"scale=in_color_matrix={known}:out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd"


def square_pixels() -> str:
    """The shape in which it is shown: pixels that are not square are made so."""
    return "scale='trunc(iw*sar/2)*2:ih',setsar=1"


def _graph(
    *, size: Size, fps: int, frames: int, whole: bool, focus: Sequence[float] | None, colour: str
) -> str:
    """Rate, colours, shape, and a last picture that stays, so that the frames are as many as planned."""
    width, height = size
    start = f"[0:v:0]fps={fps},{colour},format=yuv420p"
    end = f"tpad=stop_mode=clone:stop={frames},trim=end_frame={frames},{encoding.YUV_FILTER}[v]"
    if not whole:
        x, y = focus or (0.5, 0.5)
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
    ratio = f"force_original_aspect_ratio={how}:force_divisible_by=2:flags=bicubic"
    return f"{square_pixels()},scale={width}:{height}:{ratio}"
