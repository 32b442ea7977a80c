"""Reads a stranger's photo. Runs only inside `echoes.kernel.sandbox`, never in a process of ours.

What comes out is upright, in sRGB, opaque, and carries nothing but pixels: no position, no camera, no
thumbnail of an earlier crop, no film behind the photo.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
from PIL import (
    AvifImagePlugin,
    ExifTags,
    Image,
    ImageCms,
    ImageOps,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
from pillow_heif import register_heif_opener

from echoes.kernel.errors import EchoesError
from library.media_types import MAX_MEGAPIXELS, NotAccepted

MAX_PIXELS = MAX_MEGAPIXELS * 1_000_000
WORKING_EDGE = 2048
# A film moves along a panorama, and shows its height as large as that of any other photo.
WORKING_SHORT_EDGE, WORKING_LONGEST = 1080, 8192
THUMBNAIL_EDGE = 640
FORMATS = {
    "jpeg": "JPEG",
    "png": "PNG",
    "webp": "WEBP",
    "heif": "HEIF",
    "avif": "AVIF",
    "tiff": "TIFF",
}
SMALLEST_EDGE = 32
# Orientations by Exif's numbers whose width is the picture's height.
LYING = {5, 6, 7, 8}
# Tags of a raw file: its version of DNG, or further pictures beside the small one that a TIFF reader finds.
RAW_TAGS = (50706, 330)
# The brightest that a picture may be which says nothing of it: a share, eight bits, sixteen.
TOPS = (1.0, 255.0, 65_535.0)
DEEP = {"I", "F", "I;16", "I;16B", "I;16L", "I;16N"}

# Imported, so that a reader that is forked has all of them already.
PLUGINS = (
    AvifImagePlugin,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
register_heif_opener()


def read(*, source: str, format: str, working: str, thumbnail: str) -> dict[str, Any]:
    """Write the working copy and the thumbnail (JPEG); gives width, height (upright pixels) and taken_at.

    Raises NotAccepted with a sentence. `taken_at` is an ISO moment or None.
    """
    with _opened(source, format) as image:
        taken_at, size = _taken_at(image), _upright_size(image)
        upright = _upright(image, _working_size(size))
    _save(upright, working, quality=92)
    upright.thumbnail((THUMBNAIL_EDGE, THUMBNAIL_EDGE), Image.Resampling.LANCZOS, reducing_gap=3)
    _save(upright, thumbnail, quality=82)
    return {"width": size[0], "height": size[1], "taken_at": taken_at}


def enlarge(*, source: str, format: str, out: str, edge: int) -> None:
    """Write a copy (JPEG, as a working copy is) of at most `edge` pixels each way. Raises NotAccepted."""
    with _opened(source, format) as image:
        size = _upright_size(image)
        scale = min(1, edge / max(size))
        upright = _upright(image, (round(size[0] * scale) or 1, round(size[1] * scale) or 1))
    _save(upright, out, quality=92)


@contextlib.contextmanager
def _opened(source: str, format: str) -> Iterator[Image.Image]:
    """A stranger's picture; whatever goes wrong with it is a sentence."""
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        with Image.open(source, formats=[FORMATS[format]]) as image:
            _check(image)
            yield image
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        raise NotAccepted("too_many_pixels") from None
    except EchoesError:
        raise
    except Exception as error:  # Pillow raises nine kinds of errors for damaged files; all mean the same
        raise NotAccepted("damaged") from error


def _check(image: Image.Image) -> None:
    if isinstance(image, TiffImagePlugin.TiffImageFile) and any(tag in image.tag_v2 for tag in RAW_TAGS):
        raise NotAccepted("raw")
    if image.width * image.height > MAX_PIXELS:
        raise NotAccepted("too_many_pixels")
    if min(image.size) < SMALLEST_EDGE:
        raise NotAccepted("too_small")


def _upright_size(image: Image.Image) -> tuple[int, int]:
    return (image.height, image.width) if _orientation(image) in LYING else image.size


def _orientation(image: Image.Image) -> int:
    """How its pixels are still to be turned: those of a TIFF have been, by whoever opened it."""
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return 1
    return int(image.getexif().get(ExifTags.Base.Orientation, 1))


def _working_size(size: tuple[int, int]) -> tuple[int, int]:
    long, short = max(size), min(size)
    scale = max(WORKING_EDGE / long, min(WORKING_SHORT_EDGE / short, WORKING_LONGEST / long))
    scale = min(1, scale)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _upright(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """RGB of this size. A large picture is made small first, so that it is held in memory but once."""
    orientation, profile = _orientation(image), image.info.get("icc_profile")
    stored = size[::-1] if orientation in LYING else size
    image.draft(None, stored)
    small = _plain(image)
    if small.size != stored:
        small = small.resize(stored, Image.Resampling.LANCZOS, reducing_gap=3)
    opaque = _opaque(_srgb(small, profile))
    opaque.getexif()[ExifTags.Base.Orientation] = orientation
    return ImageOps.exif_transpose(opaque)


def _plain(image: Image.Image) -> Image.Image:
    """The same colours in a mode that can be made smaller."""
    if image.mode in DEEP:
        return _shallow(image)
    if "transparency" in image.info or image.mode == "PA":
        return image.convert("RGBA")
    if image.mode in {"P", "1"}:
        return image.convert("RGB" if image.mode == "P" else "L")
    image.load()
    return image


def _shallow(image: Image.Image) -> Image.Image:
    """Grey of eight bits. Sixteen bits are what they say; what may be deeper is scaled by its brightest."""
    deep = image.convert("F")
    brightest = float(np.asarray(deep).max())
    most = 65_535.0 if "16" in image.mode else next((top for top in TOPS if brightest <= top), brightest)
    return deep.point(lambda value: value * (255.0 / most) + 0.0).convert("L")


def _srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Colours as a screen shows them: a profile is applied, then dropped."""
    try:
        if image.mode == "LAB":
            return _converted(image, ImageCms.createProfile("LAB"), "RGB")
        if profile and image.mode in {"RGB", "RGBA", "CMYK", "L"}:
            found = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            return _converted(image, found, "RGBA" if image.mode == "RGBA" else "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        pass  # a broken profile is no reason to refuse the picture
    return image


def _converted(image: Image.Image, profile: Any, mode: str) -> Image.Image:
    srgb = ImageCms.createProfile("sRGB")
    return ImageCms.profileToProfile(image, profile, srgb, outputMode=mode) or image


def _opaque(image: Image.Image) -> Image.Image:
    """A new picture with the pixels of this one alone, on white."""
    ground = Image.new("RGB", image.size, "white")
    if image.mode in {"RGBA", "LA", "RGBa", "La"}:
        layer = image.convert("RGBA")
        ground.paste(layer, mask=layer.getchannel("A"))
    else:
        ground.paste(image.convert("RGB"))
    return ground


def _save(image: Image.Image, path: str, *, quality: int) -> None:
    clean = Image.new("RGB", image.size)  # nothing of the file but its pixels comes along
    clean.paste(image)
    clean.save(path, "JPEG", quality=quality, progressive=True, optimize=True)


def _taken_at(image: Image.Image) -> str | None:
    exif = image.getexif()
    details = exif.get_ifd(ExifTags.IFD.Exif)
    for value in (details.get(ExifTags.Base.DateTimeOriginal), exif.get(ExifTags.Base.DateTime)):
        if moment := _moment(value):
            return moment
    return None


def _moment(value: object) -> str | None:
    try:
        return (
            datetime.strptime(str(value).strip("\x00 "), "%Y:%m:%d %H:%M:%S").replace(tzinfo=UTC).isoformat()
        )
    except ValueError:
        return None
