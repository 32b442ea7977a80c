"""Every moderation gives the same kind of verdict; how strict each is differs, and is not compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from providers.capabilities import Capability, ModerationRequest, Order, Picture, Verdict
from tests import pictures
from tests.provider_suite import harness
from tests.provider_suite.harness import Maker

MAKERS = harness.makers(Capability.MODERATION)


def judged(maker: Maker, folder: Path, *, words: str = "", picture: Picture | None = None) -> Verdict:
    out = folder / "out"
    out.mkdir(exist_ok=True)
    with maker.open() as produce:
        answer = produce(Order(maker.spec, ModerationRequest(words, picture)), out)
    assert answer.files == () and list(out.iterdir()) == []
    assert not answer.usd
    return Verdict.model_validate(answer.said)


def landscape(folder: Path, *, seed: int = 1) -> Picture:
    path = pictures.jpeg(folder / f"{seed}.jpg", seed=seed, size=(640, 400))
    return Picture(path, "image/jpeg", 640, 400)


@pytest.mark.parametrize("maker", MAKERS)
class TestJudging:
    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_lets_a_landscape_pass(self, maker: Maker, tmp_path: Path, seed: int) -> None:
        verdict = judged(maker, tmp_path, picture=landscape(tmp_path, seed=seed))
        assert not verdict.flagged
        assert verdict.scores
        assert all(0 <= score <= 1 for score in verdict.scores.values())

    @pytest.mark.parametrize("words", ["The camera glides over the lake", "Медленно приблизить", "🙂"])
    def test_lets_harmless_words_pass(self, maker: Maker, tmp_path: Path, words: str) -> None:
        verdict = judged(maker, tmp_path, words=words)
        assert (verdict.flagged, verdict.unsure) == (False, False)

    def test_takes_words_and_a_picture_together(self, maker: Maker, tmp_path: Path) -> None:
        verdict = judged(maker, tmp_path, words="Zoom in slowly", picture=landscape(tmp_path))
        assert not verdict.flagged

    def test_is_never_both_certain_and_unsure(self, maker: Maker, tmp_path: Path) -> None:
        for words in ("a knife on a table", "gore", "a lake"):
            verdict = judged(maker, tmp_path, words=words)
            assert not (verdict.flagged and verdict.unsure)

    def test_judges_the_same_alike(self, maker: Maker, tmp_path: Path) -> None:
        picture = landscape(tmp_path)
        first, second = (judged(maker, tmp_path, picture=picture) for _ in range(2))
        assert (first.flagged, first.unsure) == (second.flagged, second.unsure)
