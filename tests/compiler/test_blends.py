from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from compiler import blends, planes, timeline
from compiler.planes import Picture
from echoes.kernel.shapes import Size

SIZE = Size(320, 180)
# 4:5 in draft quality: its planes of chroma have an odd number of rows.
ODD = Size(648, 810)
KINDS = tuple(blends.KINDS)
STEPS = tuple(step / 12 for step in range(13))


def flat(level: int, size: Size = SIZE) -> Picture:
    return Picture(size, np.full(size.width * size.height * 3 // 2, level, np.uint8))


def lively(seed: int, size: Size = SIZE) -> Picture:
    """Of blocks, between 100 and 200 in every plane."""
    blocks = np.random.default_rng(seed).integers(100, 200, (size.height // 10, size.width // 8, 3), np.uint8)
    made = planes.blank(size)
    for place, plane in enumerate(made.planes):
        rows = np.arange(plane.shape[0]) * blocks.shape[0] // plane.shape[0]
        columns = np.arange(plane.shape[1]) * blocks.shape[1] // plane.shape[1]
        plane[:] = blocks[rows][:, columns, place]
    return made


def blended(kind: str, progress: float, left: Picture, right: Picture) -> Picture:
    return blends.blend(kind=kind, left=left, right=right, progress=progress)


def luma(picture: Picture) -> NDArray[np.float64]:
    return picture.planes[0].astype(np.float64)


def apart(one: Picture, other: Picture) -> float:
    return float(np.abs(one.data.astype(np.float64) - other.data).mean())


def test_every_transition_of_a_timeline_has_its_blend() -> None:
    assert set(KINDS) == set(timeline.TRANSITIONS) - {"none"}


@pytest.mark.parametrize("kind", KINDS)
class TestBlend:
    def test_begins_as_the_left_picture_and_ends_as_the_right_one(self, kind: str) -> None:
        left, right = lively(1), lively(2)
        assert np.array_equal(blended(kind, 0, left, right).data, left.data)
        assert np.array_equal(blended(kind, 1, left, right).data, right.data)

    def test_is_near_both_at_its_ends(self, kind: str) -> None:
        left, right = lively(1), lively(2)
        assert apart(blended(kind, 0.004, left, right), left) < apart(left, right) / 3
        assert apart(blended(kind, 0.996, left, right), right) < apart(left, right) / 3

    def test_goes_evenly_from_one_to_the_other(self, kind: str) -> None:
        means = [blended(kind, step, flat(50), flat(200)).data.mean() for step in STEPS]
        assert all(after > before for before, after in itertools.pairwise(means))
        assert means[6] == pytest.approx(125, abs=8)

    def test_has_no_dark_spot_and_no_dark_edge(self, kind: str) -> None:
        for step in STEPS:
            assert blended(kind, step, lively(1), lively(2)).data.min() >= 99

    def test_leaves_both_pictures_as_they_were(self, kind: str) -> None:
        left, right = lively(1), lively(2)
        for step in STEPS[1:-1]:
            made = blended(kind, step, left, right)
            assert not np.shares_memory(made.data, left.data)
            assert not np.shares_memory(made.data, right.data)
        assert np.array_equal(left.data, lively(1).data)
        assert np.array_equal(right.data, lively(2).data)

    def test_is_the_same_each_time(self, kind: str) -> None:
        first = blended(kind, 0.4, lively(1), lively(2)).data.copy()
        blends._moments.cache_clear()
        assert np.array_equal(blended(kind, 0.4, lively(1), lively(2)).data, first)

    def test_takes_planes_with_an_odd_number_of_rows(self, kind: str) -> None:
        made = blended(kind, 0.5, lively(1, ODD), lively(2, ODD))
        assert made.size == ODD
        assert made.data.shape == (ODD.width * ODD.height * 3 // 2,)


class TestWipe:
    def test_uncovers_the_right_picture_from_its_right_edge(self) -> None:
        left, right = lively(1), lively(2)
        for made, old, new in zip(
            blended("wipe", 0.3, left, right).planes, left.planes, right.planes, strict=True
        ):
            border = int(made.shape[1] * 0.7) + 1
            assert np.array_equal(made[:, :border], old[:, :border])
            assert np.array_equal(made[:, border:], new[:, border:])


class TestSlide:
    def test_moves_both_to_the_left(self) -> None:
        left, right = lively(1), lively(2)
        for made, old, new in zip(
            blended("slide", 0.25, left, right).planes, left.planes, right.planes, strict=True
        ):
            width = made.shape[1]
            border = width * 3 // 4
            assert np.array_equal(made[:, :border], old[:, width - border :])
            assert np.array_equal(made[:, border:], new[:, : width - border])


class TestZoom:
    def dot(self, picture: Picture) -> tuple[float, float]:
        """Where the light of a picture lies, in pixels from its middle."""
        light = luma(picture) - 50
        y, x = np.indices(light.shape)
        middle = ((light.shape[0] - 1) / 2, (light.shape[1] - 1) / 2)
        return float((light * x).sum() / light.sum() - middle[1]), float(
            (light * y).sum() / light.sum() - middle[0]
        )

    def test_pushes_the_left_picture_in_about_its_middle(self) -> None:
        left = flat(50)
        left.planes[0][100:110, 200:210] = 250
        x, y = self.dot(left)
        for progress in (0.2, 0.5, 0.8):
            eased = blends.smoothstep(progress)
            moved = self.dot(blended("zoom", progress, left, flat(50)))
            assert moved == pytest.approx((x * (1 + 0.35 * eased), y * (1 + 0.35 * eased)), abs=0.5)

    def test_lets_the_right_one_come_to_rest(self) -> None:
        right = flat(50)
        right.planes[0][100:110, 260:270] = 250
        x, _ = self.dot(right)
        places = [self.dot(blended("zoom", step, flat(50), right))[0] / x for step in (0.2, 0.5, 0.8, 1)]
        assert places == sorted(places, reverse=True)
        assert places[1] == pytest.approx(1.04, abs=0.01)
        assert places[-1] == 1

    def test_moves_all_planes_together(self) -> None:
        """A vertical border in luma and in chroma stays one border: chroma lies on every second column."""
        left = flat(60)
        for place, plane in enumerate(left.planes):
            plane[:, plane.shape[1] * 3 // 4 :] = 180 - place
        made = blended("zoom", 0.9, left, left)
        whole, half = (plane[40].astype(np.float64) for plane in made.planes[:2])
        at = [float((row > 120).argmax()) for row in (whole, half)]
        assert abs(at[0] - 2 * at[1]) <= 1


class TestBlur:
    def test_is_softest_half_way(self) -> None:
        left = flat(50)
        left.planes[0][:, 160:] = 200
        spreads = []
        for progress in (0.1, 0.3, 0.5, 0.7, 0.9):
            edge = np.abs(np.diff(luma(blended("blur", progress, left, left))[90]))
            x = np.arange(len(edge))
            middle = (edge * x).sum() / edge.sum()
            spreads.append(float(np.sqrt((edge * (x - middle) ** 2).sum() / edge.sum())))
        assert spreads[2] == pytest.approx(SIZE.width / blends.BLUR, rel=0.1)
        assert spreads[0] < spreads[1] < spreads[2] > spreads[3] > spreads[4]


class TestDissolve:
    def test_changes_each_point_at_a_moment_of_its_own_and_never_back(self) -> None:
        made = np.stack([luma(blended("dissolve", step, flat(50), flat(200))) for step in STEPS])
        assert (np.diff(made, axis=0) >= -1).all()
        half = made[6]
        assert (half < 60).mean() > 0.1
        assert (half > 190).mean() > 0.1

    def test_changes_neighbours_together(self) -> None:
        """Single pixels that change alone look like a fault, and cost an encoder its bits."""
        half = luma(blended("dissolve", 0.5, flat(50), flat(200)))
        assert np.abs(np.diff(half, axis=1)).mean() < half.std() / 8

    def test_looks_alike_in_every_size(self) -> None:
        small = luma(blended("dissolve", 0.5, flat(50), flat(200)))
        large = Size(SIZE.width * 3, SIZE.height * 3)
        big = luma(blended("dissolve", 0.5, flat(50, large), flat(200, large)))[1::3, 1::3]
        assert np.abs(big - small).mean() < 6
