from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from compiler import text
from compiler.timeline import FACES
from echoes.kernel.shapes import Size

WIDE, TALL = Size(640, 360), Size(360, 640)
HOSTILE = {
    "quotes": "'; \"quoted\" \\' `back`",
    "filter": "[v];drawtext=text='%{eif\\:1\\:d}':x=0,scale=1:1",
    "percent": "100 % {braces} %{pts} \\n \\\\",
    "controls": "\x00\x01\x1b[31m\r\n\u202e\ud800",
    "emoji": "🎉👨\u200d👩\u200d👧\u200d👦❤️👍🏽🇸🇪",
    "hebrew": "שלום עולם! (2026)",
    "arabic": "مرحبا بالعالم!",
    "japanese": "夏の思い出、海のほとりで",
    "devanagari": "नमस्ते दुनिया",
    "one word": "x" * 10_000,
    "many words": "word " * 2_000,
    "marks": "z" + "\u0322\u0334" * 500,
}


def drawn(*, title: str, subtitle: str = "", size: Size = WIDE) -> NDArray[np.uint8]:
    """The card's alpha channel."""
    pixels = text.draw_card(title=title, subtitle=subtitle, size=size)
    assert pixels.shape == (size.height, size.width, 4)
    return pixels[:, :, 3]


class TestDrawCard:
    @pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE.keys())
    def test_keeps_anything_inside_the_safe_area(self, words: str) -> None:
        for size in (WIDE, TALL):
            alpha = drawn(title=words, subtitle=words, size=size)
            solid = np.argwhere(alpha > 200)
            assert len(solid) > 20
            margin = (1 - text.SAFE) / 2
            (top, left), (bottom, right) = solid.min(axis=0), solid.max(axis=0)
            assert left >= size.width * margin - 3
            assert right <= size.width * (1 - margin) + 3
            assert top >= size.height * margin
            assert bottom <= size.height * (1 - margin)

    def test_draws_nothing_for_nothing(self) -> None:
        assert not drawn(title=" ", subtitle="\x00").any()

    def test_sets_a_short_title_larger_than_a_long_one(self) -> None:
        def tallest(title: str) -> float:
            rows = drawn(title=title).max(axis=1) > 200
            runs = np.diff(np.flatnonzero(np.diff(np.concatenate(([False], rows, [False])))))[::2]
            return float(runs.max())

        assert tallest("HH") > 1.6 * tallest("HHHH HHHHH " * 12)

    def test_draws_every_script_with_a_face_that_has_it(self) -> None:
        """A face without a glyph draws its box, the same one for every letter."""
        missing = drawn(title="\U000e0fff" * 2)
        for letters in ("שם", "مب", "नम", "สว", "夏海", "한국", "🎉👍", "Жя", "λΩ"):
            assert not np.array_equal(drawn(title=letters), missing), letters
            assert not np.array_equal(drawn(title=letters[0] * 2), drawn(title=letters[1] * 2)), letters

    def test_puts_the_end_of_a_right_to_left_sentence_on_its_left(self) -> None:
        """The same pixels as with the mark typed by hand for a left-to-right paragraph."""
        right = drawn(title="שלום עולם!")
        left = drawn(title="A שלום עולם!")
        assert not np.array_equal(right, left)

    def test_gives_the_same_bytes_each_time(self) -> None:
        first, second = (text.draw_card(title="Our summer", subtitle="2026", size=WIDE) for _ in range(2))
        assert first.tobytes() == second.tobytes()

    def test_sets_a_title_in_each_type_that_there_is(self) -> None:
        pictures = [text.draw_card(title="Summer", size=WIDE, subtitle="2026", face=face) for face in FACES]
        assert len({picture.tobytes() for picture in pictures}) == len(FACES) == 3
        rule_and_below = slice(WIDE.height * 5 // 8, None)
        heavy, light = (picture[: WIDE.height * 5 // 8, ..., 3].sum() for picture in pictures[1:])
        assert heavy > 1.5 * light
        assert all(picture[rule_and_below, ..., 3].any() for picture in pictures)

    def test_multiplies_colours_by_alpha(self) -> None:
        pixels = text.draw_card(title="Our summer", subtitle="2026", size=WIDE)
        assert (pixels[:, :, :3].max(axis=2) <= pixels[:, :, 3]).all()
        assert np.count_nonzero((pixels[:, :, 3] > 20) & (pixels[:, :, 3] < 235)) > 0


class TestFit:
    def test_balances_the_lines(self) -> None:
        face = text.display_face()
        room = text.Room(width=600, height=200, largest=60, smallest=20)
        block = text.fit("An evening with everybody by the sea", face=face, room=room)
        assert block.size > 40
        assert block.width < 520

    def test_cuts_what_does_not_fit_at_the_smallest_size(self) -> None:
        room = text.Room(width=300, height=80, largest=40, smallest=20)
        block = text.fit("word " * 200, face=text.display_face(), room=room)
        assert block.shown.endswith("…")
        assert block.size == 20
        assert block.height <= 80

    def test_takes_no_more_lines_than_it_may(self) -> None:
        room = text.Room(width=300, height=800, largest=40, smallest=10, lines=3)
        block = text.fit("word " * 12, face=text.text_face(), room=room)
        assert block.lines <= 3
        assert not block.shown.endswith("…")
        cut = text.fit("word " * 400, face=text.text_face(), room=room)
        assert (cut.lines, cut.shown[-1], cut.size) == (3, "…", 10)
