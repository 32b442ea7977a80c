"""What leaves us, or goes to a provider, says nothing that the picture does not show."""

from __future__ import annotations

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from echoes.kernel.ffmpeg import run
from library import pictures as reader
from library import videos
from tests import pictures
from tests.hostile import door, footage, photos, tagged

# Segments of a JPEG that pictures need: its kind, tables, sizes and scans, and JFIF's eighteen bytes.
NEEDED = {0xC0, 0xC1, 0xC2, 0xC4, 0xDA, 0xDB, 0xDD, 0xE0}
# What every MP4 says, whatever is in it.
OF_THE_FORM = {"major_brand", "minor_version", "compatible_brands", "handler_name", "language", "encoder"}
UNDO = {
    1: [],
    2: [Image.Transpose.FLIP_LEFT_RIGHT],
    3: [Image.Transpose.ROTATE_180],
    4: [Image.Transpose.FLIP_TOP_BOTTOM],
    5: [Image.Transpose.TRANSPOSE],
    6: [Image.Transpose.ROTATE_90],
    7: [Image.Transpose.TRANSVERSE],
    8: [Image.Transpose.ROTATE_270],
}


def segments(jpeg: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and content of each segment; what is behind the end is one of kind 0."""
    at = 2
    while True:
        assert jpeg[at] == 0xFF
        kind = jpeg[at + 1]
        if kind == 0xD9:
            break
        size = int.from_bytes(jpeg[at + 2 : at + 4], "big")
        yield kind, jpeg[at + 4 : at + 2 + size]
        at += 2 + size
        if kind == 0xDA:
            while jpeg[at] != 0xFF or jpeg[at + 1] in {0, *range(0xD0, 0xD8)}:
                at += 1
    if jpeg[at + 2 :]:
        yield 0, jpeg[at + 2 :]


def more_than_pixels(jpeg: bytes) -> list[int]:
    found = [
        kind for kind, content in segments(jpeg) if kind not in NEEDED or (kind == 0xE0 and len(content) > 14)
    ]
    if tagged.SECRET in jpeg:
        found.append(-1)
    return found


class TestPhotos:
    def test_come_out_as_nothing_but_pixels(self) -> None:
        """Over five hundred: six formats, eight orientations, eleven ways to say too much."""
        files = [file for format in tagged.FORMATS for file in tagged.photos_of(format)]
        assert len(files) >= 500
        assert sum(tagged.SECRET in content for _, content in files) > 400

        def brought(file: tuple[str, bytes]) -> door.Verdict:
            return door.bring(file[1], name=file[0], keep=True)

        with ThreadPoolExecutor(2) as pool:
            for verdict in pool.map(brought, files):
                assert verdict.outcome == door.ACCEPTED, verdict.name
                assert set(verdict.made) == {"working.jpg", "thumbnail.jpg"}
                for name, content in verdict.made.items():
                    assert more_than_pixels(content) == [], (verdict.name, name)

    def test_of_a_film_larger_than_its_working_copies_say_as_little(self, tmp_path: Path) -> None:
        for name, content in tagged.photos_of("JPEG"):
            (tmp_path / "a.jpg").write_bytes(content)
            out = tmp_path / "large.jpg"
            reader.enlarge(source=str(tmp_path / "a.jpg"), format="jpeg", out=str(out), edge=64)
            assert more_than_pixels(out.read_bytes()) == [], name

    def test_would_be_found_out_if_they_said_more(self) -> None:
        for number, (name, content) in enumerate(tagged.photos_of("JPEG")):
            assert more_than_pixels(content), name
            if number > 20:
                break

    @pytest.mark.parametrize("size", [(160, 96), (96, 160)], ids=["landscape", "portrait"])
    @pytest.mark.parametrize("orientation", range(1, 9))
    @pytest.mark.parametrize("format", ["jpeg", "tiff", "heif"])
    def test_stand_upright(
        self, tmp_path: Path, size: tuple[int, int], orientation: int, format: str
    ) -> None:
        upright = pictures.draw(size=size)
        stored = upright
        for step in UNDO[orientation]:
            stored = stored.transpose(step)
        exif = photos.turned(orientation)
        made = {
            "jpeg": lambda: photos.saved("JPEG", stored, quality=95, exif=exif),
            "tiff": lambda: photos.saved("TIFF", stored, exif=exif),
            "heif": lambda: photos.heic(stored, exif=exif.tobytes()),
        }[format]()
        (tmp_path / "a").write_bytes(made)
        read = reader.read(
            source=str(tmp_path / "a"),
            format=format,
            working=str(tmp_path / "w.jpg"),
            thumbnail=str(tmp_path / "t.jpg"),
        )
        assert (read["width"], read["height"]) == size
        for name in ("w.jpg", "t.jpg"):
            with Image.open(tmp_path / name) as image:
                assert image.size == size
                difference = np.abs(np.asarray(image, int) - np.asarray(upright, int)).mean()
            assert difference < 6


class TestVideos:
    @pytest.mark.parametrize("kind", ["mp4", "mov", "mkv"])
    def test_come_out_as_nothing_but_pictures_and_sound(self, tmp_path: Path, kind: str) -> None:
        path = tmp_path / f"a.{kind}"
        names = ("title", "artist", "comment", "location", "com.apple.quicktime.location.ISO6709", "make")
        tags = [part for name in names for part in ("-metadata", f"{name}={tagged.WORD}")]
        streams = ("-metadata:s:v", f"title={tagged.WORD}", "-metadata:s:a", f"handler_name={tagged.WORD}")
        chapters = tmp_path / "chapters.txt"
        chapters.write_text(
            f";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=300\ntitle={tagged.WORD}\n"
        )
        inputs = (
            *footage.PICTURES,
            *footage.TONE,
            "-i",
            str(chapters),
            "-map_chapters",
            "2",
            "-map",
            "0",
            "-map",
            "1",
        )
        more = ("-movflags", "use_metadata_tags") if kind != "mkv" else ()
        run.run(
            [*inputs, "-map", "0", "-map", "1", *tags, *streams, *more, *footage.QUICK, str(path)], timeout=60
        )
        content = path.read_bytes() + tagged.SECRET
        assert content.count(tagged.SECRET) > 4
        verdict = door.bring(content, name=path.name, brought_as="video", keep=True)
        assert verdict.outcome == door.ACCEPTED
        assert set(verdict.made) == {videos.PROXY, videos.POSTER, videos.SHEET, videos.SOUND}
        assert [name for name, made in verdict.made.items() if tagged.SECRET in made] == []
        for name in (videos.PROXY, videos.SOUND):
            with av.open(io.BytesIO(verdict.made[name])) as container:
                said = {*container.metadata, *(key for s in container.streams for key in s.metadata)}
                kinds = [stream.type for stream in container.streams]
            assert said <= OF_THE_FORM
            assert kinds == (["video", "audio"] if name == videos.PROXY else ["audio"])
        assert more_than_pixels(verdict.made[videos.POSTER]) == []
