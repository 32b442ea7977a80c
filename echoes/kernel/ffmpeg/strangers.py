"""What a video that somebody brought is: told by its header and its first picture.

Runs only inside `echoes.kernel.sandbox`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.container
import av.error
import av.video.frame
import av.video.stream

from echoes.kernel.ffmpeg import command, probe
from echoes.kernel.shapes import Size

# How many packets may come before the first picture that can be decoded.
PATIENCE = 300
# Measured and stated rates that are further apart than this are of pictures that are not evenly spaced.
EVEN = Fraction(1, 100)


@dataclass(frozen=True)
class Footage:
    """`size` as it is shown: upright, with square pixels. `seconds` as the file says. `rate` is that of its
    pictures, 0 where it does not say; where it `varies` it is the mean."""

    size: Size
    seconds: Fraction
    rate: Fraction
    varies: bool
    sound: bool
    matrix: int
    transfer: int


def look(path: Path, *, demuxer: str) -> Footage:
    """Raises NotMedia for whatever has no picture that can be decoded."""
    try:
        with probe.open_media(path, demuxer) as container:
            stream = _pictures(container)
            frame = _first(container, stream)
            rate = Fraction(stream.average_rate or stream.guessed_rate or 0)
            stated = Fraction(stream.base_rate or rate)
            context = stream.codec_context
            return Footage(
                size=_shown(stream, frame),
                seconds=probe.duration(container),
                rate=rate,
                varies=abs(stated - rate) > rate * EVEN,
                sound=any(sound.codec_context for sound in container.streams.audio),
                matrix=int(context.colorspace),
                transfer=int(context.color_trc),
            )
    except (OSError, ValueError, ArithmeticError, av.error.FFmpegError) as error:
        raise probe.NotMedia from error


def _pictures(container: av.container.InputContainer) -> av.video.stream.VideoStream:
    for stream in container.streams.video:
        known = stream.codec_context is not None  # else there is no decoder for it
        if known and not stream.disposition & av.stream.Disposition.attached_pic:
            stream.codec_context.options = {"max_pixels": str(command.MAX_PIXELS)}
            stream.codec_context.thread_count = 1
            return stream
    raise probe.NotMedia


def _first(
    container: av.container.InputContainer, stream: av.video.stream.VideoStream
) -> av.video.frame.VideoFrame:
    for number, packet in enumerate(container.demux(stream)):
        try:
            for frame in stream.codec_context.decode(packet):
                return frame
        except av.error.InvalidDataError:
            pass  # players go on to the next one, too
        if number > PATIENCE:
            break
    raise probe.NotMedia


def _shown(stream: av.video.stream.VideoStream, frame: av.video.frame.VideoFrame) -> Size:
    aspect = Fraction(stream.sample_aspect_ratio or 1) or Fraction(1)
    width, height = max(1, round(frame.width * aspect)), frame.height
    return Size(height, width) if frame.rotation % 180 else Size(width, height)
