"""Ears: a recording in one request. `gpt-transcribe` says in which languages, but not when what was said;
`whisper-1` says when, and is switched off on 2027-02-26.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from openai.types.audio import Transcription, TranscriptionVerbose

from providers.capabilities import Answer, EarsRequest, Heard, Order, Words
from providers.openai import bodies, troubles, usage
from providers.openai.client import client, within

OPTIONS = frozenset({"chunking_strategy", "keywords", "temperature"})
KINDS = {".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".wav": "audio/wav"}
MOST_BYTES = 25 * 1024 * 1024
SECONDS = 300.0
NAMES = {
    "english": "en",
    "german": "de",
    "french": "fr",
    "spanish": "es",
    "italian": "it",
    "portuguese": "pt",
    "dutch": "nl",
    "polish": "pl",
    "russian": "ru",
    "turkish": "tr",
    "japanese": "ja",
    "chinese": "zh",
}
"""What whisper calls the languages that we know by a code."""


def listen(order: Order, folder: Path) -> Answer:
    """What is said, as a `Heard`."""
    assert isinstance(order.request, EarsRequest)  # noqa: S101
    fields, file = ears_fields(order), ears_file(order.request)
    with troubles.told():
        transcriptions: Any = client().audio.transcriptions
        found = troubles.whole(transcriptions.create(**fields, file=file, timeout=within(SECONDS)))
    said = heard(found, language=order.request.language)
    return Answer(said=said.model_dump(mode="json"), usd=usage.usd(found.usage, order.spec.prices))


def ears_fields(order: Order) -> dict[str, Any]:
    """Everything but the recording. The two kinds of models name the language differently."""
    request = order.request
    assert isinstance(request, EarsRequest)  # noqa: S101
    fields = {"model": order.spec.wire, **bodies.options(order, known=OPTIONS)}
    if not order.spec.wire.startswith("whisper"):
        known = {"languages": [request.language]} if request.language else {}
        return fields | {"response_format": "json"} | known
    known = {"language": request.language} if request.language else {}  # type: ignore[dict-item]
    return fields | {"response_format": "verbose_json", "timestamp_granularities": ["segment"]} | known


def ears_file(request: EarsRequest) -> tuple[str, bytes, str]:
    """The recording under a name of ours: what somebody called it is nobody's business."""
    kind = KINDS.get(request.sound.suffix.lower())
    if kind is None:
        raise bodies.bad(f"{request.sound.suffix} is no recording that it reads")
    if (size := request.sound.stat().st_size) > MOST_BYTES or not size:
        raise bodies.bad(f"a recording of {size} bytes")
    return f"recording{request.sound.suffix.lower()}", request.sound.read_bytes(), kind


def heard(found: Transcription | TranscriptionVerbose, *, language: str) -> Heard:
    """In which language: what was asked for, else the first that it heard, else nothing."""
    if isinstance(found, TranscriptionVerbose):
        segments = [Words(start=each.start, end=each.end, text=each.text) for each in found.segments or []]
        code = NAMES.get(found.language.lower(), found.language if len(found.language) == 2 else "")
        return Heard(text=found.text, language=language or code, segments=segments)
    code = found.languages[0].code if found.languages else ""
    return Heard(text=found.text, language=language or code, segments=[])
