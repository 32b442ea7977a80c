"""What is held of every model that listens."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from jobs.remote import Refused
from providers.capabilities import Capability, EarsRequest, Heard, Order
from providers.errors import Failed
from tests.provider_suite import harness
from tests.provider_suite.harness import Maker

SECONDS, RATE = 3, 16_000

pytestmark = pytest.mark.parametrize("maker", harness.makers(Capability.EARS))


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Three tones like syllables: nothing to understand, and something to hear."""
    time = np.arange(SECONDS * RATE) / RATE
    tones = np.sin(2 * np.pi * 180 * time) * (np.sin(2 * np.pi * time) > 0)
    path = tmp_path / "spoken.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((tones * 12_000).astype("<i2").tobytes())
    return path


def test_words_come_back_with_their_times(maker: Maker, recording: Path, tmp_path: Path) -> None:
    with maker.open() as produce:
        answer = produce(Order(maker.spec, EarsRequest(recording, SECONDS)), tmp_path)
    heard = Heard.model_validate(answer.said)
    times = [moment for each in heard.segments for moment in (each.start, each.end)]
    assert answer.files == ()
    assert times == sorted(times)
    assert all(0 <= moment <= SECONDS + 0.5 for moment in times)
    assert all(each.text in heard.text for each in heard.segments)


def test_a_language_may_be_named(maker: Maker, recording: Path, tmp_path: Path) -> None:
    with maker.open() as produce:
        answer = produce(Order(maker.spec, EarsRequest(recording, SECONDS, language="en")), tmp_path)
    assert Heard.model_validate(answer.said).language in ("en", "english")


def test_what_is_no_recording_is_refused_before_anything_is_sent(maker: Maker, tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("These are only words.")
    with maker.open() as produce, pytest.raises((Refused, Failed)) as refusal:
        produce(Order(maker.spec, EarsRequest(text, SECONDS)), tmp_path)
    assert refusal.value.code == "bad_input"
