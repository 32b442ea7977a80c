"""Makes the pieces of a film, and joins them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from compiler import audio, cutting, join, mix, pieces, recipes, title
from compiler import cut as cuts
from compiler import plan as plans
from compiler.recipes import Recipe
from compiler.timeline import Timeline
from echoes.kernel import errors
from echoes.kernel.ffmpeg import mezzanine, run


class SourceMissing(errors.EchoesError):
    """A clip or the music of this film is not there any more."""

    code = "source_missing"


def piece(
    *,
    recipe: Recipe,
    sources: Mapping[str, Path],
    out: Path,
    on_progress: run.OnProgress,
    cancelled: run.Cancelled,
) -> None:
    """Writes one piece to `out`, or nothing. `sources` are the files that the recipe needs, by digest.

    Raises SourceMissing, SourceNotMezzanine, NotEncoded, FfmpegFailed, Cancelled.
    """
    for source in recipe.needs:
        if source not in sources:
            raise SourceMissing
    match recipe.what:
        case recipes.CUT:
            cutting.render(
                cut=recipes.cut(recipe),
                source=sources[recipe.needs[0]],
                out=out,
                on_progress=on_progress,
                cancelled=cancelled,
            )
        case recipes.CARD:
            _card(recipe, sources, out, on_progress, cancelled)
        case recipes.WINDOW:
            _window(recipe, sources, out, cancelled)
        case _:
            _sound(recipe, sources, out, on_progress, cancelled)


def film(
    *, timeline: Timeline, sources: Mapping[str, Path], out: Path, cancelled: run.Cancelled | None = None
) -> None:
    """Writes the film to `out`, or nothing: only copies packets. `sources` are files by digest: the clips'
    mezzanines, and every piece of `recipes.of`. Raises SourceMissing, SourceNotMezzanine, Cancelled.
    """
    planned = plans.plan(timeline)
    clips = {(cuts.source(timeline, item), item.frames) for item in timeline.items}
    needed = {source for source, _ in clips} | {made.digest for made in recipes.of(timeline, planned)}
    if not needed <= sources.keys():
        raise SourceMissing
    for source, frames in clips:
        mezzanine.check(path=sources[source], frames=frames, fps=planned.fps, size=planned.size)
    parts, sound = ingredients(timeline=timeline, planned=planned, sources=sources)
    join.join(parts=parts, audio=sound, fps=timeline.fps, out=out, cancelled=cancelled)


def ingredients(
    *, timeline: Timeline, planned: plans.Plan, sources: Mapping[str, Path]
) -> tuple[tuple[join.Part, ...], Path]:
    """What the film is joined from: pictures in order, and the sound."""
    parts = tuple(_part(made, sources) for made in planned.pieces)
    return parts, sources[mix.of(timeline, planned).digest]


def _card(
    recipe: Recipe,
    sources: Mapping[str, Path],
    out: Path,
    on_progress: run.OnProgress,
    cancelled: run.Cancelled,
) -> None:
    card = recipes.card(recipe)
    title.render(
        card=card, behind=sources[card.behind], out=out, on_progress=on_progress, cancelled=cancelled
    )


def _window(recipe: Recipe, sources: Mapping[str, Path], out: Path, cancelled: run.Cancelled) -> None:
    window = recipes.window(recipe)
    for part in filter(None, (window.left, window.right)):
        mezzanine.check(path=sources[part.source], frames=part.frames, fps=window.fps, size=window.size)
    pieces.render(window=window, sources=sources, out=out, cancelled=cancelled)


def _sound(
    recipe: Recipe,
    sources: Mapping[str, Path],
    out: Path,
    on_progress: run.OnProgress,
    cancelled: run.Cancelled,
) -> None:
    audio.make(
        mix=recipes.sound(recipe),
        sources=sources,
        out=out,
        on_progress=on_progress,
        cancelled=cancelled,
    )


def _part(made: plans.Piece, sources: Mapping[str, Path]) -> join.Part:
    if isinstance(made, plans.Copy):
        cut = made.slice
        return join.Part(path=sources[cut.source], first=cut.first, last=cut.last)
    return join.Part(path=sources[made.digest], first=0, last=made.frames)
