from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from clips import ranking
from providers.local import faces, likeness, look
from providers.local.geometry import Box
from tests.providers import drawn


def picture() -> look.Picture:
    return drawn.landscape(width=640, height=400, seed=2)


class TestLook:
    def test_is_less_sharp_of_a_blurred_photo(self) -> None:
        sharp = picture()
        soft = np.asarray(cv2.GaussianBlur(sharp, (0, 0), 3), np.uint8)
        assert look.look(image=soft).sharpness < look.look(image=sharp).sharpness / 2

    def test_is_as_sharp_of_a_photo_with_a_soft_ground(self) -> None:
        sharp = picture()
        ground = np.asarray(cv2.GaussianBlur(sharp, (0, 0), 3), np.uint8)
        ground[200:, 160:480] = sharp[200:, 160:480]
        assert look.look(image=ground).sharpness > look.look(image=sharp).sharpness / 2

    def test_has_less_contrast_and_light_in_the_dark(self) -> None:
        day = look.look(image=picture())
        night = look.look(image=np.asarray(picture() // 16, np.uint8))
        assert night.contrast < day.contrast
        assert night.light < day.light

    def test_tells_how_many_faces_there_are_and_what_they_take(self, monkeypatch: pytest.MonkeyPatch) -> None:
        two = (Box(0.1, 0.1, 0.5, 0.4), Box(0.7, 0.1, 0.2, 0.5))
        monkeypatch.setattr(faces, "find", lambda **_: two)
        found = look.look(image=picture())
        assert (found.faces, found.face_share) == (2, 0.3)


class TestMeasure:
    @pytest.mark.parametrize("size", [(1, 1), (8192, 4), (4, 8192), (3000, 2000)])
    def test_measures_any_shape(self, tmp_path: Path, size: tuple[int, int]) -> None:
        path = tmp_path / "photo.png"
        cv2.imwrite(str(path), np.full((size[1], size[0], 3), 90, np.uint8))
        assert look.measure(photo=path)["sharpness"] == 0

    def test_says_nothing_of_what_it_cannot_read(self, tmp_path: Path) -> None:
        path = tmp_path / "photo.jpg"
        path.write_bytes(b"no photo")
        assert look.measure(photo=path) == {}

    def test_keeps_what_tells_a_photo_from_others(self, tmp_path: Path) -> None:
        path = drawn.saved(picture=picture(), at=tmp_path / "photo.png")
        found = look.measure(photo=path)
        assert found["version"] == look.VERSION == 2
        assert int(found["fingerprint"], 16) == likeness.fingerprint(image=picture())

    def test_is_read_as_before_where_a_photo_has_no_fingerprint_yet(self, tmp_path: Path) -> None:
        found = look.measure(photo=drawn.saved(picture=picture(), at=tmp_path / "photo.png"))
        older = {key: value for key, value in found.items() if key != "fingerprint"} | {"version": 1}
        assert ranking.quality(look=older, width=640, height=400) == ranking.quality(
            look=found, width=640, height=400
        )
