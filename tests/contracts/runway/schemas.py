"""What may be asked of Runway and what it answers, from the SDK's own types; nothing here is written by hand.

Requests: each model's TypedDict as a JSON schema, with the names that go over the line and no others.
Answers: the SDK's response models, and no field beyond theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import jsonschema
import runwayml
from pydantic import TypeAdapter
from runwayml._models import BaseModel
from runwayml.resources.uploads import _RunwayUploadStartedResponse
from runwayml.types import (
    ImageToVideoCreateResponse,
    OrganizationRetrieveResponse,
    image_to_video_create_params,
    task_retrieve_response,
)

VERSION = "5.24.0"
"""The SDK that the hand-written rest of this fake was checked against."""

STATES: dict[str, type[BaseModel]] = {
    name.upper(): getattr(task_retrieve_response, name)
    for name in ("Pending", "Throttled", "Running", "Succeeded", "Failed", "Cancelled")
}
ANSWERS: dict[str, type[BaseModel]] = {
    "create": ImageToVideoCreateResponse,
    "upload": _RunwayUploadStartedResponse,
    "organization": OrganizationRetrieveResponse,
}


def _request_schemas() -> dict[str, dict[str, Any]]:
    made = {}
    for shape in get_args(image_to_video_create_params.ImageToVideoCreateParams):
        schema = _on_the_line(TypeAdapter(shape).json_schema(), shape)
        for name, part in schema.get("$defs", {}).items():
            _on_the_line(part, getattr(image_to_video_create_params, name))
        made[schema["properties"]["model"]["const"]] = schema
    return made


def _on_the_line(schema: dict[str, Any], shape: Any) -> dict[str, Any]:
    """The schema with the names that go over the line, and no field but those."""
    aliases = {
        name: note.alias
        for name, hint in get_type_hints(shape, include_extras=True).items()
        for note in _notes(hint)
    }
    properties = schema["properties"]
    schema["properties"] = {aliases.get(name, name): field for name, field in properties.items()}
    schema["required"] = [aliases.get(name, name) for name in schema.get("required", [])]
    schema["additionalProperties"] = False
    return schema


def _notes(hint: Any) -> Iterator[Any]:
    for part in (hint, *get_args(hint)):
        yield from (note for note in getattr(part, "__metadata__", ()) if getattr(note, "alias", None))


REQUESTS = _request_schemas()


def complaints(body: dict[str, Any]) -> list[tuple[list[str], str]]:
    """What a create's body has wrong, as the field's path and a sentence."""
    if body.get("model") not in REQUESTS:
        return [(["model"], f"there is no model {body.get('model')}")]
    validator = jsonschema.Draft202012Validator(REQUESTS[body["model"]])
    return [
        ([str(part) for part in error.absolute_path], error.message) for error in validator.iter_errors(body)
    ]


def check_answer(route: str, body: Any) -> None:
    """Raises what pydantic or this says of an answer that the SDK does not describe."""
    model = STATES[body["status"]] if route == "task" else ANSWERS[route]
    model.model_validate(body)
    known = {field.alias or name for name, field in model.model_fields.items()}
    assert body.keys() <= known, body.keys() - known


def sdk() -> str:
    return runwayml.__version__
