"""Listens to a recording that somebody brought: how long it is, how loud, what its outline looks like, and
where its beats fall."""

from __future__ import annotations

import contextlib
import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.error
import av.filter
import numpy as np
from av.container import InputContainer

from echoes.kernel.errors import EchoesError
from echoes.kernel.ffmpeg import probe
from providers.local.sound import beats, waveform
from providers.local.sound.filters import Numbers
from providers.local.sound.loudness import SILENCE_LUFS

# Only these demuxers may look at the file: a playlist among them could make ffmpeg open other files.
FORMATS = "mp3,wav,w64,mov,flac,ogg"
OUTLINE_RATE = beats.RATE
OUTLINE_SAMPLES = OUTLINE_RATE // 20
FRAME_SAMPLES = OUTLINE_SAMPLES * 20
FULL_SCALE = 32_768


class NotAudio(EchoesError):
    """This file is not music that can be read. MP3, WAV, M4A, FLAC and OGG work."""

    code = "not_audio"


@dataclass(frozen=True)
class Measured:
    """`duration` in seconds, of what could really be decoded; `peaks` are 120 numbers 0..100. `loudness` in
    LUFS, None for silence; `beats` in seconds, none where no beat is plain."""

    duration: Fraction
    peaks: tuple[int, ...]
    loudness: float | None
    beats: tuple[Fraction, ...] = ()


def measure(*, path: Path, demuxer: str = "") -> Measured:
    """Decodes the whole recording once, a second at a time. Raises NotAudio."""
    try:
        with _opened(path, demuxer) as container:
            return _measure(container)
    except av.error.FFmpegError as error:
        raise NotAudio from error


def _opened(path: Path, demuxer: str) -> InputContainer:
    if demuxer:
        return probe.open_media(path, demuxer)
    return av.open(str(path), options={"format_whitelist": FORMATS, "protocol_whitelist": "file"})


def _measure(container: InputContainer) -> Measured:
    _refuse_pictures(container)
    seconds = Fraction(0)
    powers = array("d")  # twenty numbers a second: a megabyte for two hours
    outline = av.AudioResampler(format="s16", layout="mono", rate=OUTLINE_RATE, frame_size=FRAME_SAMPLES)
    meter, onsets = _Meter(), beats.Onsets()
    for frame in _alike(_decoded(container)):
        seconds += Fraction(frame.samples, frame.sample_rate)
        meter.hear(frame)
        for piece in outline.resample(frame):
            powers.extend(_powers(samples := _samples(piece)))
            onsets.hear(samples)
    if not seconds:
        raise NotAudio("There is no sound in this file.")
    for piece in outline.resample(None):
        powers.extend(_powers(samples := _samples(piece)))
        onsets.hear(samples)
    return Measured(
        duration=seconds,
        peaks=waveform.peaks(np.frombuffer(powers, dtype=np.float64)),
        loudness=meter.integrated,
        beats=onsets.beats(),
    )


def _refuse_pictures(container: InputContainer) -> None:
    if not container.streams.audio or container.streams.audio[0].codec_context is None:
        raise NotAudio("There is no sound in this file.")
    moving = [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
    if moving:
        raise NotAudio("This is a video. Please choose a music file: MP3, WAV, M4A, FLAC or OGG.")


def _decoded(container: InputContainer) -> Iterator[av.AudioFrame]:
    """Frames of the first audio stream; a damaged packet is skipped, as players do."""
    stream = container.streams.audio[0]
    for packet in container.demux(stream):
        try:
            yield from stream.decode(packet)
        except av.error.InvalidDataError:
            continue


def _alike(frames: Iterator[av.AudioFrame]) -> Iterator[av.AudioFrame]:
    """All as the first is: some recordings go from mono to stereo, or to another rate, in the middle."""
    first: tuple[str, str, int] | None = None
    converters: dict[tuple[str, str, int], av.AudioResampler] = {}
    for frame in frames:
        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        first = first or form
        if form == first:
            yield frame
            continue
        if form not in converters:
            converters[form] = av.AudioResampler(*first)
        yield from converters[form].resample(frame)


def _samples(piece: av.AudioFrame) -> Numbers:
    return piece.to_ndarray().reshape(-1).astype(np.float64) / FULL_SCALE


def _powers(samples: Numbers) -> list[float]:
    """Mean squares of each twentieth of a second."""
    starts = range(0, len(samples), OUTLINE_SAMPLES)
    return [float(np.square(samples[start : start + OUTLINE_SAMPLES]).mean()) for start in starts]


class _Meter:
    """ffmpeg's own meter of EBU R 128, which hears a recording a few samples at a time."""

    def __init__(self) -> None:
        self.integrated: float | None = None
        """LUFS of everything so far, None for silence."""
        self._graph: av.filter.Graph | None = None

    def hear(self, frame: av.AudioFrame) -> None:
        graph = self._graph = self._graph or _metering(frame)
        graph.push(frame)
        with contextlib.suppress(av.error.BlockingIOError):  # it wants more before it says more
            while True:
                self._note(graph.pull().metadata.get("lavfi.r128.I", ""))

    def _note(self, told: str) -> None:
        if told and math.isfinite(number := float(told)):
            self.integrated = round(number, 2) if number > SILENCE_LUFS else None


def _metering(first: av.AudioFrame) -> av.filter.Graph:
    graph = av.filter.Graph()
    source = graph.add_abuffer(
        sample_rate=first.sample_rate,
        format=first.format.name,
        layout=first.layout.name,
        time_base=first.time_base or Fraction(1, first.sample_rate),
    )
    meter, sink = graph.add("ebur128", "metadata=1:framelog=quiet"), graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    return graph
