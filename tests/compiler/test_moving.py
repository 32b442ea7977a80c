from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from compiler import moving
from echoes.kernel.ffmpeg import glimpses
from echoes.kernel.shapes import Size
from tests.compiler.surrounded import BLACK, NOISE, SQUARE, STAIRS, TALL, WIDE, drawn


def pictures(path: Path) -> tuple[list[Image.Image], int]:
    """All that it shows, and for how many milliseconds in all."""
    with Image.open(path) as image:
        assert image.format == "WEBP"
        shown = []
        length = 0
        for frame in ImageSequence.Iterator(image):
            shown.append(frame.convert("L"))
            length += frame.info["duration"]
        return shown, length


class TestMake:
    @pytest.mark.parametrize(
        ("size", "shown"), [(WIDE, (320, 180)), (TALL, (320, 568)), (SQUARE, (320, 320))]
    )
    def test_lasts_three_seconds_in_every_shape(
        self, tmp_path: Path, size: Size, shown: tuple[int, int]
    ) -> None:
        film = drawn(tmp_path / "film.mp4", "testsrc2=size={size}:rate={fps}", frames=24 * 12, size=size)
        moving.make(film=film, out=tmp_path / "moving.webp")
        found, length = pictures(tmp_path / "moving.webp")
        assert found[0].size == shown
        assert 2_900 <= length <= 3_100
        assert (tmp_path / "moving.webp").stat().st_size <= moving.LARGEST

    def test_shows_all_parts_of_a_film(self, tmp_path: Path) -> None:
        film = drawn(tmp_path / "film.mp4", STAIRS, frames=24 * 11)
        moving.make(film=film, out=tmp_path / "moving.webp")
        found, _ = pictures(tmp_path / "moving.webp")
        levels = [float(np.asarray(picture).mean()) for picture in found]
        assert levels == sorted(levels)
        assert levels[-1] - levels[0] > 100

    @pytest.mark.parametrize("fps", [24, 25, 30])
    @pytest.mark.parametrize("seconds", [1, 2, 3, 5, 7, 12])
    def test_is_never_longer_than_the_film(self, tmp_path: Path, seconds: int, fps: int) -> None:
        film = drawn(tmp_path / "film.mp4", NOISE, frames=fps * seconds, size=Size(128, 72), fps=fps)
        moving.make(film=film, out=tmp_path / "moving.webp")
        _, length = pictures(tmp_path / "moving.webp")
        assert length == pytest.approx(1_000 * min(3, seconds), abs=120)

    @pytest.mark.parametrize("size", [Size(320, 180), Size(320, 568)])
    def test_of_grain_is_small_too(self, tmp_path: Path, size: Size) -> None:
        film = drawn(tmp_path / "film.mp4", NOISE, frames=72, size=size)
        moving.make(film=film, out=tmp_path / "moving.webp")
        assert (tmp_path / "moving.webp").stat().st_size <= moving.LARGEST

    @pytest.mark.parametrize("frames", [1, 2, 24, 240])
    def test_takes_a_black_film_however_short(self, tmp_path: Path, frames: int) -> None:
        film = drawn(tmp_path / "film.mp4", BLACK, frames=frames)
        moving.make(film=film, out=tmp_path / "moving.webp")
        with Image.open(tmp_path / "moving.webp") as image:
            assert image.size == (320, 180)

    def test_waits_for_what_moves(self, tmp_path: Path) -> None:
        """Of every six seconds the first three stand still."""
        still = "testsrc2=size={size}:rate={fps},loop=loop=-1:size=1[a]"
        source = f"{still};testsrc2=size={{size}}:rate={{fps}}[b];[a][b]overlay=enable='gte(mod(t,6),3)'"
        film = drawn(tmp_path / "film.mp4", source, frames=24 * 36, size=Size(256, 144))
        with glimpses.opened(film) as found:
            moments = moving._moments(found)
            changes = {key: found.changes(key, key + 12) for key in found.keys}
        assert len(moments) == 6
        assert all(first % 144 >= 60 for first, _ in moments)
        assert min(changes[first] for first, _ in moments) > 10 * changes[0]

    def test_says_when_there_is_only_sound(self, clips: dict[str, Path], tmp_path: Path) -> None:
        with pytest.raises(glimpses.NoPicture):
            moving.make(film=clips["music"], out=tmp_path / "moving.webp")
