from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from compiler import encode, planes
from compiler.planes import Picture
from echoes.kernel import errors, shapes
from echoes.kernel.ffmpeg import encoding, mezzanine
from echoes.kernel.shapes import Size
from tests.compiler.conftest import SMALL


def drawn(size: Size, frames: int) -> Iterator[Picture]:
    """Noise that moves: no picture is like the one before."""
    chance = np.random.default_rng(3)
    noise = chance.integers(16, 235, size.width * size.height * 3 // 2, np.uint8)
    return (Picture(size, np.roll(noise, 64 * number)) for number in range(frames))


class TestWindow:
    @pytest.mark.parametrize("quality", [*shapes.QUALITIES])
    def test_can_stand_beside_clips_of_every_size(self, tmp_path: Path, quality: str) -> None:
        size = shapes.size("9:16", quality)
        out = tmp_path / "window.mp4"
        encode.window(drawn(size, 2), size=size, fps=25, out=out)
        mezzanine.check(path=out, frames=2, fps=25, size=size)

    def test_shows_the_pictures_in_their_order(self, tmp_path: Path) -> None:
        out = tmp_path / "window.mp4"
        encode.window(drawn(SMALL, 30), size=SMALL, fps=24, out=out)
        mezzanine.prove(path=out, frames=30, fps=24, size=SMALL)
        with av.open(str(out)) as file:
            found = [planes.of(frame) for frame in file.decode(video=0)]
        for made, wanted in zip(found, drawn(SMALL, 30), strict=True):
            away = np.abs(made.planes[0].astype(int) - wanted.planes[0]).mean()
            assert away < 8

    def test_is_the_same_file_again(self, tmp_path: Path) -> None:
        files = [tmp_path / name for name in ("one.mp4", "other.mp4")]
        for out in files:
            encode.window(drawn(SMALL, 12), size=SMALL, fps=24, out=out)
        assert files[0].read_bytes() == files[1].read_bytes()

    def test_says_nothing_of_its_settings(self, tmp_path: Path) -> None:
        out = tmp_path / "window.mp4"
        encode.window(drawn(SMALL, 12), size=SMALL, fps=24, out=out)
        assert b"x264" not in out.read_bytes()
        assert encoding.WINDOW.encode() not in out.read_bytes()

    def test_can_be_told_to_stop(self, tmp_path: Path) -> None:
        asked: list[bool] = []

        def third_time() -> bool:
            asked.append(True)
            return len(asked) == 3

        with pytest.raises(errors.Cancelled):
            encode.window(drawn(SMALL, 50), size=SMALL, fps=24, out=tmp_path / "w.mp4", cancelled=third_time)
        assert len(asked) == 3

    def test_says_that_there_is_no_room(self, tmp_path: Path) -> None:
        with pytest.raises(encode.NotEncoded):
            encode.window(drawn(SMALL, 2), size=SMALL, fps=24, out=tmp_path / "nowhere" / "w.mp4")
