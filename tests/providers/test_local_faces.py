from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest

from providers.local import faces
from providers.local.faces import CELLS, SIDE, Found
from providers.local.geometry import Box
from tests.providers import drawn


def answer(*, cell: int, row: list[float], score: float) -> tuple[faces.Floats, faces.Floats]:
    """What the network would say of one face, and of nothing else."""
    regressors = np.zeros((CELLS * CELLS, 16), np.float32)
    scores = np.full((CELLS * CELLS, 1), -100, np.float32)
    regressors[cell, :4] = row
    scores[cell] = score
    return regressors, scores


class TestDecode:
    def test_reads_a_box_relative_to_its_anchor(self) -> None:
        cell = 10 * CELLS + 20
        regressors, scores = answer(cell=cell, row=[0, 0, 48, 96], score=3)
        ((box, score),) = faces.decode(regressors=regressors, scores=scores)
        assert box.centre == pytest.approx((20.5 / CELLS, 10.5 / CELLS))
        assert (box.width, box.height) == (0.25, 0.5)
        assert score == pytest.approx(1 / (1 + np.exp(-3)))

    def test_shifts_the_box_by_pixels_of_the_square(self) -> None:
        regressors, scores = answer(cell=0, row=[SIDE / 2, SIDE / 4, 10, 10], score=3)
        ((box, _),) = faces.decode(regressors=regressors, scores=scores)
        assert box.centre == pytest.approx((0.5 + 0.5 / CELLS, 0.25 + 0.5 / CELLS))

    def test_leaves_out_what_is_not_sure(self) -> None:
        regressors, scores = answer(cell=5, row=[0, 0, 48, 48], score=0.1)
        assert faces.decode(regressors=regressors, scores=scores) == []

    def test_survives_scores_beyond_a_float(self) -> None:
        regressors, scores = answer(cell=5, row=[0, 0, 48, 48], score=1e6)
        assert faces.decode(regressors=regressors, scores=scores)[0].score == pytest.approx(1)


class TestSuppress:
    def test_keeps_the_surest_of_those_that_overlap(self) -> None:
        sure = Found(Box(0.4, 0.4, 0.2, 0.2), 0.9)
        double = Found(Box(0.41, 0.41, 0.2, 0.2), 0.7)
        other = Found(Box(0.1, 0.1, 0.2, 0.2), 0.8)
        assert faces.suppress(found=[double, other, sure]) == [sure, other]

    def test_has_nothing_to_say_about_nothing(self) -> None:
        assert faces.suppress(found=[]) == []


class TestTiles:
    def test_looks_once_at_a_usual_picture(self) -> None:
        assert faces.tiles(image=np.zeros((800, 1200, 3), np.uint8)) == [(0, 0, 1200, 800)]

    @pytest.mark.parametrize(("height", "width"), [(400, 1200), (1200, 400), (200, 4000)])
    def test_looks_along_an_oblong_one_in_squares_from_end_to_end(self, height: int, width: int) -> None:
        _whole, *squares = faces.tiles(image=np.zeros((height, width, 3), np.uint8))
        assert 2 <= len(squares) <= faces.MOST_TILES
        assert squares[0][:2] == (0, 0)
        assert (squares[-1][0] + squares[-1][2], squares[-1][1] + squares[-1][3]) == (width, height)


class TestFind:
    @pytest.mark.parametrize("seed", range(4))
    def test_sees_no_face_in_a_landscape(self, seed: int) -> None:
        assert faces.find(image=drawn.landscape(width=640, height=400, seed=seed)) == ()

    def test_looks_at_the_smallest_picture(self) -> None:
        assert faces.find(image=np.full((1, 1, 3), 90, np.uint8)) == ()

    def test_is_available_where_its_packages_are(self) -> None:
        assert faces.available()

    def test_finds_none_without_the_package(self, monkeypatch: pytest.MonkeyPatch) -> None:
        find_spec = importlib.util.find_spec

        def without(name: str, package: str | None = None) -> Any:
            return None if name == faces.PACKAGE else find_spec(name, package)

        monkeypatch.setattr(importlib.util, "find_spec", without)
        assert not faces.available()
        assert faces.find(image=drawn.landscape(width=64, height=64)) == ()

    def test_puts_what_a_square_shows_back_into_the_picture(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A stand-in for the network that sees one face in the middle of whatever it is shown."""
        middle = (CELLS // 2) * CELLS + CELLS // 2
        network = Seer(*answer(cell=middle, row=[-2, -2, 38.4, 38.4], score=4))
        monkeypatch.setattr(faces, "_network", lambda: network)
        (box,) = faces.find(image=np.zeros((480, 480, 3), np.uint8))
        assert box == Box(0.4, 0.4, pytest.approx(0.2), pytest.approx(0.2))
        network.looked = 0
        faces.find(image=np.zeros((200, 1000, 3), np.uint8))
        assert network.looked == 1 + faces.MOST_TILES


class Seer:
    """Answers always the same, as the network's interpreter would."""

    def __init__(self, regressors: faces.Floats, scores: faces.Floats) -> None:
        self.answers = [regressors[None], scores[None]]
        self.looked = 0

    def get_input_details(self) -> list[dict[str, int]]:
        return [{"index": 0}]

    def get_output_details(self) -> list[dict[str, int]]:
        return [{"index": 0}, {"index": 1}]

    def set_tensor(self, index: int, value: faces.Floats) -> None:
        assert value.shape == (1, SIDE, SIDE, 3)
        assert -1 <= value.min() <= value.max() <= 1

    def invoke(self) -> None:
        self.looked += 1

    def get_tensor(self, index: int) -> faces.Floats:
        return self.answers[index]
