"""The time, asked for in one place so that tests can name it."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from django.utils.translation import gettext


def now() -> datetime:
    """The current moment, aware, in UTC."""
    return datetime.now(UTC)


def left_words(seconds: int | None) -> str:
    """About how long something will still take, for people; empty when nobody knows."""
    if seconds is None:
        return ""
    if seconds < 10:
        return gettext("a few seconds left")
    if seconds <= 55:
        return gettext("about {seconds} s left").format(seconds=math.ceil(seconds / 5) * 5)
    if seconds <= 55 * 60:
        return gettext("about {minutes} min left").format(minutes=math.ceil(seconds / 60))
    return gettext("about {hours} h left").format(hours=math.ceil(seconds / 3600))
