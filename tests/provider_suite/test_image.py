"""What is held of every model that draws pictures from words."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from jobs.remote import Refused
from providers.capabilities import Capability, ImageRequest, Order, Picture
from providers.errors import Failed
from tests.provider_suite import harness
from tests.provider_suite.harness import Maker
from tests.providers import drawn

WORDS = "A small red boat on a calm lake, mountains behind it, early morning light"
SHAPE = 0.05  # by how much a shape may be another than was asked for

pytestmark = pytest.mark.parametrize("maker", harness.makers(Capability.IMAGE))


def keeps_edges(maker: Maker) -> bool:
    """Whether it is a model that needs a control picture."""
    return "canny" in maker.spec.wire


def order(maker: Maker, folder: Path, *, words: str = WORDS, aspect: str = "16:9") -> Order:
    control = control_of(folder) if keeps_edges(maker) else None
    return Order(maker.spec, ImageRequest(words, aspect, seed=7, control=control))


def control_of(folder: Path) -> Picture:
    """A house, as drawn with a ruler, in 16:9."""
    canvas = np.full((432, 768, 3), 235, np.uint8)
    cv2.rectangle(canvas, (240, 200), (520, 400), (60.0, 60.0, 60.0), 4)
    cv2.line(canvas, (240, 200), (380, 80), (60.0, 60.0, 60.0), 4)
    cv2.line(canvas, (380, 80), (520, 200), (60.0, 60.0, 60.0), 4)
    path = drawn.saved(picture=canvas, at=folder / "control.png")
    return Picture(path, "image/png", 768, 432)


def test_one_picture_of_the_asked_shape_comes_back(maker: Maker, tmp_path: Path) -> None:
    with maker.open() as produce:
        answer = produce(order(maker, tmp_path), tmp_path)
    [made] = answer.files
    with Image.open(made) as picture:
        picture.load()
        assert abs(picture.width / picture.height / Fraction(16, 9) - 1) < SHAPE
        assert picture.width * picture.height >= 300_000
        assert len(picture.convert("RGB").resize((64, 36)).getcolors(64 * 36) or []) > 50


def test_anwrong_shape_is_anwrong_shape(maker: Maker, tmp_path: Path) -> None:
    if keeps_edges(maker):
        assert order(maker, tmp_path).request.control is not None  # type: ignore[union-attr]
        return  # it has its control's shape, whatever is asked for
    with maker.open() as produce:
        answer = produce(order(maker, tmp_path, aspect="1:1"), tmp_path)
    with Image.open(answer.files[0]) as picture:
        assert abs(picture.width / picture.height - 1) < SHAPE


def test_edges_are_kept_where_a_control_is_followed(maker: Maker, tmp_path: Path) -> None:
    if not keeps_edges(maker):
        with maker.open() as produce, pytest.raises((Refused, Failed)) as refusal:
            request = ImageRequest(WORDS, "16:9", seed=7, control=control_of(tmp_path))
            produce(Order(maker.spec, request), tmp_path)
        assert refusal.value.code == "bad_input"
        return
    with maker.open() as produce:
        answer = produce(order(maker, tmp_path), tmp_path)
    made = cv2.resize(cv2.imread(str(answer.files[0]), cv2.IMREAD_GRAYSCALE), (768, 432))
    asked = cv2.imread(str(tmp_path / "control.png"), cv2.IMREAD_GRAYSCALE)
    near = cv2.dilate(cv2.Canny(made, 40, 120), np.ones((9, 9), np.uint8)) > 0
    wanted = cv2.Canny(asked, 40, 120) > 0
    assert near[wanted].mean() > 0.6


def test_no_words_are_refused_before_anything_is_sent(maker: Maker, tmp_path: Path) -> None:
    with maker.open() as produce, pytest.raises((Refused, Failed)) as refusal:
        produce(order(maker, tmp_path, words=""), tmp_path)
    assert refusal.value.code == "bad_input"
