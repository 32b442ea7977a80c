from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from providers.capabilities import Capability, EarsRequest, Heard
from providers.errors import Failed
from providers.openai import OPENAI, ears
from tests.contracts.openai import fake, multipart
from tests.providers import openai_orders as orders


@pytest.fixture
def service() -> Iterator[fake.OpenAI]:
    with orders.serving() as running:
        yield running
        assert running.violations == []


def sent(service: fake.OpenAI) -> tuple[dict[str, list[str]], dict[str, list[multipart.Sent]]]:
    [(_, call)] = service.calls
    return multipart.read(call)


class TestTheForm:
    def test_names_the_language_if_it_is_known(self, service: fake.OpenAI, tmp_path: Path) -> None:
        OPENAI.answer(orders.ears(tmp_path, language="de"), folder=tmp_path)
        fields, _ = sent(service)
        assert fields == {
            "model": ["gpt-transcribe"],
            "response_format": ["json"],
            "languages[]": ["de"],
        }

    def test_says_nothing_of_a_language_that_nobody_knows(self, service: fake.OpenAI, tmp_path: Path) -> None:
        OPENAI.answer(orders.ears(tmp_path), folder=tmp_path)
        assert sent(service)[0] == {"model": ["gpt-transcribe"], "response_format": ["json"]}

    def test_of_whisper_asks_when(self, service: fake.OpenAI, tmp_path: Path) -> None:
        OPENAI.answer(orders.ears(tmp_path, language="de", wire="whisper-1"), folder=tmp_path)
        assert sent(service)[0] == {
            "model": ["whisper-1"],
            "response_format": ["verbose_json"],
            "timestamp_granularities[]": ["segment"],
            "language": ["de"],
        }

    def test_does_not_tell_what_somebody_called_the_recording(
        self, service: fake.OpenAI, tmp_path: Path
    ) -> None:
        order = orders.ears(tmp_path)
        OPENAI.answer(order, folder=tmp_path)
        [file] = sent(service)[1]["file"]
        assert (file.name, file.kind) == ("recording.wav", "audio/wav")
        assert file.content == (tmp_path / "grandmother's voice.wav").read_bytes()

    @pytest.mark.parametrize(("name", "size"), [("a.txt", 10), ("a.wav", 0), ("a.mp3", 25 * 1024 * 1024 + 1)])
    def test_is_not_sent_with_what_it_does_not_take(
        self, service: fake.OpenAI, tmp_path: Path, name: str, size: int
    ) -> None:
        with (tmp_path / name).open("wb") as file:
            file.truncate(size)
        order = orders.order(EarsRequest(tmp_path / name, 1.0), Capability.EARS)
        with pytest.raises(Failed) as caught:
            OPENAI.answer(order, folder=tmp_path)
        assert caught.value.code == "bad_input"
        assert service.calls == []


class TestTheAnswer:
    def test_is_what_was_heard(self, service: fake.OpenAI, tmp_path: Path) -> None:
        answer = OPENAI.answer(orders.ears(tmp_path), folder=tmp_path)
        assert Heard.model_validate(answer.said) == Heard(
            text="This is a simulated transcript of 2 seconds.", language="en", segments=[]
        )

    def test_of_whisper_says_when(self, service: fake.OpenAI, tmp_path: Path) -> None:
        answer = OPENAI.answer(orders.ears(tmp_path, wire="whisper-1"), folder=tmp_path)
        heard = Heard.model_validate(answer.said)
        assert heard.language == "en"  # which it calls english
        assert [(each.start, each.end) for each in heard.segments] == [(0.0, pytest.approx(2, abs=0.05))]

    def test_is_paid_by_the_minute(self, service: fake.OpenAI, tmp_path: Path) -> None:
        assert OPENAI.answer(orders.ears(tmp_path), folder=tmp_path).usd is None

    def test_of_a_broken_recording_is_bad_input(self, service: fake.OpenAI, tmp_path: Path) -> None:
        (tmp_path / "a.wav").write_bytes(b"no recording")
        order = orders.order(EarsRequest(tmp_path / "a.wav", 1.0), Capability.EARS)
        with pytest.raises(Failed) as caught:
            OPENAI.answer(order, folder=tmp_path)
        assert caught.value.code == "bad_input"


class TestHeard:
    @pytest.mark.parametrize(
        ("asked", "told", "language"),
        [("fr", "english", "fr"), ("", "german", "de"), ("", "sv", "sv"), ("", "klingon", "")],
    )
    def test_language_is_a_code_or_nothing(self, asked: str, told: str, language: str) -> None:
        found = ears.TranscriptionVerbose.model_validate({"duration": 1.0, "language": told, "text": "a"})
        assert ears.heard(found, language=asked).language == language

    def test_language_is_empty_where_none_was_heard(self) -> None:
        found = ears.Transcription.model_validate({"text": "", "languages": []})
        assert ears.heard(found, language="") == Heard(text="", language="", segments=[])
