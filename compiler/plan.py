"""How a film is put together: which packets are copied, and which frames are made anew.

Pure: reads a timeline, opens no file. A clip's file can be cut without loss only at its key
frames, and `encoding.key_frames` says where those are. Between two of them packets are copied
as they are. What is left at the seams is made again: the frames of a transition, the frames
between a cut and the next key frame, and those that words are written over.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction

from compiler import card, cut, timeline
from echoes.kernel import digests, shapes
from echoes.kernel.ffmpeg import encoding

# Enters the digest of every piece: change it whenever the same plan would give other pictures.
VERSION = "window-2"
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
class Overlay:
    """Words over a window, from its frame `first` on, which is negative where they began before it."""

    text: str
    place: str
    look: str
    first: int
    frames: int


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
    overlays: tuple[Overlay, ...] = ()

    @property
    def frames(self) -> int:
        right = self.right.length if self.right else 0
        return self.left.length + right - self.transition.frames

    @property
    def size(self) -> shapes.Size:
        return shapes.Size(self.width, self.height)

    @property
    def digest(self) -> str:
        return digests.of_recipe({"recipe": [VERSION, encoding.VERSION], "window": asdict(self)})


Piece = Copy | Window


@dataclass(frozen=True)
class Plan:
    """`starts` and `transitions` are what a preview needs: the film's frame at which each item begins,
    and what leads out of each but the last. `opening` and `closing` are the cards' files, or None; `cuts`
    what has to be made of clips that are not in the film's form."""

    size: shapes.Size
    fps: int
    pieces: tuple[Piece, ...]
    starts: tuple[int, ...]
    transitions: tuple[timeline.Transition, ...]
    opening: card.Card | None
    opening_transition: timeline.Transition
    closing: card.Card | None
    closing_transition: timeline.Transition
    cuts: tuple[cut.Cut, ...]
    total_frames: int

    @property
    def duration(self) -> Fraction:
        """Seconds."""
        return Fraction(self.total_frames, self.fps)

    @property
    def windows(self) -> tuple[Window, ...]:
        """Each once, in the order of the film."""
        return tuple(dict.fromkeys(piece for piece in self.pieces if isinstance(piece, Window)))

    @property
    def cards(self) -> tuple[card.Card, ...]:
        return tuple(filter(None, (self.opening, self.closing)))

    @property
    def digest(self) -> str:
        """Of the pictures alone: music does not change it."""
        return digests.of_recipe({"recipe": encoding.VERSION, "pieces": [asdict(p) for p in self.pieces]})


@dataclass(frozen=True)
class _Words:
    """A caption over a shot: frames `first` up to, but not with, `last` of the shot's file."""

    caption: timeline.Caption
    first: int
    last: int


@dataclass(frozen=True)
class _Shot:
    """Something that is played: a clip or a card, with what leads into it and out of it."""

    whole: Slice
    arrives: timeline.Transition
    leaves: timeline.Transition
    keys: tuple[int, ...]
    words: tuple[_Words, ...] = ()

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
    opening, closing = card.opening(film), card.closing(film)
    shots = _shots(film, opening, closing)
    bodies = [_body(shot) for shot in shots]
    pieces: list[Piece] = []
    for index, shot in enumerate(shots):
        following = index + 1
        pieces += _alone(film, shot, bodies[index])
        if shot.leaves.frames:
            left = _part(shot, bodies[index].last, shot.whole.last)
            right = _part(shots[following], shots[following].whole.first, bodies[following].first)
            window = _window(film, left, right, shot.leaves)
            pieces.append(_written(window, shot.words, shots[following].words))
    starts = _starts(shots)
    leaves = [shot.leaves for shot in shots[:-1]]
    first, last = bool(opening), len(shots) - bool(closing)
    cuts = {found.digest: found for item in film.items if (found := cut.of(film, item))}
    return Plan(
        size=film.size,
        fps=film.fps,
        pieces=tuple(pieces),
        starts=starts[first:last],
        transitions=tuple(leaves[first : last - 1]),
        opening=opening,
        opening_transition=leaves[0] if opening else timeline.CUT,
        closing=closing,
        closing_transition=leaves[-1] if closing else timeline.CUT,
        cuts=tuple(cuts.values()),
        total_frames=starts[-1] + shots[-1].whole.length,
    )


def _shots(film: timeline.Timeline, opening: card.Card | None, closing: card.Card | None) -> list[_Shot]:
    slices = [
        Slice(
            source=cut.source(film, item),
            frames=item.frames,
            first=item.trim_start,
            last=item.frames - item.trim_end,
        )
        for item in film.items
    ]
    words = [_words(film, index, whole) for index, whole in enumerate(slices)]
    leaves = [timeline.effective_transition(film, index) for index in range(len(slices) - 1)]
    if opening:
        slices.insert(0, _still(opening))
        words.insert(0, ())
        leaves.insert(0, timeline.effective_transition(film, -1))
    if closing:
        slices.append(_still(closing))
        words.append(())
        leaves.append(timeline.effective_transition(film, len(film.items) - 1))
    return [
        _Shot(whole=whole, arrives=before, leaves=after, keys=_keys(film, whole), words=said)
        for whole, before, after, said in zip(
            slices, [timeline.CUT, *leaves], [*leaves, timeline.CUT], words, strict=True
        )
    ]


def _still(made: card.Card) -> Slice:
    return Slice(source=made.digest, frames=made.frames, first=0, last=made.frames)


def _words(film: timeline.Timeline, index: int, whole: Slice) -> tuple[_Words, ...]:
    """What is written over an item; what would lie after its end is not there."""
    found = []
    for caption in film.captions:
        first = whole.first + caption.start
        last = min(first + caption.frames, whole.last)
        if caption.item == index and caption.text.strip() and first < last:
            found.append(_Words(caption, first, last))
    return tuple(found)


def _keys(film: timeline.Timeline, whole: Slice) -> tuple[int, ...]:
    return (*encoding.key_frames(fps=film.fps, frames=whole.frames), whole.frames)


def _body(shot: _Shot) -> Slice:
    """The part of a shot that no transition takes in; empty where too little of it lies between key frames.

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


def _alone(film: timeline.Timeline, shot: _Shot, body: Slice) -> Iterator[Piece]:
    """The body, and the windows at a shot's ends that no transition takes in."""
    if not shot.arrives.frames and not shot.leaves.frames and not body.length:
        yield _lone(film, shot, shot.whole)
        return
    if not shot.arrives.frames and body.first > shot.head:
        yield _lone(film, shot, _part(shot, shot.head, body.first))
    if body.length:
        yield from _parted(film, shot, body)
    if not shot.leaves.frames and body.last < shot.tail:
        yield _lone(film, shot, _part(shot, body.last, shot.tail))


def _parted(film: timeline.Timeline, shot: _Shot, body: Slice) -> Iterator[Piece]:
    """The body as it is, but for what words are written over: from the key frame before them to the one
    after."""
    keys = [key for key in shot.keys if body.first <= key <= body.last]
    groups = itertools.groupby(itertools.pairwise(keys), key=lambda pair: _over(shot.words, *pair))
    for over, pairs in groups:
        spans = list(pairs)
        part = _part(shot, spans[0][0], spans[-1][1])
        yield _lone(film, shot, part) if over else Copy(slice=part)


def _over(words: Sequence[_Words], first: int, last: int) -> bool:
    return any(said.first < last and first < said.last for said in words)


def _part(shot: _Shot, first: int, last: int) -> Slice:
    return Slice(source=shot.whole.source, frames=shot.whole.frames, first=first, last=last)


def _lone(film: timeline.Timeline, shot: _Shot, part: Slice) -> Window:
    return _written(_window(film, part, None, timeline.CUT), shot.words, ())


def _window(
    film: timeline.Timeline, left: Slice, right: Slice | None, transition: timeline.Transition
) -> Window:
    return Window(
        left=left,
        right=right,
        transition=transition,
        fps=film.fps,
        width=film.size.width,
        height=film.size.height,
    )


def _written(window: Window, left: Sequence[_Words], right: Sequence[_Words]) -> Window:
    """The window with what is said in it, of either shot."""
    drawn = [_overlay(said, at=window.left.first, origin=0) for said in left]
    if window.right:
        begins = window.left.length - window.transition.frames
        drawn += [_overlay(said, at=window.right.first, origin=begins) for said in right]
    seen = (words for words in drawn if words.first < window.frames and words.first + words.frames > 0)
    return replace(window, overlays=tuple(seen))


def _overlay(said: _Words, *, at: int, origin: int) -> Overlay:
    return Overlay(
        text=said.caption.text,
        place=said.caption.place,
        look=said.caption.look,
        first=origin + said.first - at,
        frames=said.last - said.first,
    )


def _starts(shots: list[_Shot]) -> tuple[int, ...]:
    starts = [0]
    for shot in shots[:-1]:
        starts.append(starts[-1] + shot.whole.length - shot.leaves.frames)
    return tuple(starts)
