"""What strangers said, as Postgres can keep it: it takes no NUL, no half characters and no NaN."""

from __future__ import annotations

import math
from typing import Any


def text(said: str) -> str:
    return said.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def json(said: Any) -> Any:
    """The same value, with its texts storable and nothing in the place of numbers that are none."""
    match said:
        case str():
            return text(said)
        case float() if not math.isfinite(said):
            return None
        case dict():
            return {text(str(name)): json(value) for name, value in said.items()}
        case list() | tuple():
            return [json(value) for value in said]
    return said
