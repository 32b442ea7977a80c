from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from providers.capabilities import ModerationRequest, Picture
from providers.errors import Failed
from providers.local import moderation, weights
from tests import pictures


def photo(folder: Path, *, seed: int = 1) -> Picture:
    return Picture(pictures.jpeg(folder / f"{seed}.jpg", seed=seed), "image/jpeg", 960, 640)


class Said:
    """A network that says one thing."""

    def __init__(self, score: float) -> None:
        self.score = score
        self.seen: list[np.ndarray] = []

    def get_inputs(self) -> list[object]:
        return [type("Input", (), {"name": "input"})]

    def run(self, _: None, given: dict[str, np.ndarray]) -> list[np.ndarray]:
        self.seen.append(given["input"])
        return [np.array([[1 - self.score, self.score]], np.float32)]


class TestJudged:
    @pytest.mark.parametrize("seed", range(4))
    def test_lets_a_landscape_pass(self, tmp_path: Path, seed: int) -> None:
        found = moderation.judged(picture=photo(tmp_path, seed=seed))
        assert (found.flagged, found.unsure) == (False, False)
        assert 0 <= found.scores["nsfw"] < moderation.UNSURE

    @pytest.mark.parametrize(
        ("score", "flagged", "unsure"),
        [
            (0.39, False, False),
            (0.41, False, True),
            (0.79, False, True),
            (0.81, True, False),
            (1.0, True, False),
        ],
    )
    def test_has_two_borders(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, score: float, flagged: bool, unsure: bool
    ) -> None:
        network = Said(score)
        monkeypatch.setattr(weights, "packaged", lambda found: network)
        found = moderation.judged(picture=photo(tmp_path))
        assert (found.flagged, found.unsure) == (flagged, unsure)
        assert found.scores == {"nsfw": pytest.approx(score)}
        assert network.seen[0].shape == (1, 224, 224, 3)

    def test_shows_the_network_blue_first_and_without_the_mean(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        network = Said(0)
        monkeypatch.setattr(weights, "packaged", lambda found: network)
        path = tmp_path / "red.png"
        Image.new("RGB", (300, 200), (255, 0, 0)).save(path)
        moderation.judged(picture=Picture(path, "image/png", 300, 200))
        middle = network.seen[0][0, 112, 112]
        assert middle == pytest.approx([0 - 104, 0 - 117, 255 - 123], abs=3)

    def test_does_not_judge_words(self, tmp_path: Path) -> None:
        request = ModerationRequest(words="anything at all")
        answer = moderation.answer(
            request, folder=tmp_path, on_progress=lambda share: None, cancelled=lambda: False
        )
        assert answer.said == {"flagged": False, "unsure": False, "scores": {}}

    def test_refuses_what_is_no_picture(self, tmp_path: Path) -> None:
        path = tmp_path / "photo.jpg"
        path.write_bytes(b"no photo")
        with pytest.raises(Failed) as failed:
            moderation.judged(picture=Picture(path, "image/jpeg", 9, 9))
        assert failed.value.code == "bad_input"


class TestWeights:
    def test_are_loaded_once(self) -> None:
        one, other = (weights.packaged(weights.OPEN_NSFW) for _ in range(2))
        assert one is other
        assert one.get_session_options().intra_op_num_threads == weights.THREADS == 2

    def test_are_not_loaded_when_they_are_others(self, tmp_path: Path) -> None:
        source = weights.OPEN_NSFW.path()
        assert source is not None
        copy = Path(shutil.copy(source, tmp_path / "copy.onnx"))
        with copy.open("r+b") as file:
            file.seek(1000)
            file.write(b"\0\1\2\3")
        with pytest.raises(weights.Unusable, match="not the file that it should be"):
            weights.session(path=copy, sha256=weights.OPEN_NSFW.sha256)

    def test_are_missing_with_a_sentence(self, tmp_path: Path) -> None:
        with pytest.raises(weights.Unusable, match="There is no file"):
            weights.session(path=tmp_path / "none.onnx")
        lacking = weights.Packaged("no-such-thing", "no_such_thing", "a.onnx", "")
        assert lacking.path() is None
        with pytest.raises(weights.Unusable, match="The weights of no-such-thing"):
            weights.packaged(lacking)
