"""Whether a request or an answer has the shape that the installed SDK declares: its own annotations as JSON
Schema for what comes, its own classes for what goes. The service publishes a document of its own too; it is
older than the SDK, so it is not asked.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import cache
from typing import Any

import openai.types as types
from jsonschema import Draft202012Validator
from openai.types import audio, responses
from openai.types.audio.transcription_create_params import TranscriptionCreateParamsNonStreaming
from openai.types.image_edit_params import ImageEditParamsNonStreaming
from openai.types.image_generate_params import ImageGenerateParamsNonStreaming
from openai.types.moderation_create_params import ModerationCreateParams
from openai.types.responses.response_create_params import ResponseCreateParamsNonStreaming
from pydantic import PydanticSchemaGenerationError, TypeAdapter
from typing_extensions import get_type_hints

BODIES: dict[str, Any] = {
    "responses": ResponseCreateParamsNonStreaming,
    "moderations": ModerationCreateParams,
    "images": ImageGenerateParamsNonStreaming,
}
FORMS: dict[str, Any] = {
    "edits": ImageEditParamsNonStreaming,
    "transcriptions": TranscriptionCreateParamsNonStreaming,
}
ANSWERS: dict[str, Any] = {
    "responses": responses.Response,
    "moderations": types.ModerationCreateResponse,
    "images": types.ImagesResponse,
    "edits": types.ImagesResponse,
    "transcriptions": audio.Transcription,
    "verbose": audio.TranscriptionVerbose,
    "model": types.Model,
}
FILES = frozenset({"file", "image", "mask", "markup"})
WORDS = {"type": "array", "items": {"type": "string"}}


def body_problems(route: str, body: Any) -> Iterator[str]:
    """What is wrong with a JSON body, in words."""
    for error in _body_validator(route).iter_errors(body):
        yield f"{route}: {'/'.join(map(str, error.absolute_path)) or 'body'}: {error.message[:300]}"


def form_problems(route: str, fields: dict[str, list[Any]]) -> Iterator[str]:
    """What is wrong with the fields of a multipart form. A name that ends in [] holds a list."""
    declared = FORMS[route]
    names = {name.removesuffix("[]") for name in fields}
    yield from (f"{route}: {name} is missing" for name in sorted(declared.__required_keys__ - names))
    for name, values in fields.items():
        hints = _field_validators(route)
        if name.removesuffix("[]") not in hints:
            yield f"{route}: unknown field {name}"
        elif name.removesuffix("[]") not in FILES:
            yield from _field_problems(f"{route}: {name}", hints[name.removesuffix("[]")], name, values)


def answer(kind: str, said: Any) -> None:
    """Raises when an answer of ours is none of the service's."""
    ANSWERS[kind].model_validate(said)


# ---- from annotations -----------------------------------------------------------------------


@cache
def _body_validator(route: str) -> Draft202012Validator:
    schema = TypeAdapter(BODIES[route]).json_schema()
    _close(schema)
    return Draft202012Validator(schema)


def _close(node: Any) -> None:
    """Nothing may come that is not declared."""
    if isinstance(node, dict):
        if node.get("type") == "object" and "properties" in node:
            node.setdefault("additionalProperties", False)
        for each in node.values():
            _close(each)
    elif isinstance(node, list):
        for each in node:
            _close(each)


@cache
def _field_validators(route: str) -> dict[str, Draft202012Validator]:
    hints = get_type_hints(FORMS[route])
    return {name: Draft202012Validator(_schema(hint)) for name, hint in hints.items()}


def _schema(hint: Any) -> dict[str, Any]:
    """Of one field; of what pydantic cannot say (files, and the SDK's own kind of list) hardly anything."""
    try:
        return TypeAdapter(hint).json_schema()
    except PydanticSchemaGenerationError:
        return {} if inspect.isclass(hint) else WORDS


def _field_problems(
    where: str, validator: Draft202012Validator, name: str, values: list[Any]
) -> Iterator[str]:
    if name.endswith("[]"):
        candidates: list[Any] = [values]
    elif len(values) > 1:
        yield f"{where}: comes {len(values)} times"
        return
    else:
        candidates = [values[0], _number(values[0])]
    if not any(validator.is_valid(each) for each in candidates):
        yield f"{where}: {str(candidates[0])[:80]!r} is not allowed"


def _number(text: str) -> Any:
    try:
        return int(text) if text.lstrip("-").isdigit() else float(text)
    except ValueError:
        return text
