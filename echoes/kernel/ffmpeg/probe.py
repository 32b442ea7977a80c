"""Looks into a media file without decoding it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.container
import av.error

from echoes.kernel import errors
from echoes.kernel.ffmpeg import command


class NotMedia(errors.EchoesError):
    """This file is not a video or a sound that can be read."""

    code = "not_media"


@dataclass(frozen=True, kw_only=True)
class Video:
    width: int
    height: int
    fps: Fraction
    frames: int
    codec: str
    pix_fmt: str


@dataclass(frozen=True, kw_only=True)
class Audio:
    codec: str
    rate: int
    channels: int


@dataclass(frozen=True, kw_only=True)
class Probe:
    """`duration` in seconds; a file has a video, a sound, or both."""

    duration: Fraction
    video: Video | None
    audio: Audio | None


def probe(path: Path) -> Probe:
    """Raises NotMedia for whatever is not a video or a sound, pictures and playlists included."""
    try:
        with open_media(path) as container:
            video, audio = _video(container), _audio(container)
            length = duration(container)
    except (OSError, av.error.FFmpegError, ValueError) as error:
        raise NotMedia from error
    if video is None and audio is None:
        raise NotMedia
    return Probe(duration=length, video=video, audio=audio)


def open_media(path: Path, demuxer: str = "") -> av.container.InputContainer:
    """Opens a file for reading, as the formats in `command.FORMATS` and nothing else; a stranger's by the one
    demuxer that is named, and with the decoders in `command.CODECS`."""
    if not demuxer:
        options = {"format_whitelist": command.FORMATS, "protocol_whitelist": "file"}
        return av.open(command.address(path), options=options)
    options = {
        "format_whitelist": demuxer,
        "protocol_whitelist": "file",
        "codec_whitelist": command.CODECS,
        "max_streams": str(command.MAX_STREAMS),
    }
    return av.open(command.address(path), format=demuxer, options=options)


def _video(container: av.container.InputContainer) -> Video | None:
    for stream in container.streams.video:
        # The cover picture of a song is a video stream too.
        if stream.disposition & av.stream.Disposition.attached_pic:
            continue
        context = stream.codec_context
        return Video(
            width=context.width,
            height=context.height,
            fps=Fraction(stream.average_rate or 0),
            frames=stream.frames or _count(container, stream.index),
            codec=context.name,
            pix_fmt=context.pix_fmt or "",
        )
    return None


def _count(container: av.container.InputContainer, index: int) -> int:
    """Packets of a stream whose container does not say how many it has."""
    count = sum(1 for packet in container.demux(index) if packet.size)
    container.seek(0)
    return count


def _audio(container: av.container.InputContainer) -> Audio | None:
    for stream in container.streams.audio:
        context = stream.codec_context
        return Audio(codec=context.name, rate=context.sample_rate, channels=context.channels)
    return None


def duration(container: av.container.InputContainer) -> Fraction:
    """The longest stream's own measure, or the container's where no stream says."""
    streams = [
        stream.duration * stream.time_base
        for stream in container.streams
        if stream.duration and stream.time_base and stream.type in ("video", "audio")
    ]
    if streams:
        return max(streams)
    return Fraction(container.duration or 0, 1_000_000)
