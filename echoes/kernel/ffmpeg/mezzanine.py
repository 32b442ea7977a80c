"""Tells a file that a film can be cut from apart from any other video.

`check` reads the header, whenever a film is joined; `prove` decodes every frame, once, when a file is made.
"""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import av.container
import av.error
import av.packet
import av.video.stream

from echoes.kernel import errors, media_time
from echoes.kernel.ffmpeg import command, encoding, looking, run
from echoes.kernel.shapes import Size

UNREADABLE = errors.gettext_noop("The clip {name} cannot be read.")
NO_VIDEO = errors.gettext_noop("The clip {name} holds no H.264 video.")
UNEVEN = errors.gettext_noop("The frames of a clip are not evenly spaced.")


class SourceNotMezzanine(errors.EchoesError):
    """A clip is not in the form that films are cut from."""

    code = "source_not_mezzanine"


@dataclass(frozen=True)
class Header:
    """What a file says of its pictures; `parameter_sets` are H.264's, as they stand in the file."""

    parameter_sets: bytes
    size: Size
    frames: int
    ticks: int


def check(*, path: Path, frames: int, fps: int, size: Size) -> None:
    """Reads the header alone. Raises SourceNotMezzanine unless packets of this file may stand in the film."""
    header = read(path)
    expected = Header(parameter_sets(fps=fps, size=size), size, frames, media_time.TICKS_PER_SECOND)
    for fact in ("size", "frames", "ticks", "parameter_sets"):
        if getattr(header, fact) != getattr(expected, fact):
            raise SourceNotMezzanine(
                f"The clip {path.name} cannot be joined: its {fact.replace('_', ' ')} differ from the film's."
            )


def prove(*, path: Path, frames: int, fps: int, size: Size) -> None:
    """`check`, and decodes all of the file. Raises SourceNotMezzanine."""
    check(path=path, frames=frames, fps=fps, size=size)
    try:
        looking.whole(path, frames=frames, fps=fps)
    except looking.Undecodable as error:
        raise SourceNotMezzanine(str(error)) from error


def read(path: Path) -> Header:
    """Raises SourceNotMezzanine for a file that holds no H.264 video."""
    try:
        with looking.opened(path) as container:
            stream = picture_stream(container, path)
            context = stream.codec_context
            return Header(
                parameter_sets=bytes(context.extradata or b""),
                size=Size(context.width, context.height),
                frames=stream.frames,
                ticks=stream.time_base.denominator if stream.time_base else 0,
            )
    except (OSError, av.error.FFmpegError) as error:
        raise SourceNotMezzanine(errors.Sentence(UNREADABLE, {"name": path.name})) from error


def picture_stream(container: av.container.InputContainer, path: Path) -> av.video.stream.VideoStream:
    for stream in container.streams.video:
        if stream.codec_context.name == "h264":
            return stream
    raise SourceNotMezzanine(errors.Sentence(NO_VIDEO, {"name": path.name}))


def packets(
    container: av.container.InputContainer, stream: av.video.stream.VideoStream, *, ticks: int
) -> Iterator[tuple[int, av.packet.Packet[Any]]]:
    """Every packet in decode order with the number of its frame. Raises SourceNotMezzanine for a frame
    that does not lie on the grid of `ticks` per frame."""
    for packet in container.demux(stream):
        if not packet.size:
            continue
        frame, rest = divmod(packet.pts if packet.pts is not None else -1, ticks)
        if rest or frame < 0:
            raise SourceNotMezzanine(errors.Sentence(UNEVEN))
        yield frame, packet


@functools.cache
def parameter_sets(*, fps: int, size: Size) -> bytes:
    """Those that every picture of such a film carries, learnt by encoding a few frames once a process."""
    with tempfile.TemporaryDirectory(prefix="reference-") as folder:
        path = Path(folder, "reference.mp4")
        picture = f"color=size={size.width}x{size.height}:rate={fps}"
        options = encoding.mezzanine_arguments(size=size, fps=fps, frames=4)
        run.run(
            ["-f", "lavfi", "-i", picture, "-vf", encoding.YUV_FILTER, *options, command.address(path)],
            timeout=60,
        )
        return read(path).parameter_sets
