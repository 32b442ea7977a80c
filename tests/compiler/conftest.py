"""Small clips, encoded as real ones are: ten times fewer pixels, the same recipe."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from echoes.kernel import shapes
from echoes.kernel.ffmpeg import encoding, run
from echoes.kernel.shapes import Size

SMALL = Size(256, 144)
OTHERS = {"9:16": Size(144, 256), "1:1": Size(192, 192), "4:5": Size(160, 200)}
PICTURES = {
    "bars": "testsrc2=size={w}x{h}:rate=24",
    "fractal": "mandelbrot=size={w}x{h}:rate=24:start_scale=0.7:end_scale=0.1:end_pts=60",
    "colours": "gradients=size={w}x{h}:rate=24:seed=3:speed=0.05:duration=10",
    "noise": "testsrc=size={w}x{h}:rate=24,hue=h=90",
}


@pytest.fixture(autouse=True)
def _small_films(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(shapes.SIZES, "16:9", SMALL)


@pytest.fixture
def small_in_every_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    for shape, size in OTHERS.items():
        monkeypatch.setitem(shapes.SIZES, shape, size)


def make_clip(path: Path, *, picture: str, frames: int = 60, fps: int = 24) -> Path:
    source = PICTURES[picture].format(w=SMALL.width, h=SMALL.height).replace("rate=24", f"rate={fps}")
    options = encoding.mezzanine_arguments(size=SMALL, fps=fps, frames=frames)
    run.run(["-f", "lavfi", "-i", source, "-vf", encoding.RGB_FILTER, *options, str(path)], timeout=60)
    return path


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Mezzanines of 60 frames by their picture's name, and six seconds of `music`."""
    folder = tmp_path_factory.mktemp("clips")
    made = {name: make_clip(folder / f"{name}.mp4", picture=name) for name in PICTURES}
    made["music"] = folder / "music.m4a"
    tone = "sine=frequency=330:sample_rate=44100:duration=6"
    run.run(["-f", "lavfi", "-i", tone, "-c:a", "aac", str(made["music"])], timeout=60)
    return made


@pytest.fixture
def never() -> Callable[[], bool]:
    return lambda: False
