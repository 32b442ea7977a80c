from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from echoes.kernel.errors import Cancelled
from providers.capabilities import Answer, CutoutRequest, Picture
from providers.errors import Failed
from providers.local import cutout, weights
from providers.local.matting import network
from tests.providers import drawn, objects, tiny_network


def taken(picture: objects.Picture, folder: Path) -> Answer:
    path = drawn.saved(picture=picture, at=folder / "photo.jpg")
    request = CutoutRequest(Picture(path, "image/jpeg", picture.shape[1], picture.shape[0]))
    out = folder / "out"
    out.mkdir()
    return cutout.answer(request, folder=out, on_progress=lambda share: None, cancelled=lambda: False)


def layers(answer: Answer) -> tuple[objects.Picture, objects.Floats]:
    with Image.open(answer.files[0]) as image:
        pixels = np.asarray(image.convert("RGBA"))
    return pixels[..., :3], pixels[..., 3].astype(np.float32) / 255


def mug(colour: objects.Colour = (50, 80, 170)) -> objects.Drawn:
    ground = objects.plain(objects.WIDTH, objects.HEIGHT)
    return objects.draw(thing=objects.mug, ground=ground, colour=colour, shadow=0.2)


class TestAnswer:
    def test_is_the_thing_in_its_own_colours(self, tmp_path: Path) -> None:
        picture = mug()
        answer = taken(picture.picture, tmp_path)
        colours, alpha = layers(answer)
        assert picture.overlap(alpha) > 0.97
        assert answer.said["sure"] > 0.9
        assert np.abs(colours[350, 400].astype(int) - picture.picture[350, 400]).max() < 12

    def test_says_that_it_is_not_sure_of_white_on_white(self, tmp_path: Path) -> None:
        """And takes nothing away."""
        answer = taken(mug((232, 232, 233)).picture, tmp_path)
        assert answer.said["sure"] < 0.5
        assert layers(answer)[1].mean() > 0.2

    def test_is_not_made_when_it_is_cancelled(self, tmp_path: Path) -> None:
        path = drawn.saved(picture=mug().picture, at=tmp_path / "photo.jpg")
        request = CutoutRequest(Picture(path, "image/jpeg", 900, 700))
        with pytest.raises(Cancelled):
            cutout.answer(request, folder=tmp_path, on_progress=lambda share: None, cancelled=lambda: True)
        assert list(tmp_path.iterdir()) == [path]

    def test_is_refused_for_what_is_no_picture(self, tmp_path: Path) -> None:
        path = tmp_path / "photo.jpg"
        path.write_bytes(b"no photo")
        request = CutoutRequest(Picture(path, "image/jpeg", 9, 9))
        with pytest.raises(Failed) as failed:
            cutout.answer(request, folder=tmp_path, on_progress=lambda share: None, cancelled=lambda: False)
        assert failed.value.code == "bad_input"


class TestMattingModel:
    def test_is_used_where_a_deployment_brings_one(self, tmp_path: Path, settings: object) -> None:
        settings.MATTING_MODEL = tiny_network.write(tmp_path / "tiny.onnx")  # type: ignore[attr-defined]
        picture = np.full((300, 500, 3), 20, np.uint8)
        picture[100:200, 200:400] = 240
        answer = taken(picture, tmp_path)
        alpha = layers(answer)[1]
        assert alpha[110:190, 210:390].min() > 0.95
        assert alpha[:90].max() < 0.05
        assert answer.said["sure"] > 0.9

    @pytest.mark.parametrize("damage", ["missing", "broken"])
    def test_is_done_without_where_it_cannot_be_loaded(
        self, tmp_path: Path, settings: object, damage: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        model = tmp_path / "model.onnx"
        if damage == "broken":
            model.write_bytes(b"this is no network")
        settings.MATTING_MODEL = model  # type: ignore[attr-defined]
        picture = mug()
        assert picture.overlap(layers(taken(picture.picture, tmp_path))[1]) > 0.97
        assert "without MATTING_MODEL" in caplog.text

    def test_sees_one_picture_at_a_time(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A run takes more than a gigabyte: others wait for it."""
        from concurrent.futures import ThreadPoolExecutor

        running: list[int] = []
        most: list[int] = []

        class Slow:
            def get_inputs(self) -> list[object]:
                return [type("Input", (), {"name": "picture", "type": "tensor(float16)"})]

            def run(self, _: None, given: dict[str, np.ndarray]) -> list[np.ndarray]:
                assert given["picture"].dtype == np.float16
                running.append(1)
                most.append(len(running))
                time.sleep(0.02)
                running.pop()
                return [np.zeros((1, 1, 1024, 1024), np.float32)]

        monkeypatch.setattr(weights, "session", lambda **_: Slow())
        picture = np.zeros((20, 30, 3), np.uint8)
        with ThreadPoolExecutor(4) as pool:
            found = list(
                pool.map(lambda _: network.separate(image=picture, model=tmp_path / "any.onnx"), range(8))
            )
        assert max(most) == 1
        assert {each.sure for each in found} == {0.0}
