"""What a writer is asked for: one literal table, each task with our instruction and the form of its answer.

All that a task works on goes as `words`, named pieces of data that nobody obeys. Plain numbers of ours go
there too: so instructions are the same for everybody, and a writer by rules finds what it needs by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from providers import instructions, prompts
from providers.capabilities import Said, WriterRequest

LONGEST_PROMPT = 1_000
"""Characters of a better prompt where the model that it is for takes more."""
LONGEST_TITLE = 60


class Improved(Said):
    """A better prompt."""

    prompt: str = Field(description="The description, rewritten.", min_length=1, max_length=2_000)


class Titles(Said):
    """Titles to choose from."""

    titles: list[str] = Field(description="Three titles, the best first.", min_length=1, max_length=3)


@dataclass(frozen=True)
class Task:
    """`instruction` is a key of `providers.instructions.KEYS`; `words` are the names of what it works on."""

    instruction: str
    form: type[Said]
    words: tuple[str, ...]
    longest: int  # tokens of the answer


TASKS = {
    "improve": Task("improve", Improved, ("prompt", "characters"), longest=800),
    "title": Task("title", Titles, ("project", "dates", "pictures"), longest=200),
}


def request(task: str, *, words: Mapping[str, str]) -> WriterRequest:
    """The request for a task. Raises KeyError for a task, or a name of words, that does not exist."""
    found = TASKS[task]
    if strange := set(words) - set(found.words):
        raise KeyError(*sorted(strange))
    told = instructions.text(found.instruction)
    return WriterRequest(task=task, instructions=told, words=words, form=found.form, longest=found.longest)


def improve(prompt: str, *, characters: int) -> WriterRequest:
    """Ask for a better prompt of at most so many characters."""
    longest = str(min(characters, LONGEST_PROMPT))
    return request("improve", words={"prompt": prompt, "characters": longest})


def title(*, project: str, dates: str, pictures: str) -> WriterRequest:
    """Ask for titles of a film: what the project is called, when its photos were taken, what some show."""
    return request("title", words={"project": project, "dates": dates, "pictures": pictures})


def improved(said: Mapping[str, Any], *, limit: int, unit: str) -> str:
    """The better prompt that a writer gave. Models count badly, so it is cut to what is allowed."""
    prompt = Improved.model_validate(said).prompt
    return prompts.compose(prompt, "", limit=limit, unit=unit, needed=False, languages=()).text


def titles(said: Mapping[str, Any]) -> list[str]:
    """The titles that a writer gave: clean, different, and none too long for a card."""
    cleaned = (prompts.clean(each) for each in Titles.model_validate(said).titles)
    return [each for each in dict.fromkeys(cleaned) if 0 < len(each) <= LONGEST_TITLE]
