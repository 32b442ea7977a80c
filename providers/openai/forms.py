"""A pydantic form as the strict schema that the service accepts.

Every property is required, none other may come, there are no defaults, and few keywords are allowed: of
lengths of words it knows nothing, so they are said in the description instead, and the form itself is held to
them when the answer is here. An open mapping cannot be asked for.
"""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel

UNKNOWN = frozenset({"title", "default", "minLength", "maxLength"})
LIMITS = {"maxLength": "At most {} characters.", "minLength": "At least {} characters."}


def text_format(form: type[BaseModel]) -> dict[str, Any]:
    """The `text.format` of a request."""
    name = re.sub(r"[^a-zA-Z0-9_-]", "_", form.__name__)[:64]
    schema = _strict(form.model_json_schema())
    return {"type": "json_schema", "name": name, "strict": True, "schema": schema}


def _strict(schema: dict[str, Any]) -> dict[str, Any]:
    made = {key: value for key, value in schema.items() if key not in UNKNOWN}
    if described := _described(schema):
        made["description"] = described
    for key in ("$defs", "properties"):
        if key in made:
            made[key] = {name: _strict(each) for name, each in made[key].items()}
    if "items" in made:
        made["items"] = _strict(made["items"])
    if "anyOf" in made:
        made["anyOf"] = [_strict(each) for each in made["anyOf"]]
    if made.get("type") == "object":
        _close(made)
    return made


def _described(schema: dict[str, Any]) -> str:
    """`$ref` stands alone; everything else says what it is, and how long it may be."""
    if "$ref" in schema:
        return ""
    limits = [words.format(schema[key]) for key, words in LIMITS.items() if schema.get(key, 0) > 1]
    return " ".join([*filter(None, [schema.get("description", "")]), *limits])


def _close(made: dict[str, Any]) -> None:
    if made.get("additionalProperties"):
        raise TypeError("OpenAI answers in no form with an open mapping.")
    made["additionalProperties"] = False
    made["required"] = list(made.setdefault("properties", {}))
