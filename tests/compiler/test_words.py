from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from compiler import words


class TestClean:
    def test_joins_spaces_and_drops_controls(self) -> None:
        assert words.clean("  A\x00\tsummer\x1b \r\n\n by the  sea ") == "A summer\nby the sea"

    def test_replaces_halves_of_characters(self) -> None:
        assert words.clean("a\ud800b") == "a\ufffdb"

    def test_takes_directions_away(self) -> None:
        assert words.clean("\u202eabc\u2069") == "abc"

    @given(st.text(max_size=300))
    def test_settles(self, text: str) -> None:
        assert words.clean(words.clean(text)) == words.clean(text)

    def test_cuts_ten_thousand_characters(self) -> None:
        assert len(words.clean("word " * 2_000)) <= words.LONGEST + 1


class TestCut:
    def test_leaves_a_short_text_alone(self) -> None:
        assert words.cut("abc", 3) == "abc"

    def test_marks_what_is_missing(self) -> None:
        assert words.cut("abc def", 4) == "abc…"

    def test_does_not_part_what_belongs_together(self) -> None:
        assert words.cut("ae\u0301x", 2) == "a…"
        assert words.cut("a👍🏽x", 2) == "a…"
        assert words.cut("a👩\u200d👧x", 2) == "a…"
        assert words.cut("a👩\u200d👧x", 3) == "a…"
        assert words.cut("a🇸🇪x", 2) == "a…"

    def test_ends_with_nothing_but_marks(self) -> None:
        assert words.cut("\u0301" * 50, 20) == "…"


class TestDirected:
    def test_follows_the_first_letter_of_each_line(self) -> None:
        assert words.directed("1. שלום!\nhej!") == "\u20671. שלום!\u2069\n\u2066hej!\u2069"
