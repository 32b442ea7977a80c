"""Compares a finished film with its plan, packet by packet."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.container
import av.error

from compiler.plan import Plan
from echoes.kernel import errors, media_time

RATE = 48_000


class FilmDiffersFromPlan(errors.EchoesError):
    """The film that was made is not the one that was planned."""

    code = "film_differs"


@dataclass(frozen=True)
class Verified:
    """`duration` in seconds."""

    duration: Fraction
    width: int
    height: int
    frames: int


def check(*, path: Path, plan: Plan) -> Verified:
    """Format, size, every frame's time, the sound's length, and that playback can start before the end
    of the download. Decodes the first picture alone. Raises FilmDiffersFromPlan."""
    try:
        _begins_with_index(path)
        with av.open(str(path)) as film:
            _pictures(film, plan)
            _sound(film, plan)
            film.seek(0)
            next(film.decode(video=0))
    except (OSError, av.error.FFmpegError, StopIteration) as error:
        raise FilmDiffersFromPlan(f"The film cannot be read: {error}") from error
    width, height = plan.size
    return Verified(duration=plan.duration, width=width, height=height, frames=plan.total_frames)


def _begins_with_index(path: Path) -> None:
    """`moov` before `mdat`, read from the boxes of the file."""
    with path.open("rb") as file:
        while len(head := file.read(8)) == 8:
            size, kind = int.from_bytes(head[:4]), head[4:]
            if kind == b"moov":
                return
            _same("index", "before the pictures", "after them" if kind == b"mdat" else "before the pictures")
            file.seek(size - 8, 1)
    raise FilmDiffersFromPlan("The film has no index.")


def _pictures(film: av.container.InputContainer, plan: Plan) -> None:
    _same("tracks", ["audio", "video"], sorted(stream.type for stream in film.streams))
    stream = film.streams.video[0]
    context = stream.codec_context
    facts = (context.name, context.codec_tag, context.pix_fmt, context.width, context.height)
    _same("picture format", ("h264", "avc1", "yuv420p", *plan.size), facts)
    _same("frame rate", plan.fps, stream.average_rate)
    ticks = media_time.ticks_per_frame(plan.fps)
    packets = [packet for packet in film.demux(stream) if packet.size]
    _same("number of frames", plan.total_frames, len(packets))
    times = sorted(packet.pts if packet.pts is not None else -1 for packet in packets)
    if times != [frame * ticks for frame in range(plan.total_frames)]:
        raise FilmDiffersFromPlan("The film's frames are not evenly spaced.")
    _same("first frame", True, packets[0].is_keyframe)


def _sound(film: av.container.InputContainer, plan: Plan) -> None:
    stream = film.streams.audio[0]
    context = stream.codec_context
    _same("sound format", ("aac", RATE, 2), (context.name, context.sample_rate, context.channels))
    length = (stream.duration or 0) * (stream.time_base or Fraction(1))
    # The header counts a little differently from one writer to the next, never by a whole frame.
    if abs(length - plan.duration) >= Fraction(1, plan.fps):
        raise FilmDiffersFromPlan(f"The sound lasts {float(length):.3f} s, not {float(plan.duration):.3f} s.")


def _same(what: str, planned: object, found: object) -> None:
    if planned != found:
        raise FilmDiffersFromPlan(f"The film's {what}: planned {planned}, found {found}.")
