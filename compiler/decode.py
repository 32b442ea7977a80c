"""Takes a few frames out of a clip's file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import av.container
import av.error
import av.video.stream
from django.utils.translation import gettext

from echoes.kernel import media_time
from echoes.kernel.ffmpeg import looking, mezzanine
from echoes.kernel.ffmpeg.mezzanine import SourceNotMezzanine


def frames(*, path: Path, first: int, last: int, fps: int) -> Iterator[av.VideoFrame]:
    """Frames `first` up to, but not with, `last`, decoded on one thread from the key frame at or before them.

    Each is counted: raises SourceNotMezzanine as soon as one is damaged, missing, or not in its place.
    """
    ticks = media_time.ticks_per_frame(fps)
    found = first
    try:
        with looking.opened(path) as container:
            stream = mezzanine.picture_stream(container, path)
            stream.codec_context.thread_count = 1
            stream.codec_context.options = {"err_detect": "explode"}
            container.seek(first * ticks, stream=stream)
            for frame in _decoded(container, stream, ticks=ticks, last=last):
                if (frame.pts or 0) < first * ticks:
                    continue
                # A decoder guesses at what is damaged, and leaves out what is missing.
                if found == last or frame.is_corrupt or frame.pts != found * ticks:
                    break
                found += 1
                yield frame
    except (OSError, av.error.FFmpegError) as error:
        raise SourceNotMezzanine(
            gettext("Frame {frame} of the clip {name} cannot be read.").format(frame=found, name=path.name)
        ) from error
    if found != last:
        raise SourceNotMezzanine(
            gettext("Frame {frame} of the clip {name} is damaged or missing.").format(
                frame=found, name=path.name
            )
        )


def _decoded(
    container: av.container.InputContainer, stream: av.video.stream.VideoStream, *, ticks: int, last: int
) -> Iterator[av.VideoFrame]:
    """Up to the key frame that follows the wanted ones: it closes their group, so none comes after it."""
    for number, packet in mezzanine.packets(container, stream, ticks=ticks):
        if packet.is_keyframe and number >= last:
            break
        yield from packet.decode()
    yield from stream.codec_context.decode(None)
