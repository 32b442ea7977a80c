"""What may be asked of the simulated Replicate, and what it may answer.

Inputs of models: `models.json`, facts laid out in our own way in November 2026, apart from the table that the
product goes by (providers.replicate.table): the two are held against each other. Answers: a schema of ours
written from the types of the SDK 1.0.7, and "aborted", which its documentation names and its types do not;
each answer that the SDK should understand is also given to the SDK's own type.

Unverified: the bodies of 402 and 422, and that a prediction tells its inputs again as they came.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
from replicate.prediction import Prediction

FACTS = json.loads((Path(__file__).parent / "models.json").read_text())
MODELS: dict[str, dict[str, Any]] = FACTS["models"]
EVENTS = {"start", "output", "logs", "completed"}
LARGEST_URI = 256 * 1024

TEXT, MAYBE = {"type": "string"}, {"type": ["string", "null"]}
MOMENT, PERHAPS = (
    {"type": "string", "format": "date-time"},
    {"type": ["string", "null"], "format": "date-time"},
)
PREDICTION = {
    "type": "object",
    "required": ["id", "model", "version", "input", "output", "status", "created_at", "urls", "data_removed"],
    "properties": {
        "id": {"type": "string", "pattern": "^[a-z0-9]{26}$"},
        "model": {"type": "string", "pattern": "^[^/]+/[^/]+$"},
        "version": {"type": "string", "pattern": "^(hidden|[0-9a-f]{64})$"},
        "input": {"type": "object"},
        "output": {},
        "logs": MAYBE,
        "error": MAYBE,
        "status": {"enum": ["starting", "processing", "succeeded", "failed", "canceled", "aborted"]},
        "created_at": MOMENT,
        "started_at": PERHAPS,
        "completed_at": PERHAPS,
        "metrics": {"type": ["object", "null"], "additionalProperties": {"type": "number"}},
        "data_removed": {"type": "boolean"},
        "source": TEXT,
        "urls": {
            "type": "object",
            "required": ["get", "cancel", "web"],
            "properties": {"get": TEXT, "cancel": TEXT, "web": TEXT},
        },
    },
    "additionalProperties": False,
}
FILE = {
    "type": "object",
    "required": ["id", "checksums", "content_type", "created_at", "expires_at", "metadata", "size", "urls"],
    "properties": {
        "id": TEXT,
        "name": TEXT,
        "etag": TEXT,
        "content_type": TEXT,
        "size": {"type": "integer"},
        "checksums": {"type": "object", "additionalProperties": TEXT},
        "metadata": {"type": "object"},
        "created_at": MOMENT,
        "expires_at": MOMENT,
        "urls": {"type": "object", "required": ["get"], "properties": {"get": TEXT}},
    },
    "additionalProperties": False,
}
PROBLEM = {
    "type": "object",
    "required": ["detail", "status"],
    "properties": {
        "title": TEXT,
        "detail": TEXT,
        "status": {"type": "integer"},
        "invalid_fields": {"type": "array", "items": {"type": "object"}},
    },
    "additionalProperties": False,
}
TYPES: dict[str, Any] = {
    "string": str,
    "uri": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
}


def wrong_inputs(model: str, inputs: Any) -> list[tuple[str, str]]:
    """The fields that the model does not take so, and why."""
    if not isinstance(inputs, dict):
        return [("input", "input is required")]
    known = MODELS[model]["input"]
    wrong = [(name, f"{name} is not a field") for name in inputs if name not in known]
    wrong += [
        (name, f"{name} is required")
        for name, fact in known.items()
        if fact.get("required") and not inputs.get(name)
    ]
    wrong += [
        (name, complaint)
        for name, value in inputs.items()
        if name in known and (complaint := _complaint(name, value, known[name]))
    ]
    return wrong + _together(model, inputs)


def _complaint(name: str, value: Any, fact: dict[str, Any]) -> str:
    kind = TYPES[fact["type"]]
    if not isinstance(value, kind) or (isinstance(value, bool) and fact["type"] != "boolean"):
        return f"{name} has to be of type {fact['type']}"
    if "enum" in fact and value not in fact["enum"]:
        return f"{name} has to be one of {fact['enum']}"
    if value < fact.get("min", value) or value > fact.get("max", value):
        return f"{name} is out of its limits"
    if fact["type"] == "uri" and not value.startswith(("http://", "https://", "data:")):
        return f"{name} does not match format 'uri'"
    return ""


def _together(model: str, inputs: dict[str, Any]) -> list[tuple[str, str]]:
    """What single fields cannot say."""
    if model == "minimax/hailuo-2.3" and inputs.get("duration") == 10 and inputs.get("resolution") == "1080p":
        return [("duration", "10 seconds are made in 768p alone")]
    if model == "kwaivgi/kling-v2.1" and inputs.get("end_image") and inputs.get("mode") != "pro":
        return [("end_image", "end_image needs the mode pro")]
    careless = inputs.get("input_image") and inputs.get("safety_tolerance", 2) > 2
    if model == "black-forest-labs/flux-kontext-pro" and careless:
        return [("safety_tolerance", "2 at most with an input image")]
    return []


def held(schema: dict[str, Any], said: Any) -> None:
    """Raises where an answer is not as it has to be."""
    jsonschema.validate(said, schema, format_checker=jsonschema.FormatChecker())


def held_prediction(said: dict[str, Any]) -> None:
    held(PREDICTION, said)
    if said["status"] != "aborted":
        Prediction(**said)
