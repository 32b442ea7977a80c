"""The faces that pages get look as those that they were made from."""

from __future__ import annotations

import gzip
import io
from typing import Any

import numpy as np
import pytest
import skia
from django.test import Client
from fontTools.ttLib import TTFont

from echoes import staticfiles, webfonts

WORDS = "Your photos, as a film worth keeping ÄÖéß 0123&@"


def unpacked(name: str) -> bytes:
    font = TTFont(io.BytesIO(webfonts.packed(name)))
    assert font.flavor == "woff2"
    font.flavor = None
    font.save(out := io.BytesIO())
    return out.getvalue()


def drawn(font: bytes, **axes: float) -> Any:
    coordinates = [
        skia.FontArguments.VariationPosition.Coordinate(int.from_bytes(name.encode(), "big"), value)
        for name, value in axes.items()
    ]
    kept = skia.FontArguments.VariationPosition.Coordinates(coordinates)  # Skia itself keeps none of it
    arguments = skia.FontArguments()
    arguments.setVariationDesignPosition(skia.FontArguments.VariationPosition(kept))
    face = skia.Typeface.MakeFromData(skia.Data.MakeWithCopy(font)).makeClone(arguments)
    surface = skia.Surface(1400, 160)
    canvas = surface.getCanvas()
    canvas.clear(0xFFFFFFFF)
    canvas.drawString(WORDS, 10, 100, skia.Font(face, 52), skia.Paint(AntiAlias=True))
    return surface.makeImageSnapshot().toarray()


@pytest.fixture(scope="module")
def small() -> bytes:
    return unpacked("display")


class TestPacked:
    @pytest.mark.parametrize(("wght", "opsz"), [(500, 52), (900, 9), (100, 144), (540, 19), (560, 22)])
    def test_changes_no_letter_along_the_axes_that_are_used(self, wght: int, opsz: int, small: bytes) -> None:
        before, after = (drawn(font, wght=wght, opsz=opsz) for font in (webfonts.whole("display"), small))
        assert (before < 128).sum() > 5_000
        assert np.array_equal(before, after)

    def test_leaves_out_the_others(self, small: bytes) -> None:
        before, after = (drawn(font, wght=500, SOFT=100) for font in (webfonts.whole("display"), small))
        assert not np.array_equal(before, after)

    def test_weighs_little(self) -> None:
        assert len(webfonts.packed("display")) < 0.5 * len(gzip.compress(webfonts.whole("display")))
        assert len(webfonts.packed("text")) < len(gzip.compress(webfonts.whole("text")))


class TestWhole:
    def test_is_kept_for_ever_under_an_address_that_changes_with_it(self) -> None:
        for name in webfonts.FACES:
            address = staticfiles.plain_face(name)
            answer = Client().get(address)
            assert answer["Content-Type"] == "font/ttf"
            assert "immutable" in answer["Cache-Control"]
            assert answer.content == webfonts.whole(name)
            assert address.endswith(webfonts.version(name))
            assert address in webfonts.css(staticfiles.plain_face)
