"""Words as a model takes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Composed:
    text: str
    shortened: bool


def compose(
    prompt: str, instruction: str, *, limit: int, unit: str, needed: bool, languages: Sequence[str]
) -> Composed:
    whole = f"{instruction} {prompt}".strip()
    return Composed(whole[:limit], len(whole) > limit)
