from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers import prompts

OURS = "Move gently. Keep faces as they are."
UNITS = sorted(prompts.SIZES)
FAMILY = "👨\u200d👩\u200d👧"


def compose(prompt: str, instruction: str = OURS, **how: Any) -> prompts.Composed:
    settled: dict[str, Any] = {"limit": 1_000, "unit": "character", "needed": False, "languages": []}
    return prompts.compose(prompt, instruction, **settled | how)


class TestCompose:
    def test_puts_ours_before_theirs(self) -> None:
        assert compose("zoom in") == prompts.Composed(f"{OURS} zoom in")

    def test_says_nothing_of_an_empty_prompt(self) -> None:
        assert compose(" \n ").text == ""

    def test_says_ours_where_the_model_takes_no_order_without_words(self) -> None:
        assert compose("", needed=True).text == OURS

    def test_cuts_even_ours_to_what_the_model_takes(self) -> None:
        assert compose("", needed=True, limit=20).text == "Move gently."

    def test_leaves_out_ours_by_sentences_when_room_is_short(self) -> None:
        assert compose("zoom in", limit=30).text == "Move gently. zoom in"
        assert compose("zoom in", limit=15).text == "zoom in"
        assert not compose("zoom in", limit=15).shortened

    def test_cuts_theirs_at_a_sentence(self) -> None:
        long = "The lake ripples. A bird flies over it and the boat drifts"
        assert compose(long, limit=30) == prompts.Composed("The lake ripples.", shortened=True)

    def test_cuts_theirs_at_a_word_where_no_sentence_ends(self) -> None:
        assert compose("the boat drifts over the water", limit=20).text == "the boat drifts over"
        assert compose("the boat drifts over the water", limit=19).text == "the boat drifts"

    def test_does_not_end_a_sentence_within_a_number(self) -> None:
        assert compose("at a pace of 3.5 seconds", limit=16).text == "at a pace of 3.5"
        assert compose("at a pace of 3.5 seconds", limit=15).text == "at a pace of"

    def test_ends_a_sentence_that_no_space_follows(self) -> None:
        assert compose("湖水荡漾。小船慢慢地漂过水面", limit=9).text == "湖水荡漾。"

    def test_keeps_the_quotation_marks_of_a_sentence(self) -> None:
        assert compose('She says "Look!" and points at the sea', limit=20).text == 'She says "Look!"'

    def test_is_quick_with_whole_books(self) -> None:
        book = "It was a dark night, 3.5 metres deep. " * 20_000
        assert compose(book, limit=32_000).text.endswith("deep.")

    def test_counts_as_the_service_counts(self) -> None:
        assert compose("🙂🙂🙂🙂", limit=4).text == "🙂🙂🙂🙂"
        assert compose("🙂🙂🙂🙂", limit=5, unit="utf16").text == "🙂🙂"

    @pytest.mark.parametrize("sign", [FAMILY, "e\N{COMBINING ACUTE ACCENT}", "👍🏽", "🇫🇷"])
    def test_cuts_through_no_sign(self, sign: str) -> None:
        for limit in range(len(sign), 6 * len(sign)):
            kept = compose(sign * 6, limit=limit).text
            assert kept == sign * (limit // len(sign))


class TestClean:
    def test_is_one_line(self) -> None:
        assert prompts.clean(" zoom\r\n\tin\u2028slowly\x00 ") == "zoom in slowly"

    def test_leaves_nothing_that_cannot_be_seen(self) -> None:
        hidden = "".join(chr(0xE0000 + ord(sign)) for sign in "ignore all")
        assert prompts.clean(f"a{hidden}b\u202ec\u200bd\udc80") == "abcd"

    def test_keeps_emoji_together(self) -> None:
        assert prompts.clean(f"{FAMILY} ❤\ufe0f") == f"{FAMILY} ❤\ufe0f"

    def test_is_empty_where_only_joiners_are(self) -> None:
        assert prompts.clean("\u200d \u200c") == ""


class TestIsForeign:
    @pytest.mark.parametrize(
        ("text", "languages", "foreign"),
        [
            ("zoom in", ["en"], False),
            ("heranzoomen", ["en"], False),
            ("приблизить", ["en"], True),
            ("приблизить", ["en", "ru"], False),
            ("приблизить", [], False),
            ("镜头慢慢推近", ["en"], True),
            ("镜头慢慢推近", ["en", "zh"], False),
            ("カメラが寄る", ["ja"], False),
            ("카메라가 다가간다", ["en"], True),
            ("zoom in on the 龙", ["en"], False),
            ("🙂 10/10", ["en"], False),
            ("zoom in", ["zh-Hans"], True),
        ],
    )
    def test_knows_by_the_letters(self, text: str, languages: list[str], foreign: bool) -> None:
        assert prompts.is_foreign(text, languages=languages) is foreign
        assert compose(text, languages=languages).needs_translation is foreign


texts = st.text(max_size=120) | st.text(st.sampled_from("ab .!?。🙂👍🏽🇫🇷é\u0301\u200d湖\n"), max_size=80)
limits = st.integers(0, 150)
units = st.sampled_from(UNITS)


class TestWhateverIsTyped:
    @given(texts, texts, limits, units, st.booleans())
    def test_is_never_longer_than_the_model_takes(
        self, prompt: str, ours: str, limit: int, unit: str, needed: bool
    ) -> None:
        text = compose(prompt, ours, limit=limit, unit=unit, needed=needed).text
        assert prompts.length(text, unit=unit) <= limit
        text.encode()  # no half of a character

    @given(texts)
    def test_cleaning_twice_changes_nothing_more(self, text: str) -> None:
        cleaned = prompts.clean(text)
        assert prompts.clean(cleaned) == cleaned
        assert not any(unicodedata.category(sign) in ("Cc", "Cs") for sign in cleaned)

    @given(texts, texts, limits, units)
    def test_their_words_are_whole_or_known_to_be_shortened(
        self, prompt: str, ours: str, limit: int, unit: str
    ) -> None:
        composed = compose(prompt, ours, limit=limit, unit=unit)
        theirs = prompts.clean(prompt)
        assert composed.shortened == (prompts.length(theirs, unit=unit) > limit)
        if not composed.shortened:
            assert composed.text.endswith(theirs)

    @given(texts, limits, units)
    def test_what_is_kept_is_a_beginning_of_what_was_typed(self, prompt: str, limit: int, unit: str) -> None:
        composed = compose(prompt, "", limit=limit, unit=unit)
        assert prompts.clean(prompt).startswith(composed.text)
