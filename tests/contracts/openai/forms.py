"""Strict forms: whether the service would take a schema, and an answer that fits one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FACTS = json.loads((Path(__file__).parent / "facts.json").read_text())
KEYWORDS = frozenset(FACTS["schema_keywords"])
SIDES = 3  # things in a list that may be of any length


def problems(schema: Any, where: str = "schema") -> Iterator[str]:
    """What breaks the rules of strict schemas."""
    if not isinstance(schema, dict):
        yield f"{where} is no schema"
        return
    yield from (f"{where}: '{word}' is not permitted" for word in sorted(set(schema) - KEYWORDS))
    if "$ref" in schema and len(schema) > 1:
        yield f"{where}: nothing may stand beside '$ref'"
    if schema.get("type") == "object":
        yield from _of_object(schema, where)
    for name, each in {**schema.get("$defs", {}), **schema.get("properties", {})}.items():
        yield from problems(each, f"{where}.{name}")
    for each in [*schema.get("anyOf", []), *([schema["items"]] if "items" in schema else [])]:
        yield from problems(each, f"{where}[]")


def _of_object(schema: dict[str, Any], where: str) -> Iterator[str]:
    if schema.get("additionalProperties") is not False:
        yield f"{where}: 'additionalProperties' is required to be supplied and to be false"
    missing = set(schema.get("properties", {})) ^ set(schema.get("required", []))
    if missing:
        yield f"{where}: 'required' must name every property: {', '.join(sorted(missing))}"


def instance(schema: dict[str, Any], known: dict[str, Any]) -> Any:
    """Something of that form. `known` says what stands under a name; whatever is not known is made up."""
    return _made(schema, schema.get("$defs", {}), known, "answer")


def _made(schema: dict[str, Any], defs: dict[str, Any], known: dict[str, Any], name: str) -> Any:
    if "$ref" in schema:
        return _made(defs[schema["$ref"].rsplit("/", 1)[1]], defs, known, name)
    if "anyOf" in schema:
        return _made(schema["anyOf"][0], defs, known, name)
    if "enum" in schema or "const" in schema:
        return schema.get("enum", [schema.get("const")])[0]
    match schema.get("type"):
        case "object":
            parts = schema["properties"].items()
            return {part: _made(each, defs, known, part) for part, each in parts}
        case "array":
            return _list(schema, defs, known, name)
        case "string":
            return str(known.get(name, f"A simulated {name}."))
        case "boolean":
            return True
        case "null":
            return None
        case kind:
            return _number(schema, whole=kind == "integer")


def _list(schema: dict[str, Any], defs: dict[str, Any], known: dict[str, Any], name: str) -> list[Any]:
    most = schema.get("maxItems", SIDES)
    if isinstance(known.get(name), list):
        return list(known[name][:most])
    count = max(schema.get("minItems", 0), min(SIDES, most))
    return [_made(schema["items"], defs, known, name) for _ in range(count)]


def _number(schema: dict[str, Any], *, whole: bool) -> float:
    least = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    return int(least) + 1 if whole or "exclusiveMinimum" in schema else float(least)


def sent_words(body: dict[str, Any]) -> dict[str, Any]:
    """The first JSON object in the words of a request: what a person wrote, if it is quoted as data."""
    for item in body["input"] if isinstance(body["input"], list) else []:
        for part in item["content"] if isinstance(item.get("content"), list) else []:
            found = re.search(r"\{.*\}", part.get("text", ""), re.DOTALL)
            if found:
                said = json.loads(found[0])
                return said if isinstance(said, dict) else {}
    return {}
