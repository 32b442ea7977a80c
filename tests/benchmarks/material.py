"""What the benchmarks work on: drawn photos of 12 megapixels, the local camera's clips of them, music.

Made once and kept under the system's folder for temporary files, by digest of everything that shapes it.
"""

from __future__ import annotations

import functools
import json
import multiprocessing
import tempfile
from collections.abc import Callable
from concurrent import futures
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from PIL import Image

from compiler import drafts
from echoes.demo import scenes
from echoes.demo.paint import Size, blur, develop
from echoes.kernel import digests, media_time, shapes
from echoes.kernel.ffmpeg import encoding
from providers.local import catalogue, motion, music
from tests.benchmarks import measured

VERSION = "material-1"
HOME = Path(tempfile.gettempdir(), "echoes-benchmarks")
ASPECT, FPS, SECONDS = "16:9", 24, 5
FRAMES = FPS * SECONDS
PHOTO = Size(4000, 3000)
# A sensor's noise by day, at dusk and by night: deviation of a photo's pixels, 0 to 255.
NOISE = (2.0, 5.0, 9.0)
QUALITY = 92
LOSSLESS = ("-c:v", "libx264", "-preset", "ultrafast", "-qp", "0", "-pix_fmt", "yuv420p")
PAINTERS = tuple(painter for painter, _ in scenes.PAINTERS.values())
WORKERS = 2


@dataclass(frozen=True)
class Clip:
    """A mezzanine; `cpu` is what it cost to make it from its photo, when it was made."""

    path: Path
    digest: str
    cpu: float


@dataclass(frozen=True)
class Track:
    """`duration` in seconds."""

    path: Path
    digest: str
    duration: Fraction


def photo(number: int) -> Path:
    """A scene of the demo under another star, as a camera with a small sensor would have kept it."""
    out = _folder("photos", {"size": PHOTO, "noise": NOISE, "quality": QUALITY}) / f"{number}.jpg"
    if not out.exists():
        chance = np.random.default_rng(1_000 + number)
        picture = np.asarray(develop(PAINTERS[number % len(PAINTERS)](PHOTO, chance), chance), np.float32)
        noise = blur(chance.standard_normal(picture.shape, np.float32), 0.7)
        noisy = picture + noise / noise.std() * NOISE[number % len(NOISE)]
        with drafts.of(out) as draft:
            Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(draft, "JPEG", quality=QUALITY)
    return out


@functools.cache
def photo_digest(number: int) -> str:
    return digests.of_file(photo(number))


def photos(number: int) -> dict[str, Path]:
    """The first so many, by digest."""
    return {photo_digest(place): photo(place) for place in range(number)}


def clips(number: int) -> list[Clip]:
    """As many clips, no two of one photo."""
    return _all(clip, number, f"{_clips()}/{{}}.json")


def clip(number: int) -> Clip:
    """What is made and measured is `motion.render`, as for every take."""
    out = _clips() / f"{number}.mp4"
    facts = out.with_suffix(".json")
    if not facts.exists():
        source = photo(number)
        before = measured.used()
        film(photo=source, out=out, seed=number)
        cpu = measured.used() - before
        _write(facts, {"cpu": cpu, "digest": digests.of_file(out)})
    return Clip(path=out, **json.loads(facts.read_text()))


def lossless(number: int) -> list[Path]:
    """The first clips again, each frame as the camera drew it."""
    return _all(_lossless, number, f"{_drawn()}/{{}}.mp4")


def tracks() -> list[Track]:
    """Two pieces by the local composer."""
    return _all(_track, 2, f"{_music()}/{{}}.json")


def files() -> dict[str, Path]:
    """Every clip that there is, and the music, by digest."""
    made = [clip(int(facts.stem)) for facts in _clips().glob("*.json")]
    return {known.digest: known.path for known in (*made, *tracks())}


def film(*, photo: Path, out: Path, seed: int) -> None:
    motion.render(
        photo=photo,
        out=out,
        aspect=ASPECT,
        fps=FPS,
        seconds=SECONDS,
        seed=seed,
        prompt="",
        on_progress=lambda fraction: None,
        cancelled=lambda: False,
    )


def _lossless(number: int) -> Path:
    out = _drawn() / f"{number}.mp4"
    if not out.exists():
        with mock.patch.object(encoding, "mezzanine_arguments", _as_drawn):
            film(photo=photo(number), out=out, seed=number)
    return out


def _as_drawn(*, size: shapes.Size, fps: int, frames: int) -> list[str]:
    """In no form that a film is joined from, but with its count of time, so that our decoder reads it."""
    ticks = ("-video_track_timescale", str(media_time.TICKS_PER_SECOND))
    return ["-frames:v", str(frames), *LOSSLESS, *ticks, "-f", "mp4"]


def _track(number: int) -> Track:
    out = _music() / f"{number}.m4a"
    facts = out.with_suffix(".json")
    if not facts.exists():
        made = music.make(recipe=catalogue.CATALOGUE[number], out=out)
        _write(facts, {"digest": digests.of_file(out), "duration": str(made.duration)})
    found = json.loads(facts.read_text())
    return Track(path=out, digest=found["digest"], duration=Fraction(found["duration"]))


def _clips() -> Path:
    encoder = encoding.mezzanine_arguments(size=shapes.size(ASPECT), fps=FPS, frames=FRAMES)
    return _folder("clips", {**_filmed(), "encoder": encoder})


def _drawn() -> Path:
    return _folder("drawn", _filmed())


def _filmed() -> dict[str, Any]:
    return {"photo": PHOTO, "noise": NOISE, "motion": motion.VERSION}


def _music() -> Path:
    return _folder("music", {"music": music.VERSION})


def _folder(kind: str, recipe: dict[str, Any]) -> Path:
    folder = HOME / kind / digests.of_recipe({"version": VERSION, **recipe})[:16]
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _write(facts: Path, document: dict[str, Any]) -> None:
    """Last of all: where the facts are, the file that they speak of is whole."""
    with drafts.of(facts) as draft:
        draft.write_text(json.dumps(document))


def _all(make: Callable[[int], Any], number: int, kept: str) -> list[Any]:
    """The first so many. Those that are missing are made in processes, two at a time, so that what one costs
    is not mixed with another that is made beside it."""
    missing = [place for place in range(number) if not Path(kept.format(place)).exists()]
    if missing:
        spawn = multiprocessing.get_context("spawn")
        with futures.ProcessPoolExecutor(min(WORKERS, len(missing)), mp_context=spawn) as pool:
            list(pool.map(make, missing))
    return [make(place) for place in range(number)]
