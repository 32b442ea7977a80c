"""Encodes the few pictures of a window in our own process: to start another costs a third of the encoding."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import av.bitstream
import av.container
import av.error
import av.video.stream
from av.codec.context import Flags
from django.utils.translation import gettext

from compiler import planes
from compiler.planes import Picture
from echoes.kernel import errors, media_time
from echoes.kernel.ffmpeg import encoding, run
from echoes.kernel.shapes import Size


class NotEncoded(errors.EchoesError):
    """A part of the film could not be encoded."""

    code = "not_encoded"


def window(
    pictures: Iterable[Picture], *, size: Size, fps: int, out: Path, cancelled: run.Cancelled | None = None
) -> None:
    """Writes the file that ffmpeg would write with `encoding.window_arguments`, on one thread. Raises
    NotEncoded, Cancelled, and whatever `pictures` raises."""
    options = {
        "video_track_timescale": str(media_time.TICKS_PER_SECOND),
        "movie_timescale": str(media_time.TICKS_PER_SECOND),
        "fflags": "+bitexact",
    }
    try:
        with av.open(str(out), "w", format="mp4", options=options) as container:
            stream = _stream(container, size=size, fps=fps)
            # x264 leaves a note of its settings in an SEI, as in `encoding`: type 6 is dropped.
            clean = av.bitstream.BitStreamFilterContext("filter_units=remove_types=6", stream)
            for number, picture in enumerate(pictures):
                if cancelled and cancelled():
                    raise errors.Cancelled
                frame = planes.frame(picture)
                frame.pts, frame.time_base = number, Fraction(1, fps)
                _write(container, stream, clean, frame)
            _write(container, stream, clean, None)
    except (OSError, av.error.FFmpegError) as error:
        raise NotEncoded(gettext("The window could not be encoded: {error}").format(error=error)) from error


def _stream(container: av.container.OutputContainer, *, size: Size, fps: int) -> av.video.stream.VideoStream:
    stream = container.add_stream("libx264", rate=fps, options=encoding.window_options(size=size))
    context = stream.codec_context
    context.width, context.height, context.pix_fmt = size.width, size.height, "yuv420p"
    context.profile = "High"
    context.time_base, context.sample_aspect_ratio = Fraction(1, fps), Fraction(1)
    context.thread_count = 1
    context.color_range = encoding.LIMITED_RANGE
    context.color_primaries = context.color_trc = context.colorspace = encoding.BT709
    context.flags |= Flags.bitexact
    stream.time_base = Fraction(1, media_time.TICKS_PER_SECOND)
    return stream


def _write(
    container: av.container.OutputContainer,
    stream: av.video.stream.VideoStream,
    clean: av.bitstream.BitStreamFilterContext,
    frame: av.VideoFrame | None,
) -> None:
    for packet in stream.encode(frame):
        for cleaned in clean.filter(packet):
            cleaned.stream = stream
            container.mux(cleaned)
