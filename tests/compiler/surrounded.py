"""Films to take pictures from, drawn by ffmpeg and encoded as Echoes encodes."""

from __future__ import annotations

from pathlib import Path

from echoes.kernel.ffmpeg import command, encoding, run
from echoes.kernel.shapes import Size

TALL, SQUARE, WIDE = Size(384, 682), Size(384, 384), Size(384, 216)
# One grey for every second: 0, 20, 40 and so on.
STAIRS = "color=black:size={size}:rate={fps},geq=lum='16+20*floor(T)':cb=128:cr=128"
NOISE = "color=gray:size={size}:rate={fps},noise=alls=100:allf=t"
BLACK = "color=black:size={size}:rate={fps}"


def drawn(path: Path, picture: str, *, frames: int, size: Size = WIDE, fps: int = 24) -> Path:
    source = picture.format(size=f"{size.width}x{size.height}", fps=fps)
    options = encoding.mezzanine_arguments(size=size, fps=fps, frames=frames)
    run.run(
        ["-f", "lavfi", "-i", source, "-vf", encoding.YUV_FILTER, *options, command.address(path)], timeout=60
    )
    return path
