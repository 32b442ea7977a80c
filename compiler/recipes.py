"""What a film's pieces are made from: enough to make each of them anywhere, apart from the film.

Pure: reads a timeline and its plan. A recipe is plain JSON, so that it can be the row of a job.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from compiler import mix, plan
from compiler.card import Card
from compiler.cut import Cut
from compiler.timeline import Filmed, Timeline, Transition

CUT, CARD, WINDOW, SOUND = "cut", "card", "window", "sound"
SUFFIX = {CUT: ".mp4", CARD: ".mp4", WINDOW: ".mp4", SOUND: ".m4a"}
# What a frame costs, in the same unit: a second generation, a first one, the sound of it.
COST = {WINDOW: 1.0, CUT: 0.9, CARD: 0.6, SOUND: 0.04}


@dataclass(frozen=True)
class Recipe:
    """A piece. `digest` names its file; `needs` are the files that it is made from, by digest."""

    what: str
    digest: str
    needs: tuple[str, ...]
    frames: int
    spec: Mapping[str, Any]


def of(film: Timeline, planned: plan.Plan) -> tuple[Recipe, ...]:
    """Every piece of the film that has to be made, each once, and each after what it is made from."""
    return (
        *(_cut(cut) for cut in planned.cuts),
        *(_card(card) for card in planned.cards),
        *(_window(window) for window in planned.windows),
        _sound(film, planned),
    )


def cut(recipe: Recipe) -> Cut:
    spec = dict(recipe.spec)
    filmed, focus = spec.pop("filmed"), spec.pop("focus")
    return Cut(
        filmed=Filmed(**filmed) if filmed else None,
        focus=(focus[0], focus[1]) if focus else None,
        **spec,
    )


def card(recipe: Recipe) -> Card:
    return Card(**recipe.spec)


def window(recipe: Recipe) -> plan.Window:
    spec = dict(recipe.spec)
    return plan.Window(
        left=plan.Slice(**spec.pop("left")),
        right=plan.Slice(**right) if (right := spec.pop("right")) else None,
        transition=Transition(**spec.pop("transition")),
        overlays=tuple(plan.Overlay(**overlay) for overlay in spec.pop("overlays", ())),
        **spec,
    )


def sound(recipe: Recipe) -> mix.Mix:
    return mix.from_json(dict(recipe.spec), frames=recipe.frames)


def _cut(made: Cut) -> Recipe:
    return Recipe(CUT, made.digest, (made.needs,), made.frames, asdict(made))


def _card(made: Card) -> Recipe:
    return Recipe(CARD, made.digest, (made.behind,), made.frames, asdict(made))


def _window(made: plan.Window) -> Recipe:
    needs = dict.fromkeys(part.source for part in (made.left, made.right) if part)
    spec = asdict(made)
    return Recipe(WINDOW, made.digest, tuple(needs), made.frames, spec | {"overlays": list(spec["overlays"])})


def _sound(film: Timeline, planned: plan.Plan) -> Recipe:
    heard = mix.of(film, planned)
    return Recipe(SOUND, heard.digest, heard.needs, heard.frames, mix.to_json(heard))
