"""What is asked of a model, held to what it understands before anything is sent."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jobs.remote import Refused
from providers.capabilities import Order
from providers.errors import refused
from providers.replicate.filling import File
from providers.replicate.table import LONGEST_PROMPT, WIRES, Field, Wire

LARGEST_URI = 256 * 1024  # bytes of a file that may go within the question
VERSION = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Asked:
    """`version` is empty for an official model. The inputs may have Files among them."""

    model: str
    version: str
    inputs: Mapping[str, Any]


def asked(order: Order) -> Asked:
    """Raises Refused for what the model does not understand."""
    model, _, version = order.spec.wire.partition(":")
    wire = WIRES.get(model)
    if wire is None or wire.capability != order.spec.capability:
        raise _wrong(f"{model} is not in our table")
    if version and not VERSION.fullmatch(version):
        raise _wrong(f"{version} is no version")
    if wire.pinned and not version:
        raise _wrong(f"{model} is no official model: its version has to be named")
    return Asked(model, version, _inputs(wire, order))


def attached(inputs: Mapping[str, Any], *, upload: Callable[[File], str]) -> dict[str, Any]:
    """The inputs as they are sent: small files within them, larger ones by the address that `upload`
    gives."""
    return {
        name: _attached(value, upload) if isinstance(value, File) else value for name, value in inputs.items()
    }


def _attached(file: File, upload: Callable[[File], str]) -> str:
    if file.path.stat().st_size > LARGEST_URI:
        return upload(file)
    return f"data:{file.content_type};base64,{base64.b64encode(file.path.read_bytes()).decode()}"


def _inputs(wire: Wire, order: Order) -> dict[str, Any]:
    filled = wire.fill(order.request)
    if taken := set(filled) & set(order.spec.options):
        raise _wrong(f"{sorted(taken)} come from the request, not from the model's options")
    inputs = {**wire.defaults, **order.spec.options, **filled}
    for name, value in inputs.items():
        if complaint := _complaint(wire.fields.get(name), value):
            raise _wrong(f"{name}: {complaint}")
    for name, field in wire.fields.items():
        if field.needed and inputs.get(name) in (None, ""):
            raise _wrong(f"{name} is needed")
    if complaint := wire.rule(inputs):
        raise _wrong(complaint)
    return inputs


def _complaint(field: Field | None, value: Any) -> str:
    """Why this is no value of that field; empty where it is one."""
    if field is None:
        return "not known"
    if not _is_of(field.kind, value):
        return f"not a {field.kind}"
    if field.choices and value not in field.choices:
        return f"{value!r} is none of {list(field.choices)}"
    if field.kind == "text" and len(value) > LONGEST_PROMPT:
        return "too long"
    if field.kind in ("whole", "number"):
        low, high = field.least, field.most
        if (low is not None and value < low) or (high is not None and value > high):
            return f"{value} is not between {low} and {high}"
    return ""


def _is_of(kind: str, value: Any) -> bool:
    match kind:
        case "text":
            return isinstance(value, str)
        case "file":
            return isinstance(value, File)
        case "flag":
            return isinstance(value, bool)
        case "whole":
            return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, int | float) and not isinstance(value, bool)


def _wrong(detail: str) -> Refused:
    return refused("bad_input", detail=detail)
