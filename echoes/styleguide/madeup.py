"""Frozen views with made-up values: what nobody has thought of has the empty value of its type, so that a new
field of a card breaks nothing here."""

from __future__ import annotations

import dataclasses
import types
import typing
import uuid
from datetime import UTC, datetime
from typing import Any, TypeVar

Made = TypeVar("Made")
AT = datetime(2026, 8, 15, 18, 30, tzinfo=UTC)


def of(kind: type[Made], **known: Any) -> Made:
    """One of `kind`, a dataclass, with the values that are known."""
    hints = typing.get_type_hints(kind)
    fields = dataclasses.fields(kind)  # type: ignore[arg-type]
    values = {field.name: _empty(hints[field.name]) for field in fields if field.name not in known}
    return kind(**values, **known)


def id_of(*words: str) -> uuid.UUID:
    """Always the same for the same words."""
    return uuid.uuid5(uuid.NAMESPACE_URL, " ".join(words))


def _empty(hint: Any) -> Any:
    origin = typing.get_origin(hint) or hint
    if origin in (types.UnionType, typing.Union, Any, type(None)):
        return None
    if origin is datetime:
        return AT
    if origin is uuid.UUID:
        return uuid.UUID(int=0)
    if dataclasses.is_dataclass(origin) and isinstance(origin, type):
        return of(origin)
    return origin()
