"""Takes single pictures out of a finished film: only what is asked for is decoded, on one thread."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import av.container
import av.error
import av.video.stream

from echoes.kernel import errors
from echoes.kernel.ffmpeg import looking
from echoes.kernel.shapes import Size

Picture = looking.Pixels
NONE_TAKEN = errors.gettext_noop("No picture could be taken from {name}: {error}")


class NoPicture(errors.EchoesError):
    """No picture could be taken from this film."""

    code = "no_picture"


class Film:
    """`keys` are the frames that can be decoded without any other, ascending."""

    def __init__(self, container: av.container.InputContainer, stream: av.video.stream.VideoStream) -> None:
        self._container, self._stream = container, stream
        stream.codec_context.thread_count = 1
        self._ticks = 1 / (Fraction(stream.average_rate or 0) * Fraction(stream.time_base or 0))
        self.fps = round(Fraction(stream.average_rate or 0))
        self.frames = stream.frames
        self.size = Size(stream.codec_context.width, stream.codec_context.height)
        self.keys = self._keys()
        self._changes = [0 if entry.is_keyframe else entry.size for entry in stream.index_entries]

    def still(self, key: int, *, width: int) -> Picture:
        """A key frame, at most so wide."""
        self._seek(key)
        packet = next(self._container.demux(self._stream))
        context = self._stream.codec_context
        # Told that this was all, the decoder gives back what it has; otherwise it is two frames behind.
        return looking.pixels([*context.decode(packet), *context.decode(None)][0], width=width)

    def moment(self, first: int, last: int, *, fps: int, width: int) -> Iterator[Picture]:
        """From frame `first` up to, but not with, `last`: `fps` pictures a second, at most so wide."""
        step = max(Fraction(1), Fraction(self.fps, fps))
        wanted = {first + round(number * step) for number in range(last - first)}
        self._seek(first)
        for frame in self._container.decode(self._stream):
            number = round((frame.pts or 0) / self._ticks)
            if number >= last:
                return
            if number in wanted:
                yield looking.pixels(frame, width=width)

    def changes(self, first: int, last: int) -> int:
        """How much happens from frame `first` to `last`: bytes that it takes to write, by the index."""
        return sum(self._changes[first:last])

    def _keys(self) -> tuple[int, ...]:
        """Read from the index, whose times are those of decoding: all a little, and equally, early."""
        entries = self._stream.index_entries
        keys = [entry.timestamp for entry in entries if entry.is_keyframe]
        return tuple(round((key - keys[0]) / self._ticks) for key in keys)

    def _seek(self, frame: int) -> None:
        self._container.seek(round(frame * self._ticks), stream=self._stream)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Film]:
    """The film, to take pictures from. Whatever cannot be read or decoded raises NoPicture."""
    try:
        with looking.opened(path) as container:
            film = Film(container, container.streams.video[0])
            if not film.keys or not film.frames:
                raise NoPicture
            yield film
    except (OSError, IndexError, StopIteration, ZeroDivisionError, av.error.FFmpegError) as error:
        raise NoPicture(errors.Sentence(NONE_TAKEN, {"name": path.name, "error": error})) from error
