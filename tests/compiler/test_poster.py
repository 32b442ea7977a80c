from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from compiler import poster
from echoes.kernel.ffmpeg import glimpses, run


class TestMake:
    def test_writes_a_jpeg(self, clips: dict[str, Path], tmp_path: Path) -> None:
        out = tmp_path / "poster.jpg"
        poster.make(film=clips["bars"], out=out)
        with Image.open(out) as picture:
            assert (picture.format, picture.size) == ("JPEG", (256, 144))

    def test_is_never_wider_than_a_page_needs(self, tmp_path: Path) -> None:
        film = tmp_path / "wide.mp4"
        run.run(["-f", "lavfi", "-i", "testsrc2=size=1920x1080", "-frames:v", "2", str(film)], timeout=60)
        poster.make(film=film, out=tmp_path / "poster.jpg")
        with Image.open(tmp_path / "poster.jpg") as picture:
            assert picture.size == (1280, 720)

    def test_says_when_there_is_no_picture(self, clips: dict[str, Path], tmp_path: Path) -> None:
        with pytest.raises(glimpses.NoPicture):
            poster.make(film=clips["music"], out=tmp_path / "poster.jpg")


class TestLiveliness:
    def test_prefers_a_picture_to_a_black_frame(self) -> None:
        noise = np.random.default_rng(1).integers(0, 255, (90, 160, 3)).astype(np.uint8)
        assert poster.liveliness(noise) > poster.liveliness(np.zeros((90, 160, 3), np.uint8))
