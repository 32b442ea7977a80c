from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

from echoes.kernel.ffmpeg import probe, run

PICTURES = ("-f", "lavfi", "-i", "testsrc2=size=64x36:rate=25:duration=2")
TONE = ("-f", "lavfi", "-i", "sine=sample_rate=44100:duration=2")


def made(path: Path, *arguments: str) -> Path:
    run.run([*arguments, str(path)], timeout=60)
    return path


class TestProbe:
    def test_reads_a_film(self, tmp_path: Path) -> None:
        found = probe.probe(made(tmp_path / "film.mp4", *PICTURES, *TONE, "-pix_fmt", "yuv420p"))
        assert found.video == probe.Video(
            width=64, height=36, fps=Fraction(25), frames=50, codec="h264", pix_fmt="yuv420p"
        )
        assert found.audio == probe.Audio(codec="aac", rate=44_100, channels=1)
        assert abs(found.duration - 2) < Fraction(1, 20)

    def test_counts_frames_that_the_file_does_not(self, tmp_path: Path) -> None:
        found = probe.probe(made(tmp_path / "film.mkv", *PICTURES))
        assert found.video is not None
        assert found.video.frames == 50
        assert found.duration == 2

    @pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.m4a", "a.ogg", "a.flac"])
    def test_reads_a_sound(self, tmp_path: Path, name: str) -> None:
        found = probe.probe(made(tmp_path / name, *TONE))
        assert found.video is None
        assert found.audio is not None
        assert abs(found.duration - 2) < Fraction(1, 10)

    def test_does_not_take_a_cover_for_a_video(self, tmp_path: Path) -> None:
        Image.new("RGB", (64, 64), "red").save(tmp_path / "cover.png")
        options = (
            "-i",
            str(tmp_path / "cover.png"),
            "-map",
            "0",
            "-map",
            "1",
            "-disposition:v",
            "attached_pic",
        )
        found = probe.probe(made(tmp_path / "song.mp3", *TONE, *options))
        assert found.video is None
        assert found.audio is not None

    def test_refuses_a_picture(self, tmp_path: Path) -> None:
        Image.new("RGB", (64, 64), "red").save(tmp_path / "picture.png")
        with pytest.raises(probe.NotMedia):
            probe.probe(tmp_path / "picture.png")

    @pytest.mark.parametrize(
        "text",
        ["", "hello", "#EXTM3U\n#EXTINF:4,\n/etc/passwd\n", "ffconcat version 1.0\nfile /etc/passwd\n"],
    )
    def test_refuses_text_and_lists_of_other_files(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "film.mp4").write_text(text)
        with pytest.raises(probe.NotMedia):
            probe.probe(tmp_path / "film.mp4")

    def test_refuses_what_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(probe.NotMedia):
            probe.probe(tmp_path / "nothing.mp4")
