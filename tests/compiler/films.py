"""Timelines for tests: by hand, and by hypothesis."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from compiler import plan, recipes, render
from compiler.timeline import (
    FITS,
    FRAME_RATES,
    LOOKS,
    PLACES,
    TRANSITIONS,
    Caption,
    Filmed,
    Focus,
    Item,
    ItemSound,
    Music,
    Narration,
    Timeline,
    Title,
    Transition,
)
from echoes.kernel import shapes
from echoes.kernel.ffmpeg import encoding
from tests.compiler.conftest import SMALL


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
    """Its clips are in its form, so that their packets can be copied."""
    made = Timeline(**{"aspect": "16:9", "fps": 24, "items": items, "transition": FADE, **changes})
    return joinable(made)


def joinable(made: Timeline) -> Timeline:
    size = SMALL if made.aspect == "16:9" else shapes.size(made.aspect)
    form = encoding.form(size=size, fps=made.fps)
    return replace(made, items=tuple(replace(item, form=item.form or form) for item in made.items))


def transitions() -> st.SearchStrategy[Transition]:
    kinds = st.sampled_from(tuple(TRANSITIONS))
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
        form=draw(st.sampled_from(("", "another"))),
        filmed=draw(st.none() | st.builds(Filmed, source(), source(), source(), whole(), whole())),
        fit=draw(st.sampled_from(FITS)),
        focus=draw(
            st.lists(st.builds(Focus, aspects(), thousandths(), thousandths()), max_size=2).map(tuple)
        ),
    )


def source() -> st.SearchStrategy[str]:
    return st.sampled_from("abcd")


def whole() -> st.SearchStrategy[int]:
    return st.integers(0, 10)


def thousandths() -> st.SearchStrategy[int]:
    return st.integers(0, 1_000)


def aspects() -> st.SearchStrategy[str]:
    return st.sampled_from(tuple(shapes.LABELS))


def captions(number: int) -> st.SearchStrategy[Caption]:
    return st.builds(
        Caption,
        item=st.integers(0, number - 1),
        text=st.text(st.characters(exclude_categories=("Cs",)), max_size=20),
        start=st.integers(0, 200),
        frames=st.integers(0, 200),
        place=st.sampled_from(tuple(PLACES)),
        look=st.sampled_from(tuple(LOOKS)),
    )


def volumes() -> st.SearchStrategy[int]:
    return st.integers(0, 100)


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    made = joinable(draw(_without_captions()))
    found = draw(st.lists(captions(len(made.items)), max_size=3))
    return replace(made, captions=tuple(found))


def _without_captions() -> st.SearchStrategy[Timeline]:
    ticks = st.integers(0, 10**7)
    text = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
    return st.builds(
        Timeline,
        aspect=aspects(),
        quality=st.sampled_from(tuple(shapes.QUALITIES)),
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
            fade_in=ticks,
            loop=st.booleans(),
        ),
        narration=st.none()
        | st.builds(
            Narration, source=st.just("n"), duration=st.integers(1, 10**6), start=ticks, volume=volumes()
        ),
        title=st.none() | st.builds(Title, text=text, subtitle=text, frames=st.integers(2, 120)),
        end=st.none() | st.builds(Title, text=text, subtitle=text, frames=st.integers(2, 120)),
    )
