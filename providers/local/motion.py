"""The local studio's motion: a photo becomes a silent clip by a virtual camera, on this machine alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from echoes.kernel import errors, shapes
from echoes.kernel.ffmpeg import command, encoding
from echoes.kernel.ffmpeg.run import run
from providers.local import camera, framing, parallax, prompts, scene, subjects
from providers.local.geometry import Point

Picture = npt.NDArray[np.uint8]
OnProgress = Callable[[float], None]

VERSION = "local-motion-2"
"""Enters the digest of every clip made here: change it whenever the same input would look different."""
DECODED_AT_LEAST = 3
"""A large JPEG is decoded at a fraction of its size that leaves so many times the film's pixels each way."""
SECONDS_FOR_ONE = 30
"""A clip may take so many seconds for each of its own, as on a crowded machine, before it counts as stuck."""


class PhotoUnreadable(errors.EchoesError):
    """This photo could not be read."""

    code = "photo_unreadable"


def render(
    *,
    photo: Path,
    out: Path,
    aspect: str,
    quality: str = shapes.STANDARD,
    focus: tuple[float, float] | None = None,
    fps: int,
    seconds: int,
    seed: int,
    prompt: str,
    on_progress: OnProgress,
    cancelled: Callable[[], bool],
) -> Path:
    """Film an upright sRGB photo: exactly seconds * fps frames of the aspect's size, as a mezzanine at `out`.
    In every quality the camera moves alike. `focus`, in shares of the photo's sides, takes the place of what
    the photo is found to be about.

    The same arguments give the same bytes. Whatever stops the work, nothing is left at `out`. Raises
    PhotoUnreadable, errors.Cancelled, ffmpeg's FfmpegFailed, and KeyError for an unknown aspect.
    """
    size = shapes.size(aspect, quality)
    if cancelled():
        raise errors.Cancelled
    picture = _read(photo, longest=DECODED_AT_LEAST * max(size))
    wish = prompts.read(prompt=prompt)
    # The photo takes part in the choice, so that ten photos with one seed do not all move alike.
    chance = f"{seed}:{hashlib.sha256(photo.read_bytes()).hexdigest()}"
    seen = subjects.around(Point(*focus)) if focus else subjects.find(picture)
    layout, path = _planned(picture, seen, shapes.size(aspect), wish, seconds, chance)
    thing = parallax.thing(photo=picture, faces=seen.faces) if layout.fills else None
    stage = scene.prepare(photo=picture, layout=layout, path=path, size=size, thing=thing)
    frames = seconds * fps
    part = out.with_name(f".{out.name}.part")
    try:
        run(
            _arguments(size=size, fps=fps, frames=frames, out=part),
            timeout=60 + SECONDS_FOR_ONE * seconds,
            duration=Fraction(frames, fps),
            on_progress=on_progress,
            cancelled=cancelled,
            stdin=_drawn(stage, path, frames),
        )
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return out


def _read(photo: Path, *, longest: int) -> Picture:
    """RGB pixels, upright; transparent ones on white."""
    try:
        with Image.open(photo) as image:
            image.draft("RGB", (longest, longest))
            upright = ImageOps.exif_transpose(image)
            return np.asarray(_opaque(upright), np.uint8)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise PhotoUnreadable from error


def _opaque(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    layered = image.convert("RGBA")
    white = Image.new("RGBA", layered.size, "white")
    return Image.alpha_composite(white, layered).convert("RGB")


def _planned(
    picture: Picture,
    seen: subjects.Subjects,
    size: shapes.Size,
    wish: prompts.Wish,
    seconds: int,
    chance: str,
) -> tuple[framing.Layout, camera.Path]:
    height, width = picture.shape[:2]
    layout = framing.layout(
        size=(width, height), film=size, faces=seen.faces, region=seen.region, focus=seen.focus
    )
    return layout, camera.plan(layout=layout, wish=wish, seconds=seconds, seed=chance)


def _drawn(stage: scene.Scene, path: camera.Path, frames: int) -> Iterator[bytes]:
    back = path.end.width > path.start.width
    for number, view in enumerate(path.views(frames=frames)):
        progress = camera.ease(time=number / max(1, frames - 1)) if path.start != path.end else 0.0
        yield stage.frame(view=view, progress=1 - progress if back else progress).data()


def _arguments(*, size: shapes.Size, fps: int, frames: int, out: Path) -> list[str]:
    return [
        *("-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{size.width}x{size.height}", "-r", str(fps)),
        *("-i", "pipe:0", "-vf", encoding.YUV_FILTER),
        *encoding.mezzanine_arguments(size=size, fps=fps, frames=frames),
        command.address(out),
    ]
