from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from compiler import cut, plan, timeline
from compiler.plan import Copy, Window
from compiler.timeline import Caption, Filmed, Focus, Item, Timeline, Title, Transition
from echoes.kernel import shapes
from echoes.kernel.ffmpeg import encoding
from tests.compiler.films import film, timelines, transitions

Shown = list[tuple[tuple[str, int], ...]]


def expected(made: Timeline) -> Shown:
    """What every frame of the film shows, laid out without any thought of key frames."""
    shots = [
        (cut.source(made, item), range(item.trim_start, item.frames - item.trim_end)) for item in made.items
    ]
    joins = [timeline.effective_transition(made, index).frames for index in range(len(made.items) - 1)]
    if made.title:
        card = plan.plan(made).opening
        assert card is not None
        shots.insert(0, (card.digest, range(made.title.frames)))
        joins.insert(0, timeline.effective_transition(made, -1).frames)
    if made.end:
        closing = plan.plan(made).closing
        assert closing is not None
        shots.append((closing.digest, range(made.end.frames)))
        joins.append(timeline.effective_transition(made, len(made.items) - 1).frames)
    shown: Shown = []
    for (source, frames), overlap in zip(shots, [0, *joins], strict=True):
        start = len(shown) - overlap
        for index, frame in enumerate(frames, start):
            if index < len(shown):
                shown[index] += ((source, frame),)
            else:
                shown.append(((source, frame),))
    return shown


def planned(made: plan.Plan) -> Shown:
    shown: Shown = []
    for piece in made.pieces:
        slices = (piece.slice,) if isinstance(piece, Copy) else (piece.left, piece.right)
        overlap = 0
        for part in filter(None, slices):
            start = len(shown) - overlap
            for index, frame in enumerate(range(part.first, part.last), start):
                if index < len(shown):
                    shown[index] += ((part.source, frame),)
                else:
                    shown.append(((part.source, frame),))
            overlap = piece.transition.frames if isinstance(piece, Window) else 0
    return shown


def said(made: Timeline) -> list[set[str]]:
    """What is written over each frame of the film, in whatever place, laid out from the clips' own frames."""
    result = plan.plan(made)
    over: list[set[str]] = [set() for _ in range(result.total_frames)]
    for caption in made.captions:
        item = made.items[caption.item]
        for frame in range(caption.start, min(caption.start + caption.frames, item.length)):
            if caption.text.strip():
                over[result.starts[caption.item] + frame].add(caption.text)
    return over


def drawn(made: plan.Plan) -> list[set[str]]:
    over: list[set[str]] = []
    for piece in made.pieces:
        words = piece.overlays if isinstance(piece, Window) else ()
        over += [
            {word.text for word in words if word.first <= frame < word.first + word.frames}
            for frame in range(piece.frames)
        ]
    return over


class TestPlan:
    @given(timelines())
    def test_writes_words_where_they_are_said_and_nowhere_else(self, made: Timeline) -> None:
        assert drawn(plan.plan(made)) == said(made)

    @given(timelines())
    def test_shows_every_frame_once_and_in_its_place(self, made: Timeline) -> None:
        result = plan.plan(made)
        assert planned(result) == expected(made)
        assert sum(piece.frames for piece in result.pieces) == result.total_frames

    @given(timelines())
    def test_copies_from_key_frame_to_key_frame(self, made: Timeline) -> None:
        for piece in plan.plan(made).pieces:
            if isinstance(piece, Copy):
                keys = encoding.key_frames(fps=made.fps, frames=piece.slice.frames)
                assert piece.slice.first in keys
                assert piece.slice.last in (*keys, piece.slice.frames)

    @given(timelines())
    def test_makes_no_piece_of_a_single_frame(self, made: Timeline) -> None:
        assert all(piece.frames >= 2 for piece in plan.plan(made).pieces)

    @given(timelines())
    def test_tells_a_preview_where_clips_begin(self, made: Timeline) -> None:
        result = plan.plan(made)
        first = made.title.frames - result.opening_transition.frames if made.title else 0
        assert len(result.transitions) == len(made.items) - 1
        assert result.starts[0] == first
        assert len(result.starts) == len(made.items)
        for index, transition in enumerate(result.transitions):
            gap = result.starts[index + 1] - result.starts[index]
            assert gap == made.items[index].length - transition.frames

    def test_makes_only_the_transition_when_it_falls_on_key_frames(self) -> None:
        result = plan.plan(film(Item("a", 120), Item("b", 120)))
        assert [piece.frames for piece in result.pieces] == [108, 12, 108]
        assert [window.frames for window in result.windows] == [12]

    def test_reaches_to_the_next_key_frame_otherwise(self) -> None:
        result = plan.plan(film(Item("a", 120), Item("b", 120), transition=Transition("fade", 17)))
        (window,) = result.windows
        assert (window.left.first, window.right and window.right.last) == (60, 60)

    def test_makes_the_edge_of_a_trimmed_clip(self) -> None:
        result = plan.plan(film(Item("a", 120, trim_start=5, trim_end=7)))
        edge, body, other = result.pieces
        assert isinstance(edge, Window) and isinstance(body, Copy) and isinstance(other, Window)
        assert (edge.frames, body.frames, other.frames) == (7, 96, 5)

    def test_copies_the_whole_of_a_single_clip(self) -> None:
        (piece,) = plan.plan(film(Item("a", 120))).pieces
        assert isinstance(piece, Copy)
        assert piece.frames == 120

    def test_makes_no_windows_for_cuts(self) -> None:
        made = film(*(Item(name, 60) for name in "abc"), transition=Transition("none", 12))
        assert plan.plan(made).windows == ()

    def test_is_quick_and_exact_for_two_hundred_tiny_clips(self) -> None:
        made = film(*(Item("abcd"[index % 4], 5) for index in range(200)), title=Title(text="A", frames=24))
        result = plan.plan(made)
        assert result.total_frames == 24 + 200 * 5 - 200 * 2
        assert sum(piece.frames for piece in result.pieces) == result.total_frames

    def test_gives_equal_windows_one_digest(self) -> None:
        made = film(Item("a", 60), Item("b", 60), Item("a", 60), Item("b", 60))
        windows = plan.plan(made).windows
        assert len(windows) == 2
        assert windows[0].digest == plan.plan(film(Item("a", 60), Item("b", 60))).windows[0].digest

    def test_gives_another_digest_to_other_pictures(self) -> None:
        films = (
            film(Item("a", 60), Item("b", 60)),
            film(Item("a", 60), Item("c", 60)),
            film(Item("a", 60), Item("b", 60), aspect="9:16"),
            film(Item("a", 60), Item("b", 60), transition=Transition("slide", 12)),
            film(Item("a", 60), Item("b", 60), transition=Transition("fade", 11)),
        )
        assert len({plan.plan(made).windows[0].digest for made in films}) == len(films)

    @given(timelines(), st.data())
    def test_changes_nothing_outside_of_what_a_change_touches(
        self, made: Timeline, data: st.DataObject
    ) -> None:
        """Another transition out of one clip makes other pieces of it and of the next, and of no other."""
        index = data.draw(st.integers(0, len(made.items) - 1))
        other = replace(made.items[index], transition=data.draw(transitions()))
        changed = replace(made, items=(*made.items[:index], other, *made.items[index + 1 :]))
        before, after = plan.plan(made), plan.plan(changed)
        touched = {cut.source(made, item) for item in made.items[index : index + 2]}
        touched |= {card.digest for card in (before.closing,) if card and index == len(made.items) - 1}
        for piece in set(after.pieces) - set(before.pieces):
            parts = [piece.slice] if isinstance(piece, Copy) else [piece.left, piece.right]
            assert {part.source for part in parts if part} & touched

    def test_copies_what_no_words_are_written_over(self) -> None:
        words = Caption(item=0, text="Here", start=30, frames=20)
        copied, window, rest = plan.plan(film(Item("a", 240), captions=(words,))).pieces
        assert isinstance(copied, Copy) and isinstance(window, Window) and isinstance(rest, Copy)
        assert window.overlays == (plan.Overlay("Here", "bottom", "plain", 30 - window.left.first, 20),)

    def test_writes_on_into_a_transition(self) -> None:
        words = Caption(item=0, text="Here", start=100, frames=90)
        made = plan.plan(film(Item("a", 120), Item("b", 120), captions=(words,)))
        lone, joined = made.windows
        assert lone.left.first + lone.overlays[0].first == joined.left.first + joined.overlays[0].first == 100
        assert joined.overlays[0].frames == lone.overlays[0].frames == 20

    def test_films_a_clip_again_in_anwrong_shape(self) -> None:
        filmed = Filmed(photo="p", model="local", prompt="", seed=3, seconds=5)
        made = film(Item("a", 120, filmed=filmed), Item("b", 120, filmed=filmed))
        assert plan.plan(made).cuts == ()
        tall = plan.plan(made.in_shape("9:16"))
        (again,) = tall.cuts
        assert (again.needs, again.size) == ("p", shapes.size("9:16"))
        assert {part.source for window in tall.windows for part in (window.left,)} == {again.digest}

    def test_cuts_a_clip_again_that_cannot_be_filmed(self) -> None:
        short = Filmed(photo="p", model="local", prompt="", seed=3, seconds=4)
        made = film(Item("a", 120), Item("b", 120, filmed=short))
        assert [found.needs for found in plan.plan(made.in_shape("1:1")).cuts] == ["a", "b"]

    def test_cuts_a_clip_again_for_a_focus_in_this_shape_alone(self) -> None:
        made = film(Item("a", 120, focus=(Focus("1:1", 1, 2), Focus("16:9", 3, 4))))
        (found,) = plan.plan(made).cuts
        assert found.focus == (3, 4)

    def test_does_not_let_music_change_the_pictures(self) -> None:
        made = film(Item("a", 60), Item("b", 60))
        loud = film(Item("a", 60), Item("b", 60), music=timeline.Music("m", 9))
        assert plan.plan(made).digest == plan.plan(loud).digest
