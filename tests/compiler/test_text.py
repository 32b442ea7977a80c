from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from compiler import text
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


def drawn(tmp_path: Path, *, title: str, subtitle: str = "", size: Size = WIDE) -> NDArray[np.uint8]:
    """The card's alpha channel."""
    out = tmp_path / "card.png"
    text.draw_card(title=title, subtitle=subtitle, size=size, out=out)
    picture = cv2.imread(str(out), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    assert picture.shape == (size.height, size.width, 4)
    return picture[:, :, 3].astype(np.uint8)


class TestDrawCard:
    @pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE.keys())
    def test_keeps_anything_inside_the_safe_area(self, tmp_path: Path, words: str) -> None:
        for size in (WIDE, TALL):
            alpha = drawn(tmp_path, title=words, subtitle=words, size=size)
            solid = np.argwhere(alpha > 200)
            assert len(solid) > 20
            margin = (1 - text.SAFE) / 2
            (top, left), (bottom, right) = solid.min(axis=0), solid.max(axis=0)
            assert left >= size.width * margin - 3
            assert right <= size.width * (1 - margin) + 3
            assert top >= size.height * margin
            assert bottom <= size.height * (1 - margin)

    def test_draws_nothing_for_nothing(self, tmp_path: Path) -> None:
        assert not drawn(tmp_path, title=" ", subtitle="\x00").any()

    def test_sets_a_short_title_larger_than_a_long_one(self, tmp_path: Path) -> None:
        def tallest(title: str) -> float:
            rows = drawn(tmp_path, title=title).max(axis=1) > 200
            runs = np.diff(np.flatnonzero(np.diff(np.concatenate(([False], rows, [False])))))[::2]
            return float(runs.max())

        assert tallest("HH") > 1.6 * tallest("HHHH HHHHH " * 12)

    def test_draws_every_script_with_a_face_that_has_it(self, tmp_path: Path) -> None:
        """A face without a glyph draws its box, the same one for every letter."""
        missing = drawn(tmp_path, title="\U000e0fff" * 2)
        for letters in ("שם", "مب", "नम", "สว", "夏海", "한국", "🎉👍", "Жя", "λΩ"):
            assert not np.array_equal(drawn(tmp_path, title=letters), missing), letters
            assert not np.array_equal(
                drawn(tmp_path, title=letters[0] * 2), drawn(tmp_path, title=letters[1] * 2)
            ), letters

    def test_puts_the_end_of_a_right_to_left_sentence_on_its_left(self, tmp_path: Path) -> None:
        """The same pixels as with the mark typed by hand for a left-to-right paragraph."""
        right = drawn(tmp_path, title="שלום עולם!")
        left = drawn(tmp_path, title="A שלום עולם!")
        assert not np.array_equal(right, left)

    def test_gives_the_same_bytes_each_time(self, tmp_path: Path) -> None:
        first, second = tmp_path / "1.png", tmp_path / "2.png"
        for out in (first, second):
            text.draw_card(title="Our summer", subtitle="2026", size=WIDE, out=out)
        assert first.read_bytes() == second.read_bytes()


class TestFit:
    def test_balances_the_lines(self) -> None:
        face = text._display()
        room = text.Room(width=600, height=200, largest=60, smallest=20)
        block = text.fit("An evening with everybody by the sea", face=face, room=room)
        assert block.size > 40
        assert block.width < 520

    def test_cuts_what_does_not_fit_at_the_smallest_size(self) -> None:
        room = text.Room(width=300, height=80, largest=40, smallest=20)
        block = text.fit("word " * 200, face=text._display(), room=room)
        assert block.shown.endswith("…")
        assert block.size == 20
        assert block.height <= 80
