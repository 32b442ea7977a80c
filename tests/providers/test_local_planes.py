from __future__ import annotations

import itertools

import numpy as np
import pytest

from providers.local import camera, planes
from providers.local.framing import View
from providers.local.prompts import Move
from tests.providers import drawn


def flat(colour: tuple[int, int, int]) -> planes.Frame:
    return planes.from_rgb(picture=np.full((4, 6, 3), colour, np.uint8))


class TestFromRgb:
    @pytest.mark.parametrize(
        ("colour", "stored"),
        [
            ((0, 0, 0), (16, 128, 128)),
            ((255, 255, 255), (235, 128, 128)),
            ((255, 0, 0), (63, 102, 240)),
            ((0, 255, 0), (173, 42, 26)),
            ((0, 0, 255), (32, 240, 118)),
        ],
    )
    def test_stores_colours_as_bt709_says(
        self, colour: tuple[int, int, int], stored: tuple[int, int, int]
    ) -> None:
        assert tuple(int(plane[0, 0]) for plane in flat(colour)) == stored

    def test_halves_the_chroma(self) -> None:
        luma, cb, cr = flat((9, 99, 199))
        assert (luma.shape, cb.shape, cr.shape) == ((4, 6), (2, 3), (2, 3))

    def test_dithers_without_shifting_the_mean(self) -> None:
        grey = np.full((200, 200, 3), 60.3, np.float32)
        dithered = planes.from_rgb(picture=grey, dither=np.random.default_rng(1)).luma
        assert len(np.unique(dithered)) == 2
        assert dithered.mean() == pytest.approx(16 + 60.3 * 219 / 255, abs=0.01)


class TestFrame:
    def test_is_raw_yuv420p(self) -> None:
        assert flat((255, 255, 255)).data() == b"\xeb" * 24 + b"\x80" * 12


class TestSource:
    def test_shows_the_photo_itself_where_nothing_is_scaled(self) -> None:
        picture = drawn.landscape(width=64, height=48)
        source = planes.Source(planes.from_rgb(picture=picture), View(0, 0, 64, 48))
        shown = source.frame(view=View(0, 0, 64, 48), width=64, height=48)
        assert np.array_equal(shown.luma, source.planes.luma)

    def test_keeps_chroma_beside_its_luma(self) -> None:
        """A red edge lies at the same place in luma and, left-sited, in chroma, wherever the view begins."""
        picture = np.zeros((64, 128, 3), np.uint8)
        picture[:, 64:] = (255, 0, 0)
        source = planes.Source(planes.from_rgb(picture=picture), View(0, 0, 128, 64))
        for left in (12.0, 17.0, 20.3):
            shown = source.frame(view=View(left, 0, 64, 32), width=128, height=64)
            luma, cr = shown.luma[32].astype(float), shown.cr[16].astype(float)
            edge = np.interp((16 + 63) / 2, luma, np.arange(128) + 0.5)
            edge_of_chroma = np.interp((128 + 240) / 2, cr, np.arange(64) * 2 + 0.5)
            assert edge == pytest.approx((64 - left) * 2, abs=0.3)
            assert edge_of_chroma == pytest.approx(edge, abs=0.3)

    def test_moves_without_jitter(self) -> None:
        """What moved between two frames is what the camera moved, to a few hundredths of a pixel."""
        photo = drawn.texture(width=1400, height=900)
        source = planes.Source(planes.from_rgb(picture=photo), View(0, 0, 1400, 900))
        path = camera.Path(Move.PAN_RIGHT, View(20, 30, 1100, 618.75), View(52, 47, 1100, 618.75))
        views = list(path.views(frames=40))
        shown = [source.frame(view=view, width=640, height=360).luma.astype(np.float32) for view in views]
        moved = [drawn.shift(one=one, other=other) for one, other in itertools.pairwise(shown)]
        asked = np.diff([[-view.left * 640 / 1100, -view.top * 640 / 1100] for view in views], axis=0)
        off = np.array(moved) - asked
        assert np.sqrt((off**2).mean()) < 0.01
        assert np.abs(off).max() < 0.03
