"""Looks at pictures as they come out of a decoder, cheaply enough to do it for every film."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import av.container
import av.error
import numpy as np
from numpy.typing import NDArray

from echoes.kernel import errors, media_time
from echoes.kernel.shapes import Size

# Every so-manieth pixel in both directions is looked at.
STEP = 8
# Luma as it is stored, 16 (black) to 235 (white): of a black picture, and of its brightest hundredth.
BLACK_MEAN, BLACK_TOP = 22.0, 36.0
# How far two pictures are apart, in steps of luma: at most this in a still one, at least that in two scenes.
STILL, APART = 0.7, 12.0
CANNOT = errors.gettext_noop("{name} cannot be decoded: {error}")
DAMAGED = errors.gettext_noop("A picture of {name} is damaged: it cannot be decoded.")
MISSING = errors.gettext_noop("Of {frames} frames that {name} is to hold, {count} can be decoded.")


class Undecodable(errors.EchoesError):
    """Pictures of this file cannot be decoded."""

    code = "undecodable"


Pixels = NDArray[np.uint8]
"""Rows of pixels of red, green and blue."""


@dataclass(frozen=True)
class Picture:
    """`frame` is its number in the file, `luma` a coarse sample of it, `small` what was asked for of it."""

    frame: int
    luma: NDArray[np.float32]
    small: Pixels | None = None

    @property
    def black(self) -> bool:
        return bool(self.luma.mean() <= BLACK_MEAN and np.percentile(self.luma, 99) <= BLACK_TOP)

    def distance(self, other: Picture) -> float:
        """Mean difference in steps of luma."""
        return float(np.abs(self.luma - other.luma).mean())


def opened(path: Path) -> av.container.InputContainer:
    """A file of our own making, whose header says all that is asked. By itself the library would decode
    pictures of each file that it opens, which takes longer than to read its packets."""
    first_stream: Any = {"skip_frame": "all"}
    return av.open(str(path), options={"probesize": "32"}, stream_options=[first_stream])


def pictures(path: Path, *, ticks: int, keys_only: bool = False, small: int = 0) -> Iterator[Picture]:
    """Decodes the file, or its key frames alone. `ticks` are those of a frame; `small` is how wide a picture
    of each is wanted, in pixels. Any error of the decoder, also one that a player would conceal, raises
    Undecodable."""
    try:
        with opened(path) as container:
            context = container.streams.video[0].codec_context
            context.options = {"err_detect": "explode"}
            context.thread_count = 1
            if keys_only:
                context.skip_frame = "NONKEY"
            for frame in container.decode(video=0):
                if frame.is_corrupt:  # the decoder guessed at a part of it, and goes on
                    raise Undecodable(errors.Sentence(DAMAGED, {"name": path.name}))
                shown = pixels(frame, width=small) if small else None
                yield Picture(frame=(frame.pts or 0) // ticks, luma=_luma(frame), small=shown)
    except (OSError, IndexError, av.error.FFmpegError) as error:
        raise Undecodable(errors.Sentence(CANNOT, {"name": path.name, "error": error})) from error


def whole(path: Path, *, frames: int, fps: int) -> None:
    """Decodes all of a file, which is to hold exactly so many frames, evenly spaced. Raises Undecodable."""
    found = [picture.frame for picture in pictures(path, ticks=media_time.ticks_per_frame(fps))]
    if found != list(range(frames)):
        values = {"frames": frames, "name": path.name, "count": len(found)}
        raise Undecodable(errors.Sentence(MISSING, values))


def first(path: Path, *, ticks: int, at: int = 0) -> Picture:
    """The picture of the key frame at or before frame `at`. Raises Undecodable."""
    try:
        with opened(path) as container:
            container.seek(at * ticks, stream=container.streams.video[0])
            frame = next(container.decode(video=0))
            return Picture(frame=(frame.pts or 0) // ticks, luma=_luma(frame))
    except (OSError, IndexError, StopIteration, av.error.FFmpegError) as error:
        raise Undecodable(errors.Sentence(CANNOT, {"name": path.name, "error": error})) from error


def pixels(frame: av.VideoFrame, *, width: int) -> Pixels:
    """In colour, at most so wide."""
    size = fitting(Size(frame.width, frame.height), width=width)
    scaled = frame.reformat(
        width=size.width,
        height=size.height,
        format="rgb24",
        src_colorspace="ITU709",
        dst_colorspace="ITU709",
        interpolation="AREA",
    )
    return np.asarray(scaled.to_ndarray(), np.uint8)


def fitting(size: Size, *, width: int) -> Size:
    """The same shape, at most so wide."""
    if size.width <= width:
        return size
    return Size(width, max(1, round(size.height * width / size.width)))


def _luma(frame: Any) -> NDArray[np.float32]:
    plane = frame.planes[0]
    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    return rows[: frame.height : STEP, : frame.width : STEP].astype(np.float32)
