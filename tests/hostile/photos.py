"""Pictures in every form that is accepted, in many that are not, and some that were made to do harm."""

from __future__ import annotations

import functools
import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image, ImageCms
from pillow_heif import from_pillow

from tests import pictures

Files = dict[str, bytes]


def originals() -> Files:
    """Well-formed files by name, of some hundred pixels each way."""
    return {
        name: content for make in (_jpegs, _pngs, _webps, _heifs, _tiffs, _others) for name, content in make()
    }


def crafted() -> Files:
    """Files that lie, and files that blow up."""
    return {name: content for make in (_bombs, _liars, _polyglots, _texts) for name, content in make()}


@functools.cache
def scene(mode: str = "RGB", size: tuple[int, int] = (120, 80)) -> Image.Image:
    image = pictures.draw(seed=3, size=size)
    if mode == "I;16":
        return Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
    if mode == "RGBA":
        image.putalpha(image.convert("L"))
        return image
    if mode == "LA":
        return scene("RGBA", size).convert("LA")
    if mode == "LAB":
        found = ImageCms.profileToProfile(
            image, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
        )
        assert found is not None
        return found
    return image.convert(mode)


def saved(format: str, image: Image.Image | None = None, **options: Any) -> bytes:
    out = io.BytesIO()
    (image or scene()).save(out, format, **options)
    return out.getvalue()


def srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def turned(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def _jpegs() -> Iterator[tuple[str, bytes]]:
    for mode in ("L", "RGB", "CMYK"):
        yield f"{mode}.jpg", saved("JPEG", scene(mode))
        yield f"{mode}-progressive.jpg", saved("JPEG", scene(mode), progressive=True)
        yield f"{mode}-profile.jpg", saved("JPEG", scene(mode), icc_profile=srgb())
    for subsampling in (0, 1, 2):
        yield f"subsampling-{subsampling}.jpg", saved("JPEG", subsampling=subsampling)
    for orientation in range(1, 9):
        yield f"turned-{orientation}.jpg", saved("JPEG", exif=turned(orientation))
    yield "coarse.jpg", saved("JPEG", quality=1)
    yield "fine.jpg", saved("JPEG", quality=100, optimize=True)
    yield "restarts.jpg", saved("JPEG", restart_marker_blocks=1)
    yield "comment.jpg", saved("JPEG", comment=b"x" * 60_000)
    yield "panorama.jpg", saved("JPEG", scene("RGB", (900, 60)))
    yield "phone.mpo.jpg", saved("MPO", save_all=True, append_images=[scene("RGB", (60, 40))])
    yield "motion.jpg", saved("JPEG") + b"\x00\x00\x00\x18ftypmp42" + bytes(500)


def _pngs() -> Iterator[tuple[str, bytes]]:
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        yield f"{mode}.png", saved("PNG", scene(mode))
    yield "transparent.png", saved("PNG", scene("P"), transparency=0)
    yield "deep.png", deep_png()
    yield "profile.png", saved("PNG", icc_profile=srgb())
    yield "moving.png", saved("PNG", save_all=True, append_images=[scene().rotate(90)])
    yield "bits.png", saved("PNG", scene("P").quantize(4), bits=2)


def _webps() -> Iterator[tuple[str, bytes]]:
    for mode in ("RGB", "RGBA"):
        for lossless in (True, False):
            yield f"{mode}-{lossless}.webp", saved("WEBP", scene(mode), lossless=lossless)
    yield "tags.webp", saved("WEBP", exif=turned(6), xmp=b"<x/>", icc_profile=srgb())
    yield "moving.webp", saved("WEBP", save_all=True, append_images=[scene().rotate(90)])


def _heifs() -> Iterator[tuple[str, bytes]]:
    for mode in ("RGB", "RGBA", "L"):
        yield f"{mode}.heic", heic(scene(mode))
        yield f"{mode}.avif", saved("AVIF", scene(mode), speed=10)
    yield "turned.heic", heic(scene(), exif=turned(6).tobytes())
    yield "live.heic", heic(scene()) + b"\x00\x00\x02\x00mpvd" + bytes(504)
    yield "moving.avif", saved("AVIF", save_all=True, append_images=[scene().rotate(90)], speed=10)
    yield "turned.avif", saved("AVIF", exif=turned(8), speed=10)


def _tiffs() -> Iterator[tuple[str, bytes]]:
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "LAB", "I;16", "I", "F"):
        yield f"{mode}.tif", saved("TIFF", scene(mode))
    for compression in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
        yield f"{compression}.tif", saved("TIFF", compression=compression)
    yield "group4.tif", saved("TIFF", scene("1"), compression="group4")
    yield "pages.tif", saved("TIFF", save_all=True, append_images=[scene().rotate(90)])
    yield "big.tif", saved("TIFF", big_tiff=True)


def _others() -> Iterator[tuple[str, bytes]]:
    """What Pillow would open, and Echoes does not."""
    for format in ("GIF", "BMP", "ICO", "PPM", "TGA", "JPEG2000", "DDS", "EPS", "PDF", "PCX", "SGI"):
        yield f"other.{format.lower()}", saved(format)


def heic(image: Image.Image, **options: Any) -> bytes:
    out = io.BytesIO()
    from_pillow(image).save(out, quality=60, **options)
    return out.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(
    width: int,
    height: int,
    *,
    depth: int = 8,
    colour: int = 2,
    rows: bytes = b"",
    more: bytes = b"",
    interlaced: int = 0,
) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    body = chunk(b"IHDR", head) + more + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def deep_png(size: tuple[int, int] = (120, 80)) -> bytes:
    """Sixteen bits for each of red, green and blue, as cameras' editors write them."""
    pixels = (np.asarray(scene("RGB", size)).astype(np.uint16) * 257).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    return png(*size, depth=16, rows=rows)


def floods() -> Files:
    """Files that are small, or small to send, and enormous to read: some within what is allowed."""
    allowed = Image.new("RGB", (8_900, 8_900))
    scans = saved("JPEG", scene("RGB", (800, 800)), progressive=True)
    scan = scans[scans.rindex(b"\xff\xda") : -2]
    return {
        "flood-grey.png": png(8_900, 8_900, colour=0, rows=(b"\0" + bytes(8_900)) * 8_900),
        "flood-rgba.png": png(8_900, 8_900, colour=6, rows=(b"\0" + bytes(35_600)) * 8_900),
        "flood-deep.png": png(8_900, 8_900, depth=16, rows=(b"\0" + bytes(53_400)) * 8_900),
        "flood-scans.jpg": scans[:-2] + scan * 4_000 + b"\xff\xd9",
        "flood-allowed.jpg": saved("JPEG", allowed, progressive=True),
        "flood.webp": saved("WEBP", allowed, lossless=True, method=0, quality=0),
        "flood.tif": saved("TIFF", allowed.convert("L"), compression="tiff_adobe_deflate"),
        "flood.jpg": saved("JPEG", Image.new("L", (12_000, 9_000))),
    }


def _bombs() -> Iterator[tuple[str, bytes]]:
    row = b"\0" + bytes(12_500 // 8)
    yield "flood-1bit.png", png(12_500, 12_500, depth=1, colour=0, rows=row * 12_500)
    text = zlib.compress(bytes(80_000_000), 9)
    for kind, head in ((b"zTXt", b"a\0\0"), (b"iCCP", b"a\0\0"), (b"iTXt", b"a\0\1\0\0\0")):
        small = png(64, 64, rows=(b"\0" + bytes(192)) * 64, more=chunk(kind, head + text))
        yield f"flood-{kind.decode()}.png", small
    comments = (b"\xff\xfe\xff\xff" + bytes(65_533)) * 40
    yield "flood-comments.jpg", saved("JPEG")[:2] + comments + saved("JPEG")[2:]
    yield "empty", b""


def _liars() -> Iterator[tuple[str, bytes]]:
    rows = (b"\0" + bytes(192)) * 64
    for width, height in (
        (2**31 - 1, 2**31 - 1),
        (0, 0),
        (1, 2**31 - 1),
        (64, 8_000),
        (65_000, 1_200),
        (0, 64),
    ):
        yield f"lies-{width}x{height}.png", png(width, height, rows=rows)
    for depth, colour in ((3, 2), (16, 3), (1, 6), (32, 2), (8, 7)):
        yield f"lies-{depth}-{colour}.png", png(64, 64, depth=depth, colour=colour, rows=rows)
    yield "lies-interlaced.png", png(64, 64, rows=rows, interlaced=1)
    yield "short-rows.png", png(64, 64, rows=rows[:100])
    jpeg = saved("JPEG")
    start = jpeg.index(b"\xff\xc0")
    for height, width in ((65_535, 65_535), (0, 120), (80, 0), (8_900, 8_900), (80, 20_000)):
        size = struct.pack(">HH", height, width)
        yield f"lies-{height}x{width}.jpg", jpeg[: start + 5] + size + jpeg[start + 9 :]
    heif = heic(scene())
    place = heif.index(b"ispe") + 8
    for width, height in ((2**32 - 1, 2**32 - 1), (0, 0), (16_384, 16_384), (8_000, 8_000)):
        yield f"lies-{width}.heic", heif[:place] + struct.pack(">II", width, height) + heif[place + 8 :]
    tiff = saved("TIFF")
    for tag, value in (
        (256, 2**31),
        (257, 2**31),
        (258, 0),
        (259, 7),
        (262, 8),
        (273, 0),
        (277, 200),
        (279, 2**31),
    ):
        yield f"lies-{tag}.tif", _with_tag(tiff, tag, value)
    first = struct.unpack("<I", tiff[4:8])[0]
    count = struct.unpack("<H", tiff[first : first + 2])[0]
    yield (
        "circle.tif",
        tiff[: first + 2 + 12 * count] + struct.pack("<I", first) + tiff[first + 6 + 12 * count :],
    )


def _with_tag(tiff: bytes, tag: int, value: int) -> bytes:
    first = struct.unpack("<I", tiff[4:8])[0]
    for number in range(struct.unpack("<H", tiff[first : first + 2])[0]):
        at = first + 2 + 12 * number
        if struct.unpack("<H", tiff[at : at + 2])[0] == tag:
            return tiff[: at + 2] + struct.pack("<HII", 4, 1, value) + tiff[at + 12 :]
    return tiff


def _polyglots() -> Iterator[tuple[str, bytes]]:
    jpeg, flat = saved("JPEG"), saved("PNG")
    for name, tail in (
        ("zip", b"PK\x03\x04" + bytes(200)),
        ("html", b"<html><script>alert(1)</script></html>"),
        ("php", b"<?php system($_GET['c']); ?>"),
        ("mp4", b"\x00\x00\x00\x18ftypmp42" + bytes(2_000)),
        ("pdf", b"%PDF-1.7\n%%EOF"),
        ("another", jpeg),
    ):
        yield f"jpeg-{name}.jpg", jpeg + tail
        yield f"png-{name}.png", flat + tail
        yield f"{name}-jpeg.jpg", tail + jpeg
    yield "gif-script.gif", b"GIF89a/*" + bytes(20) + b"*/=1;alert(1)"
    yield "riff-nothing.webp", b"RIFF\x24\x00\x00\x00WEBPVP8 "
    yield "script.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    yield (
        "entity.svg",
        b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>&a;</svg>',
    )
    yield "push.mvg", b"push graphic-context\nviewbox 0 0 640 480\nfill 'url(https://127.0.0.1/x)'\n"


def _texts() -> Iterator[tuple[str, bytes]]:
    yield "letter.jpg", b"Dear grandma, " * 100
    yield "zeros.jpg", bytes(5_000)
    yield "noise.jpg", bytes(range(256)) * 40
    yield "magic-only.jpg", b"\xff\xd8\xff"
    yield "magic-only.png", b"\x89PNG\r\n\x1a\n"
    yield "magic-only.heic", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"
    yield "magic-only.tif", b"II*\0\x08\0\0\0"
    yield "raw.cr2", b"II*\0\x10\0\0\0CR\2\0" + bytes(600)
    yield "raw.dng", _with_tag(saved("TIFF", tiffinfo={50706: b"\1\4\0\0"}), 0, 0)
