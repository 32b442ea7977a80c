"""The face that pages get looks as the one that it was made from."""

from __future__ import annotations

from importlib import resources
from typing import Any

import numpy as np
import pytest
import skia
from django.test import Client

from echoes import webfonts

WORDS = "Your photos, as a film worth keeping ÄÖéß 0123&@"


def whole() -> bytes:
    face = webfonts.FACES["display"]
    return resources.files(face.package).joinpath(face.file).read_bytes()


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


class TestLoad:
    @pytest.mark.parametrize(("wght", "opsz"), [(500, 52), (900, 9), (100, 144), (540, 19), (560, 22)])
    def test_changes_no_letter_along_the_axes_that_are_used(self, wght: int, opsz: int) -> None:
        before, after = (drawn(font, wght=wght, opsz=opsz) for font in (whole(), webfonts.load("display")))
        assert (before < 128).sum() > 5_000
        assert np.array_equal(before, after)

    def test_leaves_out_the_others(self) -> None:
        soft = drawn(webfonts.load("display"), wght=500, SOFT=100)
        assert not np.array_equal(soft, drawn(whole(), wght=500, SOFT=100))
        assert len(webfonts.packed("display")) < 0.6 * len(webfonts.gzip.compress(whole()))

    def test_sums_up_as_a_file_of_type_does(self) -> None:
        assert webfonts._sum(webfonts.load("display")) == webfonts.CHECKSUM


class TestAddress:
    def test_changes_with_the_face_and_is_kept_for_ever(self) -> None:
        for name in webfonts.FACES:
            address = webfonts.address(name)
            answer = Client().get(address)
            assert answer["Content-Type"] == "font/ttf"
            assert "immutable" in answer["Cache-Control"]
            assert answer.content == webfonts.load(name)
            packed = Client().get(address, headers={"Accept-Encoding": "gzip, br"})
            assert (packed["Content-Encoding"], packed.content) == ("gzip", webfonts.packed(name))
            assert address in webfonts.css()
