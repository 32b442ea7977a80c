"""The time, asked for in one place so that tests can name it."""

from __future__ import annotations

import math
from datetime import UTC, datetime


def now() -> datetime:
    """The current moment, aware, in UTC."""
    return datetime.now(UTC)


def left_words(seconds: int | None) -> str:
    """About how long something will still take, for people; empty when nobody knows."""
    if seconds is None:
        return ""
    if seconds < 10:
        return "a few seconds left"
    if seconds <= 55:
        return f"about {math.ceil(seconds / 5) * 5} s left"
    if seconds <= 55 * 60:
        return f"about {math.ceil(seconds / 60)} min left"
    return f"about {math.ceil(seconds / 3600)} h left"
