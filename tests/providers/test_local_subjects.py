from __future__ import annotations

import cv2
import numpy as np
import pytest

from providers.local import faces, subjects
from providers.local.geometry import Box
from tests.providers import drawn


def disc(*, x: float, y: float) -> subjects.Picture:
    """A red disc on a quiet ground."""
    picture = np.full((400, 600, 3), (150, 165, 150), np.uint8)
    cv2.circle(picture, (round(x * 600), round(y * 400)), 45, (210, 30, 30), -1)
    return picture


class TestFind:
    @pytest.mark.parametrize(("x", "y"), [(0.3, 0.4), (0.7, 0.6), (0.5, 0.3)])
    def test_looks_at_what_stands_out(self, x: float, y: float) -> None:
        seen = subjects.find(disc(x=x, y=y))
        assert seen.focus == pytest.approx((x, y), abs=0.05)
        assert seen.region.x < x < seen.region.right
        assert seen.region.y < y < seen.region.bottom
        assert seen.faces == ()

    def test_looks_at_the_largest_face_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        small, large = Box(0.1, 0.1, 0.1, 0.1), Box(0.6, 0.5, 0.2, 0.3)
        monkeypatch.setattr(faces, "find", lambda *, image: (small, large))
        seen = subjects.find(disc(x=0.3, y=0.3))
        assert seen.faces == (small, large)
        assert seen.focus == large.centre

    def test_looks_at_the_middle_of_nothing(self) -> None:
        seen = subjects.find(np.full((90, 120, 3), 77, np.uint8))
        assert seen.focus == (0.5, 0.5)
        assert not seen.saliency.any()

    @pytest.mark.parametrize("size", [(1, 1), (3, 2), (20, 400), (400, 20), (2000, 100)])
    def test_takes_pictures_of_any_shape(self, size: tuple[int, int]) -> None:
        seen = subjects.find(drawn.landscape(width=size[0], height=size[1]))
        assert 0 <= seen.focus.x <= 1
        assert 0 <= seen.focus.y <= 1

    def test_says_the_same_every_time(self) -> None:
        one, other = (subjects.find(drawn.landscape(width=300, height=200)) for _ in range(2))
        assert np.array_equal(one.saliency, other.saliency)
        assert (one.focus, one.region) == (other.focus, other.region)


class TestSalience:
    def test_is_small_and_between_nought_and_one(self) -> None:
        saliency = subjects.salience(image=drawn.landscape(width=1000, height=500))
        assert saliency.shape == (subjects.ANALYSED // 2, subjects.ANALYSED)
        assert saliency.min() >= 0
        assert saliency.max() == 1
