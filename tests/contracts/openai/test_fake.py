from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openai
import pytest
from PIL import Image
from pydantic import BaseModel, ConfigDict

from tests import pictures
from tests.contracts.openai import fake, forms, recordings, shapes

MODEL = "gpt-6-luna"
FORM = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "sides": {"type": "array", "items": {"type": "integer"}}},
    "required": ["title", "sides"],
    "additionalProperties": False,
}


@pytest.fixture
def service() -> Iterator[fake.OpenAI]:
    with fake.running() as running:
        yield running
        assert running.violations == []


def client(service: fake.OpenAI, **how: Any) -> openai.OpenAI:
    """The SDK as it comes, in its strict mode."""
    settled = {"api_key": fake.KEY, "max_retries": 0, "_strict_response_validation": True}
    return openai.OpenAI(base_url=f"{service.url}/v1", **settled | how)


def asked(schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    form = {"type": "json_schema", "name": "form", "strict": True, "schema": schema}
    return {"model": MODEL, "input": "Hello", "text": {"format": form}, **more}


def uri(picture: Path) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(picture.read_bytes()).decode()}"


class Card(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: str
    sides: list[int]


class TestTheFacts:
    def test_are_of_the_installed_sdk(self) -> None:
        """Another SDK: read its types again, then write its version down."""
        assert forms.FACTS["source"]["version"] == openai.__version__

    def test_name_models_that_the_sdk_names(self) -> None:
        named = json.dumps(shapes._body_validator("images").schema)
        pictured = [name for name, facts in fake.MODELS.items() if facts["kind"] == "image"]
        assert pictured
        assert [name for name in pictured if f'"{name}"' not in named] == []

    def test_agree_with_the_sdk_on_what_is_judged_in_pictures(self) -> None:
        found = openai.types.moderation.CategoryAppliedInputTypes.model_json_schema()["properties"]
        judged = {name for name, each in found.items() if "image" in json.dumps(each["items"])}
        assert judged == set(forms.FACTS["judged_in_pictures"])


class TestResponses:
    def test_speaks_with_the_sdk_and_its_own_parser(self, service: fake.OpenAI) -> None:
        said = client(service).responses.parse(model=MODEL, input="Hello", text_format=Card)
        assert isinstance(said.output_parsed, Card)
        assert said.usage and said.usage.total_tokens > 0
        assert said._request_id and said._request_id.startswith("req_")

    @pytest.mark.parametrize(
        ("spoilt", "words"),
        [
            ({**FORM, "additionalProperties": True}, "additionalProperties"),
            ({**FORM, "required": ["title"]}, "required"),
            ({**FORM, "default": {}}, "default"),
            (
                {**FORM, "properties": {**FORM["properties"], "title": {"type": "string", "maxLength": 3}}},
                "maxL",
            ),
        ],
    )
    def test_takes_only_strict_forms(self, service: fake.OpenAI, spoilt: dict[str, Any], words: str) -> None:
        with service.provoking() as sins, pytest.raises(openai.BadRequestError, match=words) as caught:
            client(service).responses.create(**asked(spoilt))
        assert caught.value.code == "invalid_json_schema"
        assert len(sins) == 1

    @pytest.mark.parametrize(
        "wrong",
        [
            {"extra_body": {"inpt": "x"}},
            {"reasoning": {"effort": "never"}},
            {"max_output_tokens": 3},
            {"temperature": 0.2},
            {"input": [{"role": "user", "content": [{"type": "input_text"}]}]},
        ],
    )
    def test_takes_no_other_body(self, service: fake.OpenAI, wrong: dict[str, Any]) -> None:
        with service.provoking() as sins, pytest.raises(openai.BadRequestError):
            client(service).responses.create(**asked(FORM) | wrong)
        assert len(sins) == 1
        assert service.made == {}

    def test_says_what_it_measures_of_a_picture(self, service: fake.OpenAI, tmp_path: Path) -> None:
        Image.new("RGB", (320, 200), (20, 30, 230)).save(tmp_path / "blue.jpg")
        shown = {"type": "input_image", "image_url": uri(tmp_path / "blue.jpg"), "detail": "low"}
        form = {**FORM, "properties": {"description": {"type": "string"}}, "required": ["description"]}
        said = client(service).responses.create(
            **asked(form) | {"input": [{"role": "user", "content": [shown]}]}
        )
        assert "wide picture, mostly blue, 320 by 200" in json.loads(said.output_text)["description"]

    def test_refuses_what_is_no_picture(self, service: fake.OpenAI) -> None:
        shown = {"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": "low"}
        with pytest.raises(openai.BadRequestError) as caught:
            client(service).responses.create(
                **asked(FORM) | {"input": [{"role": "user", "content": [shown]}]}
            )
        assert caught.value.code == "invalid_image_format"

    def test_stops_where_the_tokens_end(self, service: fake.OpenAI) -> None:
        form = {"type": "object", "additionalProperties": False, "required": [], "properties": {}}
        for number in range(20):
            form["properties"][f"part{number}"] = {"type": "string"}  # type: ignore[index]
        form["required"] = list(form["properties"])  # type: ignore[call-overload]
        said = client(service).responses.create(**asked(form, max_output_tokens=16))
        assert said.status == "incomplete"
        assert said.incomplete_details and said.incomplete_details.reason == "max_output_tokens"
        with pytest.raises(ValueError):
            json.loads(said.output_text)

    @pytest.mark.parametrize(
        ("kind", "status"),
        [("refusal", "completed"), ("incomplete", "incomplete"), ("content_filter", "incomplete"),
         ("failed", "failed"), ("wrong_form", "completed")],
    )  # fmt: skip
    def test_ends_as_it_is_told(self, service: fake.OpenAI, kind: str, status: str) -> None:
        service.fault("responses", kind)
        said = client(service).responses.create(**asked(FORM))
        assert said.status == status
        assert client(service).responses.create(**asked(FORM)).status == "completed"

    def test_thinks_at_our_expense_unless_it_is_told_not_to(self, service: fake.OpenAI) -> None:
        thought = client(service).responses.create(**asked(FORM)).usage
        quick = client(service).responses.create(**asked(FORM, reasoning={"effort": "none"})).usage
        assert thought and quick
        assert thought.output_tokens > quick.output_tokens


class TestErrors:
    @pytest.mark.parametrize(
        ("kind", "error", "code"),
        [
            ("quota", openai.RateLimitError, "insufficient_quota"),
            ("rate_limit", openai.RateLimitError, "rate_limit_exceeded"),
            ("model_gone", openai.NotFoundError, "model_not_found"),
            ("moderation_blocked", openai.BadRequestError, "moderation_blocked"),
        ],
    )
    def test_come_as_the_service_words_them(
        self, service: fake.OpenAI, kind: str, error: type[openai.APIStatusError], code: str
    ) -> None:
        service.fault("images", kind, retry_after=2)
        with pytest.raises(error) as caught:
            client(service).images.generate(model="gpt-image-2.5-flare", prompt="A lake")
        assert caught.value.code == code
        assert caught.value.response.headers["retry-after-ms"] == "2000"
        assert service.made == {}

    def test_a_wrong_key_is_refused(self, service: fake.OpenAI) -> None:
        with service.provoking() as sins, pytest.raises(openai.AuthenticationError):
            client(service, api_key="sk-of-theirs").models.list()
        assert sins == ["models: not our key"]

    def test_what_does_not_exist_is_a_sin(self, service: fake.OpenAI) -> None:
        with service.provoking() as sins, pytest.raises(openai.NotFoundError):
            client(service).embeddings.create(model="any", input="words")
        assert len(sins) == 1

    def test_a_model_is_gone_from_its_last_day_on(self) -> None:
        with fake.running(today=date(2026, 12, 11)) as later:
            with pytest.raises(openai.NotFoundError):
                client(later).responses.create(model="gpt-5-mini", input="Hello")
            assert "gpt-5-mini" not in {model.id for model in client(later).models.list()}

    def test_an_answer_that_is_lost_was_made_each_time_that_the_sdk_asks(self, service: fake.OpenAI) -> None:
        """Why our own client has its retries off."""
        service.fault("responses", "cut_after", times=2)
        client(service, max_retries=2).responses.create(**asked(FORM))
        assert service.made["responses"] == 3


class TestModerations:
    def test_flags_words_that_it_knows(self, service: fake.OpenAI) -> None:
        bad, near, good = (
            client(service).moderations.create(model="omni-moderation-latest", input=words).results[0]
            for words in ("Gore!", "a knife", "a lake")
        )
        assert (bad.flagged, near.flagged, good.flagged) == (True, False, False)
        assert bad.categories.violence_graphic and bad.category_scores.violence_graphic > 0.9
        assert near.category_scores.violence == 0.42

    def test_judges_one_picture_in_six_categories(self, service: fake.OpenAI, tmp_path: Path) -> None:
        shown = {"type": "image_url", "image_url": {"url": uri(pictures.jpeg(tmp_path / "a.jpg"))}}
        found = client(service).moderations.create(model="omni-moderation-latest", input=[shown])  # type: ignore[list-item]
        applied = found.results[0].category_applied_input_types
        assert (applied.sexual, applied.sexual_minors) == (["image"], [])
        with service.provoking(), pytest.raises(openai.BadRequestError):
            client(service).moderations.create(model="omni-moderation-latest", input=[shown, shown])  # type: ignore[list-item]


class TestImages:
    @pytest.mark.parametrize(
        ("options", "size"),
        [({}, (1024, 1024)), ({"size": "1536x864", "output_format": "jpeg"}, (1536, 864))],
    )
    def test_makes_real_ones_of_the_asked_size(
        self, service: fake.OpenAI, options: dict[str, Any], size: tuple[int, int]
    ) -> None:
        made = client(service).images.generate(model="gpt-image-2.5-flare", prompt="A lake", **options)
        assert made.data and made.usage
        picture = Image.open(io.BytesIO(base64.b64decode(made.data[0].b64_json or "")))
        assert picture.size == size
        assert picture.format == options.get("output_format", "png").upper()

    @pytest.mark.parametrize(
        "options",
        [
            {"size": "1000x700"},
            {"size": "4096x4096"},
            {"background": "transparent", "output_format": "jpeg"},
            {"response_format": "b64_json"},
            {"n": 11},
            {"quality": "finest"},
            {"model": "gpt-image-2", "quality": "max"},
            {"model": "gpt-image-2.6-flare", "size": "1536x864"},
            {"model": MODEL},
            {"prompt": " "},
        ],
    )
    def test_makes_nothing_else(self, service: fake.OpenAI, options: dict[str, Any]) -> None:
        settled = {"model": "gpt-image-2.5-flare", "prompt": "A lake"}
        with service.provoking() as sins, pytest.raises(openai.BadRequestError):
            client(service).images.generate(**settled | options)
        assert len(sins) == 1
        assert service.made == {}

    def test_edits_the_pictures_that_were_sent(self, service: fake.OpenAI, tmp_path: Path) -> None:
        sent = pictures.jpeg(tmp_path / "a.jpg")
        files = [("0.jpg", sent.read_bytes(), "image/jpeg")] * 2
        made = client(service).images.edit(model="gpt-image-2", prompt="At night", image=files, n=1)
        assert made.usage and made.usage.input_tokens_details.image_tokens == 2 * 30 * 20
        with service.provoking(), pytest.raises(openai.BadRequestError):
            client(service).images.edit(model="gpt-image-2", prompt="At night", image=files * 9)

    def test_holds_forms_to_the_sdk(self, service: fake.OpenAI, tmp_path: Path) -> None:
        sent = ("0.jpg", pictures.jpeg(tmp_path / "a.jpg").read_bytes(), "image/jpeg")
        for wrong in ({"extra_body": {"sise": "x"}}, {"quality": "finest"}, {"n": "two"}):
            with service.provoking() as sins, pytest.raises(openai.BadRequestError):
                client(service).images.edit(model="gpt-image-2", prompt="At night", image=sent, **wrong)  # type: ignore[arg-type]
            assert len(sins) == 1

    def test_blocks_words_that_moderation_flags(self, service: fake.OpenAI) -> None:
        with pytest.raises(openai.BadRequestError) as caught:
            client(service).images.generate(model="gpt-image-2.5-flare", prompt="Gore")
        assert (caught.value.code, caught.value.type) == ("moderation_blocked", "image_generation_user_error")


class TestTranscriptions:
    def test_hears_how_long_it_is(self, service: fake.OpenAI, tmp_path: Path) -> None:
        sound = recordings.wav(tmp_path / "a.wav", seconds=2)
        heard: Any = client(service).audio.transcriptions.create(
            model="gpt-transcribe", file=sound, languages=["de"]
        )
        assert heard.usage.seconds == pytest.approx(2, abs=0.05)
        assert heard.languages[0].code == "de"

    def test_says_when_only_as_whisper(self, service: fake.OpenAI, tmp_path: Path) -> None:
        sound = recordings.wav(tmp_path / "a.wav", seconds=2)
        when: dict[str, Any] = {"response_format": "verbose_json", "timestamp_granularities": ["segment"]}
        heard: Any = client(service).audio.transcriptions.create(model="whisper-1", file=sound, **when)
        assert heard.segments[0].end == pytest.approx(2, abs=0.05)
        with service.provoking(), pytest.raises(openai.BadRequestError):
            client(service).audio.transcriptions.create(model="gpt-transcribe", file=sound, **when)

    def test_refuses_what_is_no_recording(self, service: fake.OpenAI) -> None:
        with pytest.raises(openai.BadRequestError, match="Invalid file format"):
            client(service).audio.transcriptions.create(model="gpt-transcribe", file=("a.wav", b"words"))


class TestOnItsOwn:
    def test_it_runs_as_a_program(self) -> None:
        command = [sys.executable, "-u", "-m", "tests.contracts.openai", "--port", "0", "--seconds", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as program:
            try:
                assert program.stdout
                url = program.stdout.readline().split(" at ")[1].split(",")[0]
                with urllib.request.urlopen(f"{url}/_control") as answer:  # noqa: S310
                    assert json.load(answer)["violations"] == []
                said = openai.OpenAI(api_key=fake.KEY, base_url=f"{url}/v1").models.list()
                assert MODEL in {model.id for model in said}
            finally:
                program.terminate()
