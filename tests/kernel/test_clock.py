from __future__ import annotations

import pytest

from echoes.kernel import clock


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (0, "a few seconds left"),
        (9, "a few seconds left"),
        (10, "about 10 s left"),
        (38, "about 40 s left"),
        (55, "about 55 s left"),
        (56, "about 1 min left"),
        (61, "about 2 min left"),
        (3_300, "about 55 min left"),
        (3_301, "about 1 h left"),
        (3_601, "about 2 h left"),
    ],
)
def test_says_about_how_long_it_will_still_take(seconds: int | None, words: str) -> None:
    assert clock.left_words(seconds) == words
