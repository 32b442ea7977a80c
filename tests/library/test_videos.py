from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from echoes.kernel.ffmpeg import probe, run
from library import videos
from library.media_types import NotAccepted
from tests import factories
from tests.hostile import footage


def look(path: Path, demuxer: str = "mov") -> dict[str, Any]:
    return videos.look(source=str(path), demuxer=demuxer)


def convert(path: Path, folder: Path, demuxer: str = "mov") -> dict[str, Any]:
    return videos.convert(source=str(path), demuxer=demuxer, folder=str(folder), on_progress=lambda _: None)


def made(path: Path, *arguments: str) -> Path:
    run.run([*arguments, *footage.QUICK, str(path)], timeout=60)
    return path


class TestLook:
    @pytest.mark.parametrize(
        ("quarters", "size"), [(0, (320, 180)), (1, (180, 320)), (2, (320, 180)), (3, (180, 320))]
    )
    def test_tells_the_size_upright(self, tmp_path: Path, quarters: int, size: tuple[int, int]) -> None:
        path = factories.footage(tmp_path / "a.mp4", seconds=0.3)
        path.write_bytes(footage.turned(path.read_bytes(), quarters))
        found = look(path)
        assert (found["width"], found["height"]) == ((180, 320) if quarters % 2 else (320, 180))

    def test_tells_the_size_with_square_pixels(self, tmp_path: Path) -> None:
        path = made(tmp_path / "a.mp4", *footage.PICTURES, "-vf", "setsar=2/1")
        found = look(path)
        assert (found["width"], found["height"]) == (192, 64)

    def test_tells_an_uneven_rate(self, tmp_path: Path) -> None:
        even = made(tmp_path / "a.mp4", *footage.PICTURES)
        drop = ("-vf", "select='not(mod(n,5))+lt(n,5)'", "-fps_mode", "vfr")
        uneven = made(tmp_path / "b.mp4", *footage.PICTURES, *drop)
        assert (look(even)["rate"], look(uneven)["rate"]) == ("24", "")

    @pytest.mark.parametrize(
        ("source", "code"),
        [
            ("color=size=64x48:rate=1:duration=620", "too_long"),
            ("color=size=4098x100:rate=1:duration=1", "too_large"),
            ("color=size=2400x2400:rate=1:duration=1", "too_large"),
            ("color=size=64x16:rate=24:duration=1", "too_small"),
        ],
    )
    def test_refuses_what_no_film_can_use(self, tmp_path: Path, source: str, code: str) -> None:
        path = made(tmp_path / "a.mp4", "-f", "lavfi", "-i", source)
        with pytest.raises(NotAccepted) as refused:
            look(path)
        assert refused.value.code == code

    def test_refuses_a_song_in_the_container_of_a_video(self, tmp_path: Path) -> None:
        run.run([*footage.TONE, str(tmp_path / "a.mp4")], timeout=60)
        with pytest.raises(NotAccepted):
            look(tmp_path / "a.mp4")

    def test_reads_no_other_container_than_it_was_told(self, tmp_path: Path) -> None:
        path = made(tmp_path / "a.mkv", *footage.PICTURES)
        assert look(path, "matroska")["seconds"] == str(Fraction(look(path, "matroska")["seconds"]))
        with pytest.raises(NotAccepted):
            look(path, "mov")


class TestConvert:
    @pytest.mark.parametrize(
        ("source", "size"), [("1920x1080", (1280, 720)), ("1080x1920", (720, 1280)), ("300x200", (300, 200))]
    )
    def test_makes_a_small_film(self, tmp_path: Path, source: str, size: tuple[int, int]) -> None:
        found = convert(factories.footage(tmp_path / "a.mp4", size=source, seconds=0.5), tmp_path)
        film = probe.probe(tmp_path / videos.PROXY).video
        assert film is not None
        assert (film.width, film.height, film.fps, film.pix_fmt) == (*size, 30, "yuv420p")
        assert found["duration"] == 12_000
        head = (tmp_path / videos.PROXY).read_bytes()
        assert head.index(b"moov") < head.index(b"mdat")

    def test_turns_it_upright(self, tmp_path: Path) -> None:
        """Left red, right blue; shown after a quarter to the right, red is above."""
        red, blue = (f"color={name}:size=96x96:rate=24:duration=0.5" for name in ("red", "blue"))
        sides = f"{red}[a];{blue}[b];[a][b]hstack"
        path = made(tmp_path / "a.mp4", "-f", "lavfi", "-i", sides)
        path.write_bytes(footage.turned(path.read_bytes(), 1))
        convert(path, tmp_path)
        with Image.open(tmp_path / videos.POSTER) as image:
            assert image.size == (96, 192)
            above, below = (image.getpixel((48, y)) for y in (20, 170))
        assert isinstance(above, tuple)
        assert isinstance(below, tuple)
        assert above[0] > 150 > 100 > above[2]
        assert below[2] > 150 > 100 > below[0]

    def test_brings_down_what_is_brighter_than_a_screen(self, tmp_path: Path) -> None:
        (tmp_path / "a.mp4").write_bytes(footage.originals({"a.mp4": footage.VIDEOS["hevc10.mp4"]})["a.mp4"])
        convert(tmp_path / "a.mp4", tmp_path)
        film = probe.probe(tmp_path / videos.PROXY).video
        assert film is not None
        assert film.pix_fmt == "yuv420p"

    def test_keeps_what_of_a_damaged_video_can_be_seen(self, tmp_path: Path) -> None:
        run.run(
            [
                *("-f", "lavfi", "-i", "testsrc2=size=96x64:rate=24:duration=4"),
                *footage.QUICK,
                str(tmp_path / "a.mkv"),
            ],
            timeout=60,
        )
        content = (tmp_path / "a.mkv").read_bytes()
        (tmp_path / "b.mkv").write_bytes(content[: len(content) // 2])
        assert 24_000 < convert(tmp_path / "b.mkv", tmp_path, "matroska")["duration"] < 3 * 24_000

    def test_goes_on_without_sound_that_cannot_be_decoded(self, tmp_path: Path) -> None:
        run.run(
            [*footage.PICTURES, *footage.TONE, *footage.QUICK, "-c:a", "wmav2", str(tmp_path / "a.mkv")],
            timeout=60,
        )
        assert convert(tmp_path / "a.mkv", tmp_path, "matroska")["peaks"] == []
        assert not (tmp_path / videos.SOUND).exists()
