"""The writer of the local studio: each task that it knows is a rule, and the form is the asker's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from providers.capabilities import Answer, WriterRequest
from providers.errors import Failed
from providers.local.writing import prose, titles

USUAL_CHARACTERS = 1_000


def answer(
    request: WriterRequest,
    *,
    folder: Path,
    on_progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> Answer:
    """Raises Failed for a task that has no rule."""
    if request.task not in RULES:
        raise Failed("bad_input", detail=f"no rule for {request.task!r}")
    said = request.form.model_validate(RULES[request.task](request.words))
    return Answer(said=said.model_dump())


def improved(words: Mapping[str, str]) -> dict[str, Any]:
    """`prompt` in order, and no longer than `characters`."""
    characters = words.get("characters", "")
    longest = int(characters) if characters.isascii() and characters.isdigit() else USUAL_CHARACTERS
    return {"prompt": prose.tidied(words.get("prompt", ""), longest=max(1, longest))}


def titled(words: Mapping[str, str]) -> dict[str, Any]:
    """Three titles from what the `project` is called, the `dates` and what is said of its `pictures`."""
    return {
        "titles": titles.find(
            project=words.get("project", ""), dates=words.get("dates", ""), pictures=words.get("pictures", "")
        )
    }


RULES: dict[str, Callable[[Mapping[str, str]], dict[str, Any]]] = {"improve": improved, "title": titled}
