from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler import beat, plan, timeline
from compiler.timeline import CUT, Item, Music, Timeline, Title, Transition
from echoes.kernel import media_time
from tests.compiler.films import film, timelines

A_MINUTE = 60 * media_time.TICKS_PER_SECOND
# 120 beats a minute: at 24 frames a second, a beat every 12 frames.
TWO_A_SECOND = tuple(range(0, A_MINUTE, 12_000))


def song(**changes: object) -> Music:
    return Music(**{"source": "m", "duration": A_MINUTE, **changes})  # type: ignore[arg-type]


def lengths(made: Timeline) -> list[int]:
    return [item.length for item in made.items]


def changes(made: Timeline) -> list[Fraction]:
    """The frames at which each item but the first comes in: the middle of the transition before it."""
    planned = plan.plan(made)
    return [
        start + Fraction(leaves.frames, 2)
        for start, leaves in zip(planned.starts[1:], planned.transitions, strict=True)
    ]


class TestCut:
    def test_ends_each_clip_on_the_last_beat_before_its_own_end(self) -> None:
        made = film(Item("a", 65), Item("b", 59), Item("c", 60), transition=CUT, music=song())
        cut = beat.cut(made, TWO_A_SECOND)
        assert changes(cut) == [60, 108]
        assert lengths(cut) == [60, 48, 60]
        assert plan.plan(cut).total_frames == 168

    def test_puts_the_middle_of_a_transition_on_the_beat(self) -> None:
        made = film(Item("a", 65), Item("b", 65), Item("c", 60), music=song())
        cut = beat.cut(made, TWO_A_SECOND)
        assert changes(cut) == [48, 96]
        assert lengths(cut) == [54, 60, 60]
        assert [change.frames for change in plan.plan(cut).transitions] == [12, 12]

    def test_takes_the_nearest_frame_of_a_beat_between_two(self) -> None:
        """88 beats a minute fall on no whole frame: 16.36, 32.73, 49.09."""
        beats = [round(Fraction(60 * number, 88) * media_time.TICKS_PER_SECOND) for number in range(88)]
        made = film(Item("a", 60), Item("b", 60), transition=CUT, music=song())
        assert changes(beat.cut(made, beats)) == [49]

    def test_leaves_what_was_cut_off_at_the_beginning(self) -> None:
        made = film(Item("a", 70, trim_start=5, trim_end=3), Item("b", 60), transition=CUT, music=song())
        assert beat.cut(made, TWO_A_SECOND).items[0] == Item(
            "a", 70, trim_start=5, trim_end=5, form=made.items[0].form
        )

    def test_moves_the_cards_changes_too(self) -> None:
        made = film(
            Item("a", 65),
            transition=CUT,
            music=song(),
            title=Title(text="Us", frames=30),
            end=Title(text="End", frames=30),
        )
        cut = beat.cut(made, TWO_A_SECOND)
        assert cut.title == Title(text="Us", frames=24)
        assert cut.end == made.end
        assert lengths(cut) == [60]

    def test_leaves_a_clip_whole_that_is_shorter_than_a_beat_and_finds_the_next(self) -> None:
        """A beat every two seconds: none falls within the last half of the first clip, or of the second."""
        beats = range(0, A_MINUTE, 48_000)
        made = film(Item("a", 30), Item("b", 14), Item("c", 60), Item("d", 60), transition=CUT, music=song())
        cut = beat.cut(made, beats)
        assert lengths(cut) == [30, 14, 52, 60]
        assert changes(cut) == [30, 44, 96]
        assert beat.on_beat(cut, beats) == (1, 3)

    def test_goes_on_with_the_next_round_of_music_that_starts_over(self) -> None:
        """Four seconds of music, with beats in the first two alone."""
        beats, music = [0, 24_000, 48_000], song(duration=96_000)
        made = film(*(Item(name, 60) for name in "abcd"), transition=CUT, music=music)
        assert changes(beat.cut(made, beats)) == [48, 96, 144]

    def test_finds_no_beat_after_music_that_has_ended(self) -> None:
        beats, music = [0, 24_000, 48_000], song(duration=96_000, loop=False)
        made = film(*(Item(name, 60) for name in "abcd"), transition=CUT, music=music)
        assert lengths(beat.cut(made, beats)) == [48, 60, 60, 60]

    def test_begins_with_the_music_where_that_begins(self) -> None:
        made = film(Item("a", 65), Item("b", 60), transition=CUT, music=song(offset=5_000))
        # Beats at 7, 19, 31, 43, 55 thousand ticks of the film: 55,000 ticks are frame 55.
        assert changes(beat.cut(made, TWO_A_SECOND)) == [55]

    @pytest.mark.parametrize("beats", [[], [A_MINUTE * 2]])
    def test_changes_nothing_without_beats(self, beats: list[int]) -> None:
        made = film(Item("a", 65), Item("b", 60), music=song())
        assert beat.cut(made, beats) == made

    def test_changes_nothing_without_music(self) -> None:
        made = film(Item("a", 65), Item("b", 60))
        assert beat.cut(made, TWO_A_SECOND) == made

    def test_keeps_half_a_clip_and_what_its_transitions_need(self) -> None:
        """A beat at the clip's first second alone would leave a fifth of it."""
        made = film(Item("a", 120), Item("b", 60), transition=CUT, music=song())
        assert lengths(beat.cut(made, [24_000])) == [120, 60]
        slow = film(Item("a", 60), Item("b", 60), transition=Transition("fade", 30), music=song())
        assert beat.cut(slow, TWO_A_SECOND) == slow

    @given(timelines(), st.lists(st.integers(0, 10**6), max_size=40).map(sorted))
    def test_shortens_and_nothing_else(self, made: Timeline, beats: list[int]) -> None:
        cut = beat.cut(made, beats)
        before, after = plan.plan(made), plan.plan(cut)
        assert after.transitions == before.transitions
        assert after.opening_transition == before.opening_transition
        assert after.closing_transition == before.closing_transition
        assert after.total_frames <= before.total_frames
        for old, new in zip(made.items, cut.items, strict=True):
            assert timeline.SHORTEST <= new.length <= old.length
            assert 2 * new.length >= old.length
            assert new.trim_start == old.trim_start
        assert beat.cut(cut, beats) == cut or not made.music

    @given(timelines(), st.lists(st.integers(0, 10**6), max_size=40).map(sorted))
    def test_puts_on_a_beat_whatever_it_moves(self, made: Timeline, beats: list[int]) -> None:
        cut = beat.cut(made, beats)
        shots = zip(beat._shots(made)[:-1], beat._shots(cut)[:-1], strict=True)
        moved = sum(old.length != new.length for old, new in shots)
        found, total = beat.on_beat(cut, beats)
        assert moved <= found <= total


class TestOnBeat:
    def test_counts_what_falls_on_a_beat(self) -> None:
        made = film(Item("a", 60), Item("b", 50), Item("c", 60), transition=CUT, music=song())
        assert beat.on_beat(made, TWO_A_SECOND) == (1, 2)

    def test_counts_none_of_a_single_clip(self) -> None:
        assert beat.on_beat(film(Item("a", 60), music=song()), TWO_A_SECOND) == (0, 0)
