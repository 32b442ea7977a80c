"""What is held of every model that takes a thing out of its background."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from jobs.remote import Refused
from providers.capabilities import Capability, Cut, CutoutRequest, Order, Picture
from providers.errors import Failed
from tests.provider_suite import harness
from tests.provider_suite.harness import Maker
from tests.providers import drawn

WIDTH, HEIGHT = 640, 480

pytestmark = pytest.mark.parametrize("maker", harness.makers(Capability.CUTOUT))


@pytest.fixture
def picture(tmp_path: Path) -> Picture:
    """A red ball in the middle, before a plain wall."""
    canvas = np.full((HEIGHT, WIDTH, 3), (205, 210, 215), np.uint8)
    cv2.circle(canvas, (WIDTH // 2, HEIGHT // 2), 130, (190.0, 30.0, 40.0), -1, cv2.LINE_AA)
    cv2.circle(canvas, (WIDTH // 2 - 45, HEIGHT // 2 - 45), 25, (250.0, 190.0, 190.0), -1, cv2.LINE_AA)
    return Picture(drawn.saved(picture=canvas, at=tmp_path / "ball.jpg"), "image/jpeg", WIDTH, HEIGHT)


def test_one_png_comes_back_with_the_thing_and_without_the_corners(
    maker: Maker, picture: Picture, tmp_path: Path
) -> None:
    with maker.open() as produce:
        answer = produce(Order(maker.spec, CutoutRequest(picture)), tmp_path)
    [made] = answer.files
    with Image.open(made) as cut:
        assert (cut.format, cut.mode) == ("PNG", "RGBA")
        assert abs(cut.width / cut.height - WIDTH / HEIGHT) < 0.02
        alpha = np.asarray(cut.resize((WIDTH, HEIGHT)).getchannel("A"))
    assert alpha[HEIGHT // 2 - 40 : HEIGHT // 2 + 40, WIDTH // 2 - 40 : WIDTH // 2 + 40].mean() > 230
    assert max(alpha[y, x] for y in (4, HEIGHT - 5) for x in (4, WIDTH - 5)) < 30


def test_it_says_how_sure_it_is(maker: Maker, picture: Picture, tmp_path: Path) -> None:
    with maker.open() as produce:
        answer = produce(Order(maker.spec, CutoutRequest(picture)), tmp_path)
    assert 0 <= Cut.model_validate(answer.said).sure <= 1


def test_what_is_no_picture_makes_nothing(maker: Maker, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff this is no picture")
    request = CutoutRequest(Picture(broken, "image/jpeg", WIDTH, HEIGHT))
    with maker.open() as produce, pytest.raises((Refused, Failed)) as refusal:
        produce(Order(maker.spec, request), tmp_path)
    assert refusal.value.code == "bad_input"
