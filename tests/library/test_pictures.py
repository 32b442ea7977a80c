from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from library import pictures as reader
from library.media_types import NotAccepted
from tests import pictures
from tests.hostile import photos


def read(tmp_path: Path, content: bytes, format: str) -> tuple[dict[str, Any], Image.Image]:
    (tmp_path / "source").write_bytes(content)
    found = reader.read(
        source=str(tmp_path / "source"),
        format=format,
        working=str(tmp_path / "working.jpg"),
        thumbnail=str(tmp_path / "thumbnail.jpg"),
    )
    with Image.open(tmp_path / "working.jpg") as image:
        image.load()
        return found, image


def away(image: Image.Image, other: Image.Image) -> float:
    """Mean difference in steps of a channel."""
    return float(np.abs(np.asarray(image, int) - np.asarray(other.convert("RGB"), int)).mean())


class TestColours:
    @pytest.mark.parametrize(
        ("name", "format"),
        [
            ("RGB.jpg", "jpeg"),
            ("RGB.png", "png"),
            ("deep.png", "png"),
            ("profile.png", "png"),
            ("RGB-True.webp", "webp"),
            ("RGB.tif", "tiff"),
            ("tiff_lzw.tif", "tiff"),
            ("LAB.tif", "tiff"),
            ("RGB.heic", "heif"),
            ("RGB.avif", "avif"),
            ("live.heic", "heif"),
            ("motion.jpg", "jpeg"),
            ("phone.mpo.jpg", "jpeg"),
            ("moving.png", "png"),
        ],
    )
    def test_stay_what_they_are(self, tmp_path: Path, name: str, format: str) -> None:
        _, image = read(tmp_path, photos.originals()[name], format)
        assert away(image, photos.scene()) < 8

    @pytest.mark.parametrize(
        ("name", "format"),
        [
            ("L.jpg", "jpeg"),
            ("L.png", "png"),
            ("I;16.png", "png"),
            ("I;16.tif", "tiff"),
            ("I.tif", "tiff"),
            ("F.tif", "tiff"),
        ],
    )
    def test_of_grey_keep_their_brightness(self, tmp_path: Path, name: str, format: str) -> None:
        _, image = read(tmp_path, photos.originals()[name], format)
        assert away(image, photos.scene("L")) < 4

    def test_of_print_come_back(self, tmp_path: Path) -> None:
        """Adobe's JPEG has its inks the other way round; both look like the picture that was printed."""
        printed = photos.scene("CMYK")
        for content, format in (
            (photos.saved("JPEG", printed), "jpeg"),
            (photos.saved("TIFF", printed), "tiff"),
        ):
            _, image = read(tmp_path, content, format)
            assert away(image, photos.scene()) < 12

    def test_of_a_wider_kind_are_converted(self, tmp_path: Path) -> None:
        """A profile that swaps red and green shows that it was applied."""
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        red, green = profile.index(b"rXYZ"), profile.index(b"gXYZ")
        swapped = bytearray(profile)
        swapped[red : red + 4], swapped[green : green + 4] = b"gXYZ", b"rXYZ"
        content = photos.saved("PNG", Image.new("RGB", (64, 64), (220, 30, 30)), icc_profile=bytes(swapped))
        _, image = read(tmp_path, content, "png")
        seen = image.getpixel((32, 32))
        assert isinstance(seen, tuple)
        assert seen[1] > 150 > seen[0]

    def test_that_are_transparent_lie_on_white(self, tmp_path: Path) -> None:
        clear = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
        for content, format in (
            (photos.saved("PNG", clear), "png"),
            (photos.saved("PNG", clear.convert("LA")), "png"),
        ):
            _, image = read(tmp_path, content, format)
            assert image.getpixel((32, 32)) == (255, 255, 255)


class TestSizes:
    @pytest.mark.parametrize(
        ("size", "working"),
        [
            ((4032, 3024), (2048, 1536)),
            ((3024, 4032), (1536, 2048)),
            ((800, 600), (800, 600)),
            ((9000, 1500), (6480, 1080)),
            ((12_000, 1_080), (8192, 737)),
            ((6000, 300), (6000, 300)),
        ],
        ids=["phone", "portrait", "small", "panorama", "long panorama", "thin panorama"],
    )
    def test_are_those_that_a_film_needs(
        self, tmp_path: Path, size: tuple[int, int], working: tuple[int, int]
    ) -> None:
        found, image = read(
            tmp_path, photos.saved("JPEG", Image.new("RGB", size, "teal"), quality=30), "jpeg"
        )
        assert (found["width"], found["height"]) == size
        assert max(abs(image.width - working[0]), abs(image.height - working[1])) <= 1

    def test_of_a_larger_film_are_the_photos_own(self, tmp_path: Path) -> None:
        path = pictures.jpeg(tmp_path / "a.jpg", size=(4032, 3024))
        for edge, expected in ((2880, (2880, 2160)), (5760, (4032, 3024))):
            reader.enlarge(source=str(path), format="jpeg", out=str(tmp_path / "b.jpg"), edge=edge)
            with Image.open(tmp_path / "b.jpg") as image:
                assert image.size == expected


class TestRefusals:
    @pytest.mark.parametrize("name", ["raw.dng"])
    def test_name_a_raw_file(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(NotAccepted, match="raw file"):
            read(tmp_path, photos.crafted()[name], "tiff")
