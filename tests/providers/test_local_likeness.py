from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import cv2
import numpy as np
import pytest

from providers.local import likeness
from providers.local.likeness import Picture
from tests import pictures
from tests.providers import drawn, objects


def photos() -> list[Picture]:
    """Nineteen different ones."""
    landscapes = [drawn.landscape(width=960, height=640, seed=seed) for seed in range(8)]
    suns = [np.asarray(pictures.draw(seed=seed), np.uint8) for seed in range(8)]
    size = (900, 640)
    things = [
        objects.draw(thing=thing, ground=ground, colour=(120, 60, 30), shadow=0.2).picture
        for thing, ground in (
            (objects.mug, objects.plain(*size)),
            (objects.bottle, objects.gradient(*size)),
            (objects.box, objects.gravel(*size)),
        )
    ]
    return landscapes + suns + things


def coarser(photo: Picture) -> Picture:
    _, data = cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, 30])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def smaller(photo: Picture) -> Picture:
    return np.asarray(cv2.resize(photo, None, fx=0.3, fy=0.3, interpolation=cv2.INTER_AREA), np.uint8)


def brighter(photo: Picture) -> Picture:
    return np.asarray(np.clip(photo * 1.1 + 6, 0, 255), np.uint8)


def warmer(photo: Picture) -> Picture:
    return np.asarray(np.clip(photo * np.array([1.08, 1, 0.92]), 0, 255), np.uint8)


class TestAlike:
    @pytest.mark.parametrize("change", [coarser, smaller, brighter, warmer])
    def test_holds_for_the_same_photo(self, change: Callable[[Picture], Picture]) -> None:
        for photo in photos():
            one, other = (likeness.fingerprint(image=each) for each in (photo, change(photo)))
            assert likeness.alike(one=one, other=other), likeness.distance(one=one, other=other)

    def test_does_not_hold_for_different_photos(self) -> None:
        prints = [likeness.fingerprint(image=photo) for photo in photos()]
        near = [pair for pair in combinations(prints, 2) if likeness.alike(one=pair[0], other=pair[1])]
        assert near == []

    def test_never_holds_for_what_shows_nothing(self) -> None:
        black, white = (likeness.fingerprint(image=np.full((64, 96, 3), grey, np.uint8)) for grey in (0, 255))
        assert (black, white) == (0, 0)
        assert not likeness.alike(one=black, other=white)


class TestFingerprint:
    def test_has_64_bits_of_which_half_are_set(self) -> None:
        for photo in photos()[:4]:
            found = likeness.fingerprint(image=photo)
            assert 0 < found < 1 << 64
            assert found.bit_count() == 32

    @pytest.mark.parametrize("size", [(1, 1), (4000, 3), (3, 4000)])
    def test_takes_a_picture_of_any_shape(self, size: tuple[int, int]) -> None:
        assert likeness.fingerprint(image=drawn.landscape(width=size[0], height=size[1])) >= 0


class TestDistance:
    def test_counts_the_bits_that_differ(self) -> None:
        assert likeness.distance(one=0b1011, other=0b1101) == 2
