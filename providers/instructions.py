"""What we tell models before somebody's own words."""

from __future__ import annotations


def text(key: str) -> str:
    return "Natural, gentle motion. Faces and things stay as they are."
