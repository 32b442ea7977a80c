"""Timelines for tests: by hand, and by hypothesis."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from compiler import plan, recipes, render
from compiler.timeline import (
    FRAME_RATES,
    Item,
    ItemSound,
    Music,
    Narration,
    Timeline,
    Title,
    Transition,
)


def compiled(
    timeline: Timeline,
    *,
    sources: Mapping[str, Path],
    out: Path,
    workdir: Path,
    cancelled: Callable[[], bool] = lambda: False,
) -> Path:
    """Make every piece that is not in `workdir` yet, one after the other, and join them: what the jobs do."""
    workdir.mkdir(exist_ok=True)
    files = dict(sources)
    for recipe in recipes.of(timeline, plan.plan(timeline)):
        path = workdir / f"{recipe.digest}{recipes.SUFFIX[recipe.what]}"
        if not path.exists():
            render.piece(
                recipe=recipe, sources=files, out=path, on_progress=lambda _: None, cancelled=cancelled
            )
        files[recipe.digest] = path
    render.film(timeline=timeline, sources=files, out=out, cancelled=cancelled)
    return out


FADE = Transition(kind="fade", frames=12)


def film(*items: Item, **changes: Any) -> Timeline:
    return Timeline(**{"aspect": "16:9", "fps": 24, "items": items, "transition": FADE, **changes})


def transitions() -> st.SearchStrategy[Transition]:
    kinds = st.sampled_from(("fade", "dissolve", "wipe", "slide", "none"))
    return st.builds(Transition, kind=kinds, frames=st.integers(0, 90))


@st.composite
def items(draw: st.DrawFn) -> Item:
    length = draw(st.integers(2, 150))
    start, end = draw(st.integers(0, 40)), draw(st.integers(0, 40))
    return Item(
        source=draw(st.sampled_from("abcd")),
        frames=length + start + end,
        trim_start=start,
        trim_end=end,
        transition=draw(st.none() | transitions()),
        sound=draw(st.none() | st.builds(ItemSound, source=st.sampled_from("st"), volume=volumes())),
    )


def volumes() -> st.SearchStrategy[int]:
    return st.integers(0, 100)


def timelines() -> st.SearchStrategy[Timeline]:
    ticks = st.integers(0, 10**7)
    text = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
    return st.builds(
        Timeline,
        aspect=st.sampled_from(("16:9", "9:16", "1:1")),
        fps=st.sampled_from(FRAME_RATES),
        items=st.lists(items(), min_size=1, max_size=6).map(tuple),
        transition=transitions(),
        music=st.none()
        | st.builds(
            Music,
            source=st.just("m"),
            duration=st.integers(1, 10**7),
            offset=ticks,
            volume=volumes(),
            fade_out=ticks,
        ),
        narration=st.none()
        | st.builds(
            Narration, source=st.just("n"), duration=st.integers(1, 10**6), start=ticks, volume=volumes()
        ),
        title=st.none() | st.builds(Title, text=text, subtitle=text, frames=st.integers(2, 120)),
    )
