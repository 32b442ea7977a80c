from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from echoes.kernel.ffmpeg import glimpses, sprite
from echoes.kernel.ffmpeg.sprite import Sheet
from echoes.kernel.shapes import Size
from tests.compiler.surrounded import BLACK, NOISE, SQUARE, STAIRS, TALL, WIDE, drawn


def cells(path: Path, sheet: Sheet) -> list[np.ndarray]:
    """Every cell's pixels, in the order of the film."""
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("L"))
    places = [divmod(cell, sheet.columns) for cell in range(sheet.cells)]
    return [
        pixels[row * sheet.height : (row + 1) * sheet.height, column * sheet.width :][:, : sheet.width]
        for row, column in places
    ]


class TestLayout:
    @pytest.mark.parametrize(
        ("frames", "expected"),
        [
            (1, (1, 1, 1, Fraction(1, 24))),
            (24, (1, 1, 1, Fraction(1))),
            (10 * 24, (10, 10, 1, Fraction(1))),
            (11 * 24, (11, 10, 2, Fraction(1))),
            (125 * 24, (100, 10, 10, Fraction(5, 4))),
            (3600 * 24, (100, 10, 10, Fraction(36))),
        ],
    )
    def test_has_a_cell_a_second_and_never_more_than_a_hundred(
        self, frames: int, expected: tuple[int, int, int, Fraction]
    ) -> None:
        sheet = sprite.layout(frames=frames, fps=24, size=Size(1280, 720))
        assert (sheet.cells, sheet.columns, sheet.rows, sheet.seconds) == expected

    @pytest.mark.parametrize(
        ("size", "cell"),
        [(Size(1280, 720), (160, 90)), (Size(720, 1280), (160, 284)), (Size(2160, 2160), (160, 160))],
    )
    def test_keeps_the_shape(self, size: Size, cell: tuple[int, int]) -> None:
        sheet = sprite.layout(frames=48, fps=24, size=size)
        assert (sheet.width, sheet.height) == cell


class TestMake:
    @pytest.mark.parametrize("size", [WIDE, TALL, SQUARE])
    def test_draws_what_the_layout_says(self, tmp_path: Path, size: Size) -> None:
        film = drawn(tmp_path / "film.mp4", STAIRS, frames=24 * 11, size=size)
        sheet = sprite.make(film=film, out=tmp_path / "sprite.webp")
        assert sheet == sprite.layout(frames=24 * 11, fps=24, size=size)
        with Image.open(tmp_path / "sprite.webp") as image:
            assert image.format == "WEBP"
            assert image.size == (sheet.columns * sheet.width, sheet.rows * sheet.height)

    @pytest.mark.parametrize("fps", [24, 30])
    def test_shows_each_cell_s_own_second_or_the_next_to_it(self, tmp_path: Path, fps: int) -> None:
        film = drawn(tmp_path / "film.mp4", STAIRS, frames=fps * 11, fps=fps)
        sheet = sprite.make(film=film, out=tmp_path / "sprite.webp")
        seconds = [round(cell.mean() / 20 / 255 * 219) for cell in cells(tmp_path / "sprite.webp", sheet)]
        assert len(seconds) == 11
        assert all(abs(found - second) <= 1 for second, found in enumerate(seconds))
        assert seconds == sorted(seconds)

    @pytest.mark.parametrize("frames", [1, 2, 24])
    def test_takes_a_film_of_a_second_or_less(self, tmp_path: Path, frames: int) -> None:
        film = drawn(tmp_path / "film.mp4", NOISE, frames=frames)
        assert sprite.make(film=film, out=tmp_path / "sprite.webp").cells == 1

    def test_takes_a_black_film(self, tmp_path: Path) -> None:
        film = drawn(tmp_path / "film.mp4", BLACK, frames=72)
        sheet = sprite.make(film=film, out=tmp_path / "sprite.webp")
        assert max(int(cell.max()) for cell in cells(tmp_path / "sprite.webp", sheet)) < 8

    @pytest.mark.parametrize("content", [b"", b"no film at all" * 99])
    def test_says_when_there_is_no_picture(self, tmp_path: Path, content: bytes) -> None:
        film = tmp_path / "film.mp4"
        film.write_bytes(content)
        with pytest.raises(glimpses.NoPicture):
            sprite.make(film=film, out=tmp_path / "sprite.webp")

    def test_says_when_there_is_only_sound(self, clips: dict[str, Path], tmp_path: Path) -> None:
        with pytest.raises(glimpses.NoPicture):
            sprite.make(film=clips["music"], out=tmp_path / "sprite.webp")
