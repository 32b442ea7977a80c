"""Compares a finished film with its plan, packet by packet.

What can be proven is proven, and what fails is a fault of ours: a film that fails is not handed out.

- Every packet of the film is, byte for byte, the packet that the plan takes from that place of that file.
  So what was found out about a take or a piece once, when it was made, holds for every film that it is in:
  its pictures can all be decoded (`clips.execution`, `window`, `decodes`), and its sound is as loud as was
  planned (`compiler.audio`).
- Every group of pictures of the film begins with one that can be decoded.
- A window is not black, and does not stand still, between two pictures that are neither black nor alike.

A black or still stretch in a clip is the clip's own (the film copies it, and somebody has chosen it), so
it is only a `Suspicion`, for staff to look at. A title card stands still by design.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.container
import av.error
import av.packet
from django.utils.translation import gettext

from compiler import join
from compiler.plan import Plan, Window
from echoes.kernel import errors, media_time, shapes
from echoes.kernel.errors import gettext_noop
from echoes.kernel.ffmpeg import looking, mezzanine, sprite
from echoes.kernel.ffmpeg.looking import STILL, Picture

RATE = 48_000
# Seconds from which on a black or still stretch is worth a word.
STRETCH = 1
# Bytes of a frame in which an encoder finds nothing changed, beside one for every hundred macroblocks.
STILL_PACKET = 40
# Windows that are shorter say nothing about standing still.
LOOK_AT_LEAST = 6


class FilmDiffersFromPlan(errors.EchoesError):
    """The film that was made is not the one that was planned."""

    code = "film_differs"

    def __init__(self, message: str = "", *, detail: str = "") -> None:
        super().__init__(message)
        self.stderr = detail
        """For staff; kept with the job as a tool's own words are."""


@dataclass(frozen=True)
class Suspicion:
    """A stretch of the film, in frames, that is `black` or `still` though nothing in the plan says so."""

    what: str
    first: int
    frames: int


@dataclass(frozen=True)
class Verified:
    """`duration` in seconds. `stills` are the key frames by their number, as wide as a cell of a sheet."""

    duration: Fraction
    width: int
    height: int
    frames: int
    suspicions: tuple[Suspicion, ...] = ()
    stills: Mapping[int, looking.Pixels] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class _Packet:
    frame: int
    size: int
    key: bool


def check(
    *, path: Path, plan: Plan, parts: Sequence[join.Part] | None = None, sound: Path | None = None
) -> Verified:
    """Format, size, every frame's time, the sound's length, that playback can start before the end of the
    download, and that the key frames can be decoded. With `parts` and `sound` (`render.ingredients`) also
    that the film holds exactly their packets. Raises FilmDiffersFromPlan."""
    try:
        _begins_with_index(path)
        with av.open(str(path)) as film:
            packets = _pictures(film, plan)
            _sound(film, plan)
        if parts is not None:
            _same_pictures(path, plan, parts)
        if sound is not None:
            _same_sound(path, sound)
        ticks = media_time.ticks_per_frame(plan.fps)
        keys = list(looking.pictures(path, ticks=ticks, keys_only=True, small=sprite.WIDTH))
        _same(
            gettext_noop("The film's number of key frames: planned {planned}, found {found}."),
            [packet.frame for packet in packets if packet.key],
            _frames(keys),
        )
    except (OSError, av.error.FFmpegError, looking.Undecodable) as error:
        raise FilmDiffersFromPlan(gettext("The film cannot be read: {error}").format(error=error)) from error
    width, height = plan.size
    return Verified(
        duration=plan.duration,
        width=width,
        height=height,
        frames=plan.total_frames,
        suspicions=tuple(_suspicions(plan, packets, keys)),
        stills={key.frame: key.small for key in keys if key.small is not None},
    )


def window(*, path: Path, window: Window, sources: Mapping[str, Path]) -> None:
    """Decodes all of a window that was just made, and compares it with the two clips that it joins.
    Raises FilmDiffersFromPlan."""
    ticks = media_time.ticks_per_frame(window.fps)
    try:
        made = list(looking.pictures(path, ticks=ticks))
        _same(
            gettext_noop("The film's number of frames in a window: planned {planned}, found {found}."),
            list(range(window.frames)),
            _frames(made),
        )
        if window.right is None or window.frames < LOOK_AT_LEAST:
            return
        left = looking.first(sources[window.left.source], ticks=ticks, at=window.left.first)
        right = looking.first(sources[window.right.source], ticks=ticks, at=window.right.last - 1)
    except looking.Undecodable as error:
        raise FilmDiffersFromPlan(
            gettext("A transition cannot be decoded: {error}").format(error=error)
        ) from error
    if all(picture.black for picture in made) and not left.black and not right.black:
        raise FilmDiffersFromPlan(gettext("A transition is black between two clips that are not."))
    apart = left.distance(right)
    if apart >= looking.APART and max(made[0].distance(other) for other in made) <= STILL:
        raise FilmDiffersFromPlan(
            gettext("A transition stands still."),
            detail=f"the clips that it joins are {apart:.1f} steps apart",
        )


def decodes(*, path: Path, frames: int, fps: int) -> None:
    """Decodes all of a file, which is to hold exactly so many frames. Raises FilmDiffersFromPlan."""
    try:
        looking.whole(path, frames=frames, fps=fps)
    except looking.Undecodable as error:
        raise FilmDiffersFromPlan(str(error)) from error


def _begins_with_index(path: Path) -> None:
    """`moov` before `mdat`, read from the boxes of the file."""
    with path.open("rb") as file:
        while len(head := file.read(8)) == 8:
            size, kind = int.from_bytes(head[:4]), head[4:]
            if kind == b"moov":
                return
            _same(
                gettext_noop("The film's index: planned {planned}, found {found}."),
                "before the pictures",
                "after them" if kind == b"mdat" else "before the pictures",
            )
            file.seek(size - 8, 1)
    raise FilmDiffersFromPlan(gettext("The film has no index."))


def _pictures(film: av.container.InputContainer, plan: Plan) -> list[_Packet]:
    """The packets in the order in which they are shown."""
    _same(
        gettext_noop("The film's tracks: planned {planned}, found {found}."),
        ["audio", "video"],
        sorted(stream.type for stream in film.streams),
    )
    stream = film.streams.video[0]
    context = stream.codec_context
    facts = (context.name, context.codec_tag, context.pix_fmt, context.width, context.height)
    _same(
        gettext_noop("The film's picture format: planned {planned}, found {found}."),
        ("h264", "avc1", "yuv420p", *plan.size),
        facts,
    )
    _same(
        gettext_noop("The film's frame rate: planned {planned}, found {found}."),
        plan.fps,
        stream.average_rate,
    )
    ticks = media_time.ticks_per_frame(plan.fps)
    packets = [packet for packet in film.demux(stream) if packet.size]
    _same(
        gettext_noop("The film's number of frames: planned {planned}, found {found}."),
        plan.total_frames,
        len(packets),
    )
    times = sorted(packet.pts if packet.pts is not None else -1 for packet in packets)
    if times != [frame * ticks for frame in range(plan.total_frames)]:
        raise FilmDiffersFromPlan(gettext("The film's frames are not evenly spaced."))
    _same(
        gettext_noop("The film's first frame: planned {planned}, found {found}."),
        True,
        packets[0].is_keyframe,
    )
    found = [_Packet((packet.pts or 0) // ticks, packet.size, packet.is_keyframe) for packet in packets]
    return sorted(found, key=lambda packet: packet.frame)


def _sound(film: av.container.InputContainer, plan: Plan) -> None:
    stream = film.streams.audio[0]
    context = stream.codec_context
    _same(
        gettext_noop("The film's sound format: planned {planned}, found {found}."),
        ("aac", RATE, 2),
        (context.name, context.sample_rate, context.channels),
    )
    length = (stream.duration or 0) * (stream.time_base or Fraction(1))
    # The header counts a little differently from one writer to the next, never by a whole frame.
    if abs(length - plan.duration) >= Fraction(1, plan.fps):
        raise FilmDiffersFromPlan(
            gettext("The sound lasts {seconds} s, not {planned} s.").format(
                seconds=f"{float(length):.3f}", planned=f"{float(plan.duration):.3f}"
            )
        )


def _same_pictures(path: Path, plan: Plan, parts: Sequence[join.Part]) -> None:
    ticks = media_time.ticks_per_frame(plan.fps)
    parameter_sets = mezzanine.read(parts[0].path).parameter_sets
    planned = (
        (part, frame, bytes(packet))
        for part in parts
        for frame, packet in join.packets_of(part, parameter_sets, ticks=ticks)
    )
    with looking.opened(path) as film:
        for found, wanted in itertools.zip_longest(_bytes(film.demux(video=0)), planned):
            if wanted is None or found != wanted[2]:
                where = f"{wanted[0].path.name}, frame {wanted[1]}" if wanted else "after its end"
                raise FilmDiffersFromPlan(
                    gettext("The film holds other pictures than were planned."), detail=where
                )


def _same_sound(path: Path, sound: Path) -> None:
    with looking.opened(path) as film, looking.opened(sound) as planned:
        pairs = itertools.zip_longest(_bytes(film.demux(audio=0)), _bytes(planned.demux(audio=0)))
        for number, (found, wanted) in enumerate(pairs):
            if found != wanted:
                raise FilmDiffersFromPlan(gettext("The film has another sound."), detail=f"packet {number}")


def _bytes(packets: Iterator[av.packet.Packet[Any]]) -> Iterator[bytes]:
    return (bytes(packet) for packet in packets if packet.size)


def _suspicions(plan: Plan, packets: Sequence[_Packet], keys: Sequence[Picture]) -> Iterator[Suspicion]:
    begins = plan.opening.frames if plan.opening else 0
    ends = plan.total_frames - (plan.closing.frames if plan.closing else 0)
    stretches = (("black", _dark(packets, keys)), ("still", _still(packets, keys, size=plan.size)))
    for what, flags in stretches:
        for first, frames in _runs(flags):
            if frames >= STRETCH * plan.fps and (what == "black" or begins <= first < ends):
                yield Suspicion(what, first, frames)


def _dark(packets: Sequence[_Packet], keys: Sequence[Picture]) -> list[bool]:
    """Of each frame, whether the key frame that it follows is black."""
    black = {key.frame: key.black for key in keys}
    last = False
    return [last := black.get(packet.frame, last) for packet in packets]


def _still(packets: Sequence[_Packet], keys: Sequence[Picture], *, size: shapes.Size) -> list[bool]:
    """Of each frame, whether it is the one before again: the size of its packet says so. A key frame is whole
    in itself, so it is compared with the key frame before it."""
    small = STILL_PACKET + size.width * size.height // 256 // 100
    same = {after.frame for before, after in itertools.pairwise(keys) if before.distance(after) <= STILL}
    return [packet.frame in same if packet.key else packet.size <= small for packet in packets]


def _runs(flags: Iterable[bool]) -> Iterator[tuple[int, int]]:
    """Where each stretch of true ones begins, and how long it is."""
    for flag, group in itertools.groupby(enumerate(flags), key=lambda pair: pair[1]):
        if flag:
            found = list(group)
            yield found[0][0], len(found)


def _frames(pictures: Iterable[Picture]) -> list[int]:
    return [picture.frame for picture in pictures]


def _same(sentence: str, planned: object, found: object) -> None:
    if planned != found:
        raise FilmDiffersFromPlan(
            gettext(sentence).format(planned=_short(planned), found=_short(found)),
            detail=f"planned {planned}\nfound {found}",
        )


def _short(value: object) -> object:
    return f"{len(value)}" if isinstance(value, list) and len(value) > 4 else value
