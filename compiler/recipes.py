"""What a film's pieces are made from: enough to make each of them anywhere, apart from the film.

Pure: reads a timeline and its plan. A recipe is plain JSON, so that it can be the row of a job.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from compiler import mix, plan
from compiler.card import Card
from compiler.timeline import Timeline, Transition

CARD, WINDOW, SOUND = "card", "window", "sound"
SUFFIX = {CARD: ".mp4", WINDOW: ".mp4", SOUND: ".m4a"}
# What a frame costs, in the same unit: a second generation, a first one, the sound of it.
COST = {WINDOW: 1.0, CARD: 0.6, SOUND: 0.04}


@dataclass(frozen=True)
class Recipe:
    """A piece. `digest` names its file; `needs` are the files that it is made from, by digest."""

    what: str
    digest: str
    needs: tuple[str, ...]
    frames: int
    spec: Mapping[str, Any]


def of(film: Timeline, planned: plan.Plan) -> tuple[Recipe, ...]:
    """Every piece of the film that has to be made, each once; a card before the windows that need it."""
    found = [_window(window) for window in planned.windows]
    if planned.card:
        found.insert(0, _card(planned.card))
    return (*found, _sound(film, planned))


def card(recipe: Recipe) -> Card:
    return Card(**recipe.spec)


def window(recipe: Recipe) -> plan.Window:
    spec = dict(recipe.spec)
    return plan.Window(
        left=plan.Slice(**spec.pop("left")),
        right=plan.Slice(**right) if (right := spec.pop("right")) else None,
        transition=Transition(**spec.pop("transition")),
        **spec,
    )


def sound(recipe: Recipe) -> mix.Mix:
    return mix.from_json(dict(recipe.spec), frames=recipe.frames)


def _card(made: Card) -> Recipe:
    return Recipe(CARD, made.digest, (made.behind,), made.frames, asdict(made))


def _window(made: plan.Window) -> Recipe:
    needs = dict.fromkeys(part.source for part in (made.left, made.right) if part)
    return Recipe(WINDOW, made.digest, tuple(needs), made.frames, asdict(made))


def _sound(film: Timeline, planned: plan.Plan) -> Recipe:
    heard = mix.of(film, planned)
    return Recipe(SOUND, heard.digest, heard.needs, heard.frames, mix.to_json(heard))
