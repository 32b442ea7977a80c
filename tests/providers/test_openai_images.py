from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openai.types import ImagesResponse
from PIL import Image

from providers.capabilities import Picture
from providers.errors import Failed
from providers.openai import OPENAI, images
from tests.contracts.openai import fake, multipart
from tests.providers import openai_orders as orders


@pytest.fixture
def service() -> Iterator[fake.OpenAI]:
    with orders.serving() as running:
        yield running
        assert running.violations == []


class TestTheBody:
    def test_is_exactly_this(self, service: fake.OpenAI, tmp_path: Path) -> None:
        OPENAI.answer(orders.image(options={"quality": "medium"}), folder=tmp_path)
        assert orders.bodies(service, "images") == [
            {
                "model": "gpt-image-2.5-flare",
                "prompt": "A lake",
                "n": 1,
                "size": "1536x864",
                "background": "opaque",
                "output_format": "jpeg",
                "quality": "medium",
            }
        ]

    @pytest.mark.parametrize("aspect", images.SIZES)
    @pytest.mark.parametrize("wire", ["gpt-image-2.5-flare", "gpt-image-2.6-flare"])
    def test_names_a_size_that_the_model_makes(
        self, service: fake.OpenAI, tmp_path: Path, wire: str, aspect: str
    ) -> None:
        answer = OPENAI.answer(orders.image(wire=wire, aspect=aspect), folder=tmp_path)
        width, height = opened(answer.files[0]).size
        across, down = map(int, aspect.split(":"))
        assert (width > height) == (across > down)
        if wire in images.ANY_SIZE:
            assert width * down == height * across

    def test_of_a_transparent_picture_asks_for_png(self, service: fake.OpenAI, tmp_path: Path) -> None:
        [file] = OPENAI.answer(orders.image(transparent=True), folder=tmp_path).files
        [body] = orders.bodies(service, "images")
        assert (body["background"], body["output_format"]) == ("transparent", "png")
        assert file.name == "picture.png"
        assert opened(file).mode == "RGBA"

    def test_with_references_is_a_form_with_files(self, service: fake.OpenAI, tmp_path: Path) -> None:
        sent = [orders.picture(tmp_path, seed=1), orders.picture(tmp_path, seed=2)]
        OPENAI.answer(orders.image(*sent), folder=tmp_path)
        [(_, call)] = service.calls
        fields, files = multipart.read(call)
        assert fields == {
            "model": ["gpt-image-2.5-flare"],
            "prompt": ["A lake"],
            "n": ["1"],
            "size": ["1536x864"],
            "background": ["opaque"],
            "output_format": ["jpeg"],
        }
        assert files == {
            "image[]": [
                multipart.Sent(f"{number}.jpg", "image/jpeg", each.path.read_bytes())
                for number, each in enumerate(sent)
            ]
        }

    @pytest.mark.parametrize(
        ("how", "detail"),
        [
            ({"prompt": "  "}, "a prompt of 2 characters"),
            ({"prompt": "a" * 32_001}, "a prompt of 32001 characters"),
            ({"aspect": "21:9"}, "no size for 21:9"),
            ({"control": Picture(Path("x"), "image/png", 1, 1)}, "it does not keep the edges of a picture"),
            ({"options": {"stlye": "vivid"}}, "unknown options of a-model: stlye"),
            ({"options": {"input_fidelity": "high"}}, "unknown options of a-model: input_fidelity"),
        ],
    )
    def test_is_not_sent_when_the_contract_forbids_it(
        self, service: fake.OpenAI, tmp_path: Path, how: dict[str, Any], detail: str
    ) -> None:
        with pytest.raises(Failed) as caught:
            OPENAI.answer(orders.image(**how), folder=tmp_path)
        assert (caught.value.code, caught.value.detail) == ("bad_input", detail)
        assert service.calls == []

    def test_takes_sixteen_references_and_no_more(self, service: fake.OpenAI, tmp_path: Path) -> None:
        sent = [orders.picture(tmp_path)] * 17
        OPENAI.answer(orders.image(*sent[:16]), folder=tmp_path)
        with pytest.raises(Failed):
            OPENAI.answer(orders.image(*sent), folder=tmp_path)
        assert service.asked["edits"] == 1


class TestTheAnswer:
    def test_is_a_picture_in_the_folder_and_its_price(self, service: fake.OpenAI, tmp_path: Path) -> None:
        answer = OPENAI.answer(orders.image(), folder=tmp_path)
        assert list(tmp_path.iterdir()) == [tmp_path / "picture.jpg"] == list(answer.files)
        assert opened(answer.files[0]).size == (1536, 864)
        assert answer.usd == Decimal("0.038881")  # 2 tokens in and 1296 out, rounded up

    def test_after_another_picture_looks_like_it(self, service: fake.OpenAI, tmp_path: Path) -> None:
        Image.new("RGB", (96, 64), (10, 10, 240)).save(tmp_path / "blue.png")
        blue = Picture(tmp_path / "blue.png", "image/png", 96, 64)
        out = tmp_path / "out"
        out.mkdir()
        [file] = OPENAI.answer(orders.image(blue, prompt="At night"), folder=out).files
        red, _, most = opened(file).resize((1, 1)).getpixel((0, 0))  # type: ignore[misc]
        assert most > red

    def test_without_a_count_has_the_price_of_the_model(self, service: fake.OpenAI, tmp_path: Path) -> None:
        service.fault("images", "no_usage")
        assert OPENAI.answer(orders.image(), folder=tmp_path).usd is None

    def test_without_a_picture_is_unusable_and_paid_for(self, service: fake.OpenAI, tmp_path: Path) -> None:
        service.fault("images", "no_picture")
        with pytest.raises(Failed) as caught:
            OPENAI.answer(orders.image(), folder=tmp_path)
        assert caught.value.code == "bad_result"
        assert caught.value.usd and caught.value.usd > 0
        assert list(tmp_path.iterdir()) == []

    def test_that_comes_slowly_comes(self, service: fake.OpenAI, tmp_path: Path) -> None:
        service.fault("images", "slow", seconds=0.4)
        [file] = OPENAI.answer(orders.image(), folder=tmp_path).files
        assert opened(file).format == "JPEG"

    @pytest.mark.parametrize("spoilt", [b"", b"GIF89a", b"<html>"])
    def test_that_is_no_such_picture_is_not_kept(self, spoilt: bytes) -> None:
        made: Any = _made(spoilt)
        with pytest.raises(Failed):
            images._content(made, "png", None)

    def test_that_is_one_is_kept_as_it_is(self) -> None:
        content = io.BytesIO()
        Image.new("RGB", (4, 4)).save(content, "PNG")
        assert images._content(_made(content.getvalue()), "png", None) == content.getvalue()

    @pytest.mark.parametrize(("references", "code"), [(0, "unsafe_words"), (1, "unsafe_picture")])
    def test_that_is_blocked_is_about_what_was_sent(
        self, service: fake.OpenAI, tmp_path: Path, references: int, code: str
    ) -> None:
        sent = [orders.picture(tmp_path)] * references
        with pytest.raises(Failed) as caught:
            OPENAI.answer(orders.image(*sent, prompt="Gore everywhere"), folder=tmp_path)
        assert caught.value.code == code
        assert caught.value.permanent
        assert caught.value.detail.startswith("moderation_blocked: ")
        assert "safety_violations=[violence]" in caught.value.detail


def opened(path: Path) -> Image.Image:
    return Image.open(io.BytesIO(path.read_bytes()))


def _made(content: bytes) -> Any:
    data = [{"b64_json": base64.b64encode(content).decode()}]
    return ImagesResponse.model_validate({"created": 1, "data": data})
