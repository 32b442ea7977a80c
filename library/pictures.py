"""Reads a stranger's photo. Runs only inside `echoes.kernel.sandbox`, never in a process of ours.

What comes out is upright, in sRGB, opaque, and carries nothing but pixels: no position, no camera, no
thumbnail of an earlier crop.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from PIL import ExifTags, Image, ImageCms, ImageOps
from pillow_heif import register_heif_opener

from echoes.kernel.errors import EchoesError

MAX_PIXELS = 80_000_000
WORKING_EDGE = 2560
THUMBNAIL_EDGE = 640
FORMATS = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "heif": "HEIF"}
SMALLEST_EDGE = 32


class Unreadable(EchoesError):
    """This photo is damaged and cannot be opened."""

    code = "damaged"


def read(*, source: str, format: str, working: str, thumbnail: str) -> dict[str, Any]:
    """Write the working copy and the thumbnail (JPEG); gives width, height (upright pixels) and taken_at.

    Raises Unreadable with a sentence. `taken_at` is an ISO moment or None.
    """
    with _opened(source, format) as image:
        return _convert(image, working=working, thumbnail=thumbnail)


def enlarge(*, source: str, format: str, out: str, edge: int) -> None:
    """Write a copy (JPEG, as a working copy is) of at most `edge` pixels each way. Raises Unreadable."""
    with _opened(source, format) as image:
        image.draft("RGB", (edge, edge))
        _save(_opaque(_srgb(ImageOps.exif_transpose(image))), edge, out, quality=92)


@contextlib.contextmanager
def _opened(source: str, format: str) -> Iterator[Image.Image]:
    """A stranger's picture; whatever goes wrong with it is a sentence."""
    register_heif_opener()
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        with Image.open(source, formats=[FORMATS[format]]) as image:
            yield image
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large() from None
    except EchoesError:
        raise
    except MemoryError:
        raise _too_large() from None
    except Exception as error:  # Pillow raises nine kinds of errors for damaged files; all mean the same
        raise Unreadable(str(Unreadable()), code="damaged") from error


def _too_large() -> Unreadable:
    return Unreadable(
        f"This photo has more than {MAX_PIXELS // 1_000_000} million pixels. Please make it smaller first.",
        code="too_many_pixels",
    )


def _convert(image: Image.Image, *, working: str, thumbnail: str) -> dict[str, Any]:
    if image.width * image.height > MAX_PIXELS:
        raise _too_large()
    if min(image.size) < SMALLEST_EDGE:
        raise Unreadable("This picture is too small to film.", code="too_small")
    taken_at = _taken_at(image)
    size = _upright_size(image)
    image.draft("RGB", (WORKING_EDGE, WORKING_EDGE))
    upright = _opaque(_srgb(ImageOps.exif_transpose(image)))
    _save(upright, WORKING_EDGE, working, quality=92)
    _save(upright, THUMBNAIL_EDGE, thumbnail, quality=82)
    return {"width": size[0], "height": size[1], "taken_at": taken_at}


def _upright_size(image: Image.Image) -> tuple[int, int]:
    turned = image.getexif().get(ExifTags.Base.Orientation, 1) in {5, 6, 7, 8}
    return (image.height, image.width) if turned else image.size


def _srgb(image: Image.Image) -> Image.Image:
    """Colours as a screen shows them: a profile is applied, then dropped."""
    profile = image.info.get("icc_profile")
    if image.mode in {"I;16", "I;16B", "I;16L", "I"}:
        return image.point(lambda value: value / 256).convert("L")
    if not profile or image.mode not in {"RGB", "RGBA", "CMYK", "L"}:
        return image
    from io import BytesIO

    try:
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        converted = ImageCms.profileToProfile(
            image, ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode=mode
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image  # a broken profile is no reason to refuse the picture
    return converted or image


def _opaque(image: Image.Image) -> Image.Image:
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        layer = image.convert("RGBA")
        ground = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(ground, layer).convert("RGB")
    return image.convert("RGB")


def _save(image: Image.Image, edge: int, path: str, *, quality: int) -> None:
    copy = image.copy()
    copy.thumbnail((edge, edge), Image.Resampling.LANCZOS, reducing_gap=3)
    clean = Image.new("RGB", copy.size)  # nothing of the file but its pixels comes along
    clean.paste(copy)
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
