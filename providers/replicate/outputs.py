"""What a prediction came to: read from the JSON as it came, since the SDK's own types refuse some of it.

Official models answer with one address, others with a list of them, whisper with an object: it is the same to
whoever asked. What a model says of its failure is free text, and is matched loosely.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from jobs.remote import Answered, Pending
from providers.capabilities import Capability, Cut, Heard, Words, succeeded
from providers.errors import failed
from providers.replicate.line import Strange
from providers.replicate.table import WIRES

log = logging.getLogger(__name__)

ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
SURE = 0.75  # of a cut-out: no model says how sure it is
PERCENT = re.compile(r"(\d{1,3})%\|")  # as tqdm draws it into the log

# What a model's failure says, and what it is; the first that fits counts.
FAILURES = (
    (r"prompt\b.{0,80}(flagged|sensitive|nsfw|violat|moderat|not allowed|prohibited)", "unsafe_words"),
    (
        r"(input|image|photo|picture|face)s?\b(?! or output).{0,80}"
        r"(flagged|sensitive|nsfw|violat|moderat|not allowed|prohibited|inappropriate)",
        "unsafe_picture",
    ),
    (r"nsfw|e005|flagged|sensitive|safety|moderat|content policy|prohibited", "unsafe_result"),
    (
        r"e00[134]\b|e9\d{3}|out of memory|timed? ?out|high demand|unavailable|try again|interrupted",
        "internal",
    ),
    (r"e006|invalid|unsupported|cannot identify|could not (read|decode|load|open)", "bad_input"),
)
# Whisper says a language by its English name.
LANGUAGES = {
    "english": "en",
    "german": "de",
    "french": "fr",
    "spanish": "es",
    "italian": "it",
    "portuguese": "pt",
    "dutch": "nl",
    "polish": "pl",
    "czech": "cs",
    "swedish": "sv",
    "danish": "da",
    "norwegian": "no",
    "finnish": "fi",
    "russian": "ru",
    "ukrainian": "uk",
    "turkish": "tr",
    "arabic": "ar",
    "hindi": "hi",
    "japanese": "ja",
    "korean": "ko",
    "chinese": "zh",
}


def id_of(said: Any) -> str:
    """The id of a prediction. Raises Strange when there is none."""
    found = said.get("id") if isinstance(said, Mapping) else None
    if not isinstance(found, str) or not ID.fullmatch(found):
        raise Strange("a prediction without an id")
    return found


def read(said: Any, *, strict: bool) -> Pending | Answered:
    """How a prediction goes. Raises Strange for what is none, and where `strict` for a word that is new."""
    id_of(said)
    match said.get("status"):
        case "starting":
            return Pending()
        case "processing":
            return Pending(_progress(said.get("logs")))
        case "succeeded":
            return _with_metrics(_succeeded(said), said)
        case "failed":
            return _with_metrics(_failed(str(said.get("error") or "")), said)
        case "canceled" | "aborted" as status:
            return _with_metrics(failed("stopped", detail=status), said)
    return _unknown(said, strict=strict)


def addresses(output: Any) -> tuple[str, ...]:
    """Where the files lie: of one address, of a list, or of an object's values."""
    return tuple(each for each in _leaves(output) if each.startswith(("https://", "http://")))


def _leaves(output: Any) -> Iterator[str]:
    match output:
        case str():
            yield output
        case list():
            for each in output:
                yield from _leaves(each)
        case dict():
            for each in output.values():
                yield from _leaves(each)


def _succeeded(said: Mapping[str, Any]) -> Answered:
    output = said.get("output")
    if said.get("data_removed") and not output:
        return failed("result_gone", detail="Replicate keeps results for one hour")
    wire = WIRES.get(str(said.get("model")))
    if wire and wire.capability == Capability.EARS:
        return _heard(output)
    urls = addresses(output)
    if not urls:
        return failed("bad_result", detail=f"no address in {str(output)[:200]}")
    if wire and wire.capability == Capability.CUTOUT:
        return succeeded(urls=urls[:1], said=Cut(sure=SURE).model_dump())
    return succeeded(urls=urls)


def _heard(output: Any) -> Answered:
    if not isinstance(output, dict) or not isinstance(output.get("transcription"), str):
        return failed("bad_result", detail=f"no words in {str(output)[:200]}")
    named = str(output.get("detected_language") or "")
    heard = Heard(
        text=output["transcription"].strip(),
        language=LANGUAGES.get(named.lower(), named),
        segments=list(_segments(output.get("segments"))),
    )
    return succeeded(said=heard.model_dump())


def _segments(said: Any) -> Iterator[Words]:
    """Those that say when; a segment that cannot be read is left out, and the text is whole without it."""
    for each in said if isinstance(said, list) else []:
        try:
            yield Words(start=each["start"], end=each["end"], text=str(each["text"]).strip())
        except (KeyError, TypeError, ValueError):
            log.warning("a segment of whisper's could not be read")


def _failed(text: str) -> Answered:
    for pattern, code in FAILURES:
        if re.search(pattern, text, re.IGNORECASE | re.DOTALL):
            return failed(code, detail=text[:2_000])
    return failed("provider_failed", detail=text[:2_000])


def _unknown(said: Mapping[str, Any], *, strict: bool) -> Pending | Answered:
    """A status that nobody has told us of. In use it is waited for, unless it says itself that it is over."""
    status = str(said.get("status"))[:40]
    if strict:
        raise Strange(f"the status {status}")
    log.warning("Replicate says a status that we do not know: %s", status)
    if said.get("completed_at"):
        return failed("provider_failed", detail=f"the status {status}; {said.get('error')}"[:2_000])
    return Pending()


def _with_metrics(answer: Answered, said: Mapping[str, Any]) -> Answered:
    """What it took: the only sign of its cost that Replicate gives, kept beside the answer."""
    metrics = said.get("metrics")
    return replace(answer, data={**answer.data, "metrics": metrics if isinstance(metrics, dict) else {}})


def _progress(logs: Any) -> float | None:
    shares = PERCENT.findall(logs) if isinstance(logs, str) else []
    return min(1.0, int(shares[-1]) / 100) if shares else None
