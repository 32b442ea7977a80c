"""What the service refuses although the shape is right: rules that stand in the SDK's docstrings and in the
service's guides."""

from __future__ import annotations

import io
import math
import re
from typing import Any

import av

from tests.contracts.openai import forms, pictures
from tests.contracts.openai.multipart import Sent
from tests.contracts.server import Reply

SCORES = {
    "gore": ("violence/graphic", 0.93),
    "undress": ("sexual", 0.91),
    "murder": ("violence", 0.88),
    "knife": ("violence", 0.42),
}
"""Words that moderation knows, each with its category and its score."""
FLAGS = 0.5
RECORDINGS = frozenset({"flac", "mp3", "mp4", "mpeg", "mpga", "m4a", "ogg", "wav", "webm"})
MOST_BYTES = 25 * 1024 * 1024
MOST_PICTURES = 16


class Refusal(Exception):
    """An error as the service words it. `is_sin`: whoever asked so has not read the contract."""

    def __init__(
        self,
        status: int,
        code: str | None,
        message: str,
        kind: str = "",
        *,
        param: str | None = None,
        is_sin: bool = False,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.param, self.is_sin = status, code, param, is_sin
        self.kind = kind or "invalid_request_error"

    def reply(self) -> Reply:
        error = {"message": str(self), "type": self.kind, "param": self.param, "code": self.code}
        return Reply(self.status, {"error": error})


def blocked(category: str = "violence") -> Refusal:
    """Words that no picture is made of."""
    message = f"Your request was rejected by the safety system. safety_violations=[{category}]."
    return Refusal(400, "moderation_blocked", message, "image_generation_user_error")


def response(body: dict[str, Any]) -> list[pictures.Sight]:
    """What the pictures of a request show."""
    if body.get("max_output_tokens", 16) < 16:
        raise _sin("max_output_tokens is less than 16", "max_output_tokens")
    effort = (body.get("reasoning") or {}).get("effort", "medium")
    if effort != "none" and {"temperature", "top_p"} & set(body):
        raise _sin("sampling parameters need reasoning effort none", "temperature")
    form = body.get("text", {}).get("format", {"type": "text"})
    if form["type"] == "json_schema":
        _strict(form)
    return [pictures.look(_picture(part["image_url"])) for part in _parts(body, "input_image")]


def _strict(form: dict[str, Any]) -> None:
    if not form.get("strict") or not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", form["name"]):
        raise _sin("the form has no good name, or is not strict", "text.format")
    if form["schema"].get("type") != "object":
        raise _sin("the form is no object", "text.format.schema")
    for problem in forms.problems(form["schema"]):
        raise Refusal(
            400, "invalid_json_schema", f"Invalid schema: {problem}", param="text.format.schema", is_sin=True
        )


def text_of(body: dict[str, Any]) -> str:
    """All words of a request."""
    said = body["input"] if isinstance(body["input"], str) else ""
    parts = [part["text"] for part in _parts(body, "input_text")]
    return " ".join([body.get("instructions") or "", said, *parts])


def _parts(body: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    items = body["input"] if isinstance(body["input"], list) else []
    contents = [item["content"] for item in items if isinstance(item.get("content"), list)]
    return [part for content in contents for part in content if part["type"] == kind]


def _picture(uri: str) -> Any:
    try:
        return pictures.from_uri(uri)
    except pictures.Unreadable as error:
        raise Refusal(400, "invalid_image_format", f"Not an image: {error}", param="input") from error


def moderation(body: dict[str, Any]) -> tuple[str, bool]:
    """The words, and whether there is a picture: one at most."""
    said = body["input"]
    if isinstance(said, str):
        return said, False
    if any(isinstance(part, str) for part in said):
        return " ".join(said), False
    shown = [part for part in said if part["type"] == "image_url"]
    if len(shown) > 1:
        raise _sin("more than one picture", "input")
    for part in shown:
        _picture(part["image_url"]["url"])
    return " ".join(part["text"] for part in said if part["type"] == "text"), bool(shown)


def image(body: dict[str, Any]) -> None:
    """Generations and edits alike."""
    model, kind = body["model"], body.get("output_format", "png")
    if not 1 <= int(body.get("n", 1)) <= 10 or len(body["prompt"]) > 32_000 or not body["prompt"].strip():
        raise _sin("n or the length of the prompt", "prompt")
    if "response_format" in body or "style" in body:
        raise _sin("legacy parameters", "response_format")
    if body.get("background") == "transparent" and kind not in ("png", "webp"):
        raise _sin("a transparent background needs png or webp", "background")
    if "output_compression" in body and kind == "png":
        raise _sin("png is not compressed", "output_compression")
    if body.get("quality") in ("xhigh", "max") and "2.5" not in model:
        raise _sin(f"{model} has no such quality", "quality")
    if "input_fidelity" in body and not model.startswith("gpt-image-1"):
        raise _sin(f"{model} takes no input_fidelity", "input_fidelity")
    if kind in ("gif", "svg"):
        raise Refusal(400, "unsupported_value", "This is a preview.", param="output_format", is_sin=True)
    _size(body.get("size") or "auto", model)
    for category, score in scored(body["prompt"]).items():
        if score > FLAGS:
            raise blocked(category.partition("/")[0])


def _size(size: str, model: str) -> None:
    if size in forms.FACTS["sizes"]:
        return
    if not re.fullmatch(r"\d+x\d+", size) or model not in forms.FACTS["any_size"]:
        raise _sin(f"{model} makes no {size}", "size")
    width, height = pixels(size)
    if width % 16 or height % 16 or not 1 / 3 <= width / height <= 3 or max(width, height) > 3840:
        raise _sin(f"{size} is no size", "size")


def pixels(size: str | None) -> tuple[int, int]:
    width, _, height = (size if size and size != "auto" else "1024x1024").partition("x")
    return int(width), int(height)


def references(sent: list[Sent]) -> list[Any]:
    """The pictures of an edit."""
    if not 1 <= len(sent) <= MOST_PICTURES:
        raise _sin(f"{len(sent)} images", "image")
    if any(each.kind not in ("image/png", "image/jpeg", "image/webp") for each in sent):
        raise _sin(f"of type {sent[0].kind}", "image")
    try:
        return [pictures.opened(each.content) for each in sent]
    except pictures.Unreadable as error:
        raise Refusal(400, "invalid_image_file", f"Not an image: {error}", param="image") from error


def recording(fields: dict[str, list[str]], sent: list[Sent]) -> float:
    """Seconds of the recording."""
    whisper, form = fields["model"][0] == "whisper-1", fields.get("response_format", ["json"])[0]
    if not whisper and ({"language", "timestamp_granularities[]"} & set(fields) or form != "json"):
        raise _sin("gpt-transcribe takes languages, and answers in json", "response_format")
    if whisper and {"languages[]", "keywords[]"} & set(fields):
        raise _sin("whisper-1 takes one language", "languages")
    if "timestamp_granularities[]" in fields and form != "verbose_json":
        raise _sin("times need verbose_json", "timestamp_granularities")
    if len(sent) != 1 or sent[0].name.rsplit(".")[-1] not in RECORDINGS or len(sent[0].content) > MOST_BYTES:
        raise _sin("one recording of at most 25 MB, with its ending", "file")
    try:
        with av.open(io.BytesIO(sent[0].content)) as container:
            return float((container.duration or 0) / av.time_base)
    except av.FFmpegError as error:
        raise Refusal(400, None, "Invalid file format.", param="file") from error


def scored(words: str) -> dict[str, float]:
    """What moderation finds in words."""
    found = [SCORES[word] for word in re.findall(r"\w+", words.lower()) if word in SCORES]
    return dict(sorted(found, key=lambda each: each[1]))


def tokens(text: str) -> int:
    """Roughly as the service counts words."""
    return math.ceil(len(text) / 4)


def _sin(message: str, param: str) -> Refusal:
    return Refusal(400, "invalid_value", message, param=param, is_sin=True)
