"""How a film is put together: which packets are copied, and which frames are made anew.

Pure: reads a timeline, opens no file. A clip's file can be cut without loss only at its key
frames, and `encoding.key_frames` says where those are. Between two of them packets are copied
as they are. What is left at the seams is made again: the frames of a transition, and the
frames between a cut and the next key frame.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from fractions import Fraction

from compiler import card, timeline
from echoes.kernel import digests, shapes
from echoes.kernel.ffmpeg import encoding

# Enters the digest of every piece: change it whenever the same plan would give other pictures.
VERSION = "window-1"
COPY_AT_LEAST = 2


@dataclass(frozen=True)
class Slice:
    """Frames `first` up to, but not with, `last` of a file that is `frames` long."""

    source: str
    frames: int
    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first


@dataclass(frozen=True)
class Copy:
    """Packets that are taken over as they are; both ends are key frames of the file, or its end."""

    slice: Slice

    @property
    def frames(self) -> int:
        return self.slice.length


@dataclass(frozen=True)
class Window:
    """Frames that are made anew: one slice decoded and encoded, or two that overlap in a transition.

    `digest` names the file that holds it: equal windows of any film are the same file.
    """

    left: Slice
    right: Slice | None
    transition: timeline.Transition
    fps: int
    width: int
    height: int

    @property
    def frames(self) -> int:
        right = self.right.length if self.right else 0
        return self.left.length + right - self.transition.frames

    @property
    def digest(self) -> str:
        return digests.of_recipe({"recipe": [VERSION, encoding.VERSION], "window": asdict(self)})


Piece = Copy | Window


@dataclass(frozen=True)
class Plan:
    """`starts` and `transitions` are what a preview needs: the film's frame at which each item begins,
    and what leads out of each but the last. `card` is the title's file, or None."""

    aspect: str
    fps: int
    pieces: tuple[Piece, ...]
    starts: tuple[int, ...]
    transitions: tuple[timeline.Transition, ...]
    title_transition: timeline.Transition
    card: card.Card | None
    total_frames: int

    @property
    def duration(self) -> Fraction:
        """Seconds."""
        return Fraction(self.total_frames, self.fps)

    @property
    def size(self) -> shapes.Size:
        return shapes.size(self.aspect)

    @property
    def windows(self) -> tuple[Window, ...]:
        """Each once, in the order of the film."""
        return tuple(dict.fromkeys(piece for piece in self.pieces if isinstance(piece, Window)))

    @property
    def digest(self) -> str:
        """Of the pictures alone: music does not change it."""
        return digests.of_recipe({"recipe": encoding.VERSION, "pieces": [asdict(p) for p in self.pieces]})


@dataclass(frozen=True)
class _Shot:
    """Something that is played: a clip or the title card, with what leads into it and out of it."""

    whole: Slice
    arrives: timeline.Transition
    leaves: timeline.Transition
    keys: tuple[int, ...]

    @property
    def head(self) -> int:
        """The first frame that is this shot's alone."""
        return self.whole.first + self.arrives.frames

    @property
    def tail(self) -> int:
        """The frame after the last that is this shot's alone."""
        return self.whole.last - self.leaves.frames


def plan(film: timeline.Timeline) -> Plan:
    """Never opens a file, so it can be made while a page renders."""
    title = card.of(film)
    shots = _shots(film, title)
    bodies = [_body(shot) for shot in shots]
    pieces: list[Piece] = []
    for index, shot in enumerate(shots):
        following = index + 1
        pieces += _alone(film, shot, bodies[index])
        if shot.leaves.frames:
            left = _part(shot, bodies[index].last, shot.whole.last)
            right = _part(shots[following], shots[following].whole.first, bodies[following].first)
            pieces.append(_window(film, left, right, shot.leaves))
    starts = _starts(shots)
    leaves = tuple(shot.leaves for shot in shots[:-1])
    return Plan(
        aspect=film.aspect,
        fps=film.fps,
        pieces=tuple(pieces),
        starts=starts[1:] if title else starts,
        transitions=leaves[1:] if title else leaves,
        title_transition=leaves[0] if title else timeline.CUT,
        card=title,
        total_frames=starts[-1] + shots[-1].whole.length,
    )


def _shots(film: timeline.Timeline, title: card.Card | None) -> list[_Shot]:
    slices = [
        Slice(source=item.source, frames=item.frames, first=item.trim_start, last=item.frames - item.trim_end)
        for item in film.items
    ]
    leaves = [timeline.effective_transition(film, index) for index in range(len(slices) - 1)]
    if title:
        slices.insert(0, Slice(source=title.digest, frames=title.frames, first=0, last=title.frames))
        leaves.insert(0, timeline.effective_transition(film, -1))
    arrives = [timeline.CUT, *leaves]
    leaves.append(timeline.CUT)
    return [
        _Shot(whole=whole, arrives=before, leaves=after, keys=_cuts(film, whole))
        for whole, before, after in zip(slices, arrives, leaves, strict=True)
    ]


def _cuts(film: timeline.Timeline, whole: Slice) -> tuple[int, ...]:
    return (*encoding.key_frames(fps=film.fps, frames=whole.frames), whole.frames)


def _body(shot: _Shot) -> Slice:
    """The part of a shot that is copied; empty where too little of it lies between key frames.

    An empty body lies where its frames are made instead: at the end of the arriving window where
    there is one, else at the start of the leaving one, else the shot is a window by itself.
    """
    firsts = [key for key in shot.keys if _reachable(key - shot.head, joined=shot.arrives.frames > 0)]
    lasts = [key for key in shot.keys if _reachable(shot.tail - key, joined=shot.leaves.frames > 0)]
    if firsts and lasts and lasts[-1] - firsts[0] >= COPY_AT_LEAST:
        return _part(shot, firsts[0], lasts[-1])
    where = shot.tail if shot.arrives.frames else shot.head
    return _part(shot, where, where)


def _reachable(distance: int, *, joined: bool) -> bool:
    """Whether the frames up to a key frame can be made: in a transition's window, or in one of their own."""
    return distance == 0 or distance >= (1 if joined else timeline.SHORTEST)


def _alone(film: timeline.Timeline, shot: _Shot, body: Slice) -> list[Piece]:
    """The body, and the windows at a shot's ends that no transition takes in."""
    edges: list[Piece] = []
    if not shot.arrives.frames and not shot.leaves.frames and not body.length:
        return [_window(film, shot.whole, None, timeline.CUT)]
    if not shot.arrives.frames and body.first > shot.head:
        edges.append(_window(film, _part(shot, shot.head, body.first), None, timeline.CUT))
    if body.length:
        edges.append(Copy(slice=body))
    if not shot.leaves.frames and body.last < shot.tail:
        edges.append(_window(film, _part(shot, body.last, shot.tail), None, timeline.CUT))
    return edges


def _part(shot: _Shot, first: int, last: int) -> Slice:
    return Slice(source=shot.whole.source, frames=shot.whole.frames, first=first, last=last)


def _window(
    film: timeline.Timeline, left: Slice, right: Slice | None, transition: timeline.Transition
) -> Window:
    size = shapes.size(film.aspect)
    return Window(
        left=left,
        right=right,
        transition=transition,
        fps=film.fps,
        width=size.width,
        height=size.height,
    )


def _starts(shots: list[_Shot]) -> tuple[int, ...]:
    starts = [0]
    for shot in shots[:-1]:
        starts.append(starts[-1] + shot.whole.length - shot.leaves.frames)
    return tuple(starts)
