"""Joins pieces and sound into one MP4 by copying packets; nothing is decoded.

Every time is a whole number: a frame lasts `ticks_per_frame` of 1/24,000 s. Adding up the
durations that containers state, as ffmpeg's own concatenation does, drifts by ticks and
leaves films that are not quite constant in their frame rate.
"""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.audio.stream
import av.container
import av.packet
import av.video.stream
from django.utils.translation import gettext

from compiler import drafts
from echoes.kernel import errors, media_time
from echoes.kernel.ffmpeg import encoding, looking, mezzanine
from echoes.kernel.ffmpeg.mezzanine import SourceNotMezzanine

OPTIONS = {
    "movflags": "+faststart",
    "fflags": "+bitexact",
    "video_track_timescale": str(media_time.TICKS_PER_SECOND),
    "movie_timescale": str(media_time.TICKS_PER_SECOND),
}


@dataclass(frozen=True)
class Part:
    """Frames `first` up to, but not with, `last` of a file; both are key frames, or its end."""

    path: Path
    first: int
    last: int


def join(
    *,
    parts: Sequence[Part],
    audio: Path,
    fps: int,
    out: Path,
    cancelled: Callable[[], bool] | None = None,
) -> None:
    """Writes the film, or nothing. `audio` is one AAC file for all of it.

    Raises SourceNotMezzanine for a part whose H.264 parameter sets are not the first part's, whose
    frames are not all there, or that does not begin with a key frame; Cancelled.
    """
    with drafts.of(out) as draft, contextlib.ExitStack() as stack:
        _write(stack, parts, audio, fps, draft, cancelled or _never)


def _write(
    stack: contextlib.ExitStack,
    parts: Sequence[Part],
    audio: Path,
    fps: int,
    out: Path,
    cancelled: Callable[[], bool],
) -> None:
    film = stack.enter_context(av.open(str(out), "w", format="mp4", options=OPTIONS))
    sound = stack.enter_context(av.open(str(audio)))
    with av.open(str(parts[0].path)) as first:
        pictures = film.add_stream_from_template(mezzanine.picture_stream(first, parts[0].path))
    pictures.time_base = Fraction(1, media_time.TICKS_PER_SECOND)
    track = film.add_stream_from_template(sound.streams.audio[0])
    both = heapq.merge(
        _pictures(parts, pictures, ticks=media_time.ticks_per_frame(fps)),
        _sound(sound, track),
        key=_moment,
    )
    for packet in both:
        if cancelled():
            raise errors.Cancelled
        film.mux_one(packet)


def _pictures(
    parts: Sequence[Part], stream: av.video.stream.VideoStream, *, ticks: int
) -> Iterator[av.packet.Packet[Any]]:
    """Decode times are counted through the film, one frame apart; a very short piece states others."""
    parameter_sets = mezzanine.read(parts[0].path).parameter_sets
    base = count = 0
    for part in parts:
        for frame, packet in packets_of(part, parameter_sets, ticks=ticks):
            packet.pts = (base + frame - part.first) * ticks
            packet.dts = (count - encoding.REORDER_FRAMES) * ticks
            packet.duration = ticks
            packet.stream = stream
            count += 1
            if packet.pts < packet.dts:
                raise SourceNotMezzanine(
                    gettext("The clip {name} holds its frames in another order.").format(name=part.path.name)
                )
            yield packet
        base += part.last - part.first


def packets_of(
    part: Part, parameter_sets: bytes, *, ticks: int
) -> Iterator[tuple[int, av.packet.Packet[Any]]]:
    """The packets of one part, each with the number of its frame in its file. Key frames close their group,
    so they follow each other in the file. Raises SourceNotMezzanine as `join` does."""
    wanted = part.last - part.first
    with looking.opened(part.path) as container:
        stream = mezzanine.picture_stream(container, part.path)
        if bytes(stream.codec_context.extradata or b"") != parameter_sets:
            raise SourceNotMezzanine(
                gettext("The clip {name} was encoded differently from the others.").format(
                    name=part.path.name
                )
            )
        found = 0
        for frame, packet in mezzanine.packets(container, stream, ticks=ticks):
            if found == wanted:
                break
            if found == 0 and frame != part.first:
                continue
            if (found == 0 and not packet.is_keyframe) or not part.first <= frame < part.last:
                raise SourceNotMezzanine(
                    gettext("The clip {name} cannot be cut at frame {frame}.").format(
                        name=part.path.name, frame=part.first
                    )
                )
            found += 1
            yield frame, packet
    if found != wanted:
        raise SourceNotMezzanine(
            gettext("The clip {name} has {found} of {wanted} frames.").format(
                name=part.path.name, found=found, wanted=wanted
            )
        )


def _sound(
    container: av.container.InputContainer, stream: av.audio.stream.AudioStream
) -> Iterator[av.packet.Packet[Any]]:
    """As they are: the first packet's negative time keeps the encoder's run-up out of what is heard."""
    for packet in container.demux(audio=0):
        if packet.size:
            packet.stream = stream
            yield packet


def _moment(packet: av.packet.Packet[Any]) -> Fraction:
    return (packet.dts or 0) * packet.time_base


def _never() -> bool:
    return False
