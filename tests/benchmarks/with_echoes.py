"""Makes one film as the jobs do, in a process of its own: `python -m tests.benchmarks.with_echoes TASK`.

The task is a JSON file: the timeline, files by digest, a folder of pieces that are ready, and where it goes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from concurrent import futures
from pathlib import Path
from typing import Any

from compiler import plan, recipes, render, surroundings, verify
from compiler.recipes import Recipe
from compiler.timeline import Timeline

WORKERS = 2
# What is made first is needed for what follows.
STAGES = ((recipes.CUT,), (recipes.CARD,), (recipes.WINDOW, recipes.SOUND))


def main(task: Mapping[str, Any]) -> None:
    """1. the pieces that are missing, two at a time; 2. the join; 3. where asked for, what else the film's
    job does: the comparison with the plan, and the pictures that stand for the film."""
    timeline = Timeline.from_json(task["timeline"])
    planned = plan.plan(timeline)
    wanted = recipes.of(timeline, planned)
    files = {digest: Path(path) for digest, path in task["sources"].items()}
    files |= {recipe.digest: piece_of(Path(task["pieces"]), recipe) for recipe in wanted}
    missing = [recipe for recipe in wanted if not files[recipe.digest].exists()]
    with futures.ThreadPoolExecutor(WORKERS) as workers:
        for stage in STAGES:
            batch = [recipe for recipe in missing if recipe.what in stage]
            list(workers.map(lambda recipe: made(recipe, files), batch))
    out = Path(task["out"])
    render.film(timeline=timeline, sources=files, out=out)
    if task["checked"]:
        parts, sound = render.ingredients(timeline=timeline, planned=planned, sources=files)
        verified = verify.check(path=out, plan=planned, parts=parts, sound=sound)
        surroundings.make(film=out, folder=out.parent, stills=verified.stills)


def piece_of(folder: Path, recipe: Recipe) -> Path:
    return folder / f"{recipe.digest}{recipes.SUFFIX[recipe.what]}"


def made(recipe: Recipe, files: Mapping[str, Path]) -> None:
    """And looked at, as its job does before it is kept."""
    out = files[recipe.digest]
    render.piece(recipe=recipe, sources=files, out=out, on_progress=lambda _: None, cancelled=lambda: False)
    match recipe.what:
        case recipes.WINDOW:
            verify.window(path=out, window=recipes.window(recipe), sources=files)
        case recipes.CARD | recipes.CUT:
            verify.decodes(path=out, frames=recipe.frames, fps=recipe.spec["fps"])


if __name__ == "__main__" and len(sys.argv) > 1:
    main(json.loads(Path(sys.argv[1]).read_text()))
