"""Every way of making a clip, this machine's own too, is held to the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from echoes.kernel.ffmpeg import probe
from providers.capabilities import Capability, MotionRequest, Order, Picture
from tests import pictures
from tests.provider_suite.harness import Maker, makers

SIZES = {"16:9": (1280, 720), "9:16": (720, 1280)}
WORDS = "Slowly nearer, while clouds pass."


@pytest.fixture(params=makers(Capability.MOTION))
def maker(request: pytest.FixtureRequest) -> Maker:
    found: Maker = request.param
    return found


def order(maker: Maker, folder: Path, *, aspect: str, seconds: int = 0) -> Order:
    path = pictures.jpeg(folder / "picture.jpg", seed=3, size=SIZES[aspect])
    picture = Picture(path, "image/jpeg", *SIZES[aspect])
    return Order(maker.spec, MotionRequest(picture, WORDS, seconds or shortest(maker), aspect, seed=11))


def shortest(maker: Maker) -> int:
    """Seconds that this model makes and the suite can afford."""
    return 6 if maker.spec.wire.startswith("veo") else 5


def frames(path: Path) -> list[Any]:
    film = cv2.VideoCapture(str(path))
    found = []
    while True:
        there, frame = film.read()
        if not there:
            return found
        found.append(small(frame))


def small(picture: Any) -> Any:
    return cv2.resize(picture, (160, 160), interpolation=cv2.INTER_AREA).astype(np.int16)


@pytest.mark.parametrize("aspect", list(SIZES))
def test_a_photo_becomes_a_silent_clip_that_begins_with_it_and_moves(
    maker: Maker, aspect: str, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    asked = order(maker, tmp_path, aspect=aspect)

    with maker.open() as produce:
        answer = produce(asked, out)

    [path] = answer.files
    assert path.parent == out
    assert answer.said == {}
    assert answer.usd is None or 0 <= answer.usd <= maker.most
    is_a_silent_film(path, seconds=asked.request.seconds, aspect=aspect)
    begins_with_and_moves(path, photo=asked.request.picture.path)


def is_a_silent_film(path: Path, *, seconds: int, aspect: str) -> None:
    found = probe.probe(path)
    assert path.read_bytes()[4:8] == b"ftyp"
    assert found.video is not None
    assert found.audio is None
    assert abs(float(found.duration) - seconds) <= seconds / 10
    assert (found.video.width > found.video.height) == (aspect == "16:9")
    assert min(found.video.width, found.video.height) >= 480


def begins_with_and_moves(path: Path, *, photo: Path) -> None:
    """All of it can be decoded. It begins with the photo, or most of it, and goes on with something else."""
    video = probe.probe(path).video
    seen = frames(path)
    assert video is not None
    assert len(seen) >= 0.9 * video.frames
    assert np.corrcoef(small(cv2.imread(str(photo))).ravel(), seen[0].ravel())[0, 1] > 0.6
    assert np.abs(seen[0] - seen[-1]).mean() > 1
    assert np.abs(seen[0] - seen[len(seen) // 2]).mean() > 0.5
