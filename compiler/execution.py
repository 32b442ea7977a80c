"""The jobs of films: a piece, and the film that joins them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from compiler import making, recipes, render, surroundings, verify
from compiler import plan as plans
from compiler.models import Film, Piece
from compiler.recipes import Recipe
from compiler.timeline import Timeline
from echoes.kernel import clock, sandbox, workplace
from echoes.kernel.storage import base as storages
from jobs.execution import Work
from jobs.outcomes import Done, Fail, Outcome, Park
from jobs.states import LIVE, State
from providers import registry

ORIGINAL = "original"  # the name of a photo's file as it came (see `library.execution`)

log = logging.getLogger(__name__)


def make_piece(job: Piece, work: Work) -> Outcome:
    """Render the piece, once what it is made from is there."""
    first = Piece.objects.filter(owner=job.owner_id, digest__in=job.needs, state__in=LIVE)
    if unfinished := tuple(first):
        return Park(on=unfinished)
    recipe = Recipe(job.what, job.digest, tuple(job.needs), job.frames, job.spec)
    store = storages.get(making.STORE)
    key = making.key(owner_id=job.owner_id, recipe=recipe)
    if not store.exists(key):
        stored = {digest: (name, where) for digest, (name, where) in job.stored.items()}
        with workplace.directory("piece") as directory, storages.copies(stored) as files:
            sources = _readable(recipe, files, stored, directory, work)
            out = directory / f"piece{recipes.SUFFIX[recipe.what]}"
            render.piece(
                recipe=recipe,
                sources=sources,
                out=out,
                on_progress=work.progress,
                cancelled=work.cancelled,
            )
            _look_at(recipe, out, sources)
            store.put(key, out)
    return Done({"key": key})


def _readable(
    recipe: Recipe, files: Mapping[str, Path], stored: making.Stored, directory: Path, work: Work
) -> Mapping[str, Path]:
    """A photo as it came is a stranger's file: it is read in the sandbox, as large as the film needs it."""
    if recipe.what != recipes.CUT:
        return files
    (need,) = recipe.needs
    name, _, format = stored[need][1].rpartition("/")[2].partition(".")
    if name != ORIGINAL:
        return files
    wanted = recipes.cut(recipe)
    if wanted.filmed and wanted.filmed.model == registry.FOOTAGE:
        return files  # a video is read in the sandbox by its model
    folder = directory / "photo"
    folder.mkdir()
    copy = folder / "photo.jpg"
    sandbox.call(
        "library.pictures:enlarge",
        arguments={
            "source": str(files[need]),
            "format": format,
            "out": str(copy),
            "edge": max(wanted.size) * 3 // 2,
        },
        folder=folder,
        reads=[files[need]],
        cancelled=work.cancelled,
    )
    return {need: copy}


def _look_at(recipe: Recipe, made: Path, sources: Mapping[str, Path]) -> None:
    """Once, before it is kept: every film that takes it relies on it. Sound is measured while it is made."""
    match recipe.what:
        case recipes.WINDOW:
            verify.window(path=made, window=recipes.window(recipe), sources=sources)
        case recipes.CARD | recipes.CUT:
            verify.decodes(path=made, frames=recipe.frames, fps=recipe.spec["fps"])


def make_film(job: Film, work: Work) -> Outcome:
    """1. ask for missing pieces; 2. wait for them; 3. join; 4. compare with the plan; 5. keep it."""
    timeline = Timeline.from_json(job.timeline)
    planned = plans.plan(timeline)
    wanted = recipes.of(timeline, planned)
    if failed := _failed(job, wanted):
        return Fail(failed.error_code, failed.error_message, failed.error_detail)
    pieces = making.ask(
        owner=job.owner,
        project=job.project,
        wanted=wanted,
        stored=making.sources(job, timeline),
        priority=job.priority,
        now=clock.now(),
    )
    if unfinished := tuple(piece for piece in pieces if piece.state in LIVE):
        Film.objects.filter(pk=job.pk).update(pieces=[piece.digest for piece in pieces])
        return Park(on=unfinished)
    stored = making.sources(job, timeline) | {piece.digest: (making.STORE, piece.key) for piece in pieces}
    with workplace.directory("film") as directory, storages.copies(stored) as sources:
        out = directory / "film.mp4"
        render.film(timeline=timeline, sources=sources, out=out, cancelled=work.cancelled)
        parts, sound = render.ingredients(timeline=timeline, planned=planned, sources=sources)
        verified = verify.check(path=out, plan=planned, parts=parts, sound=sound)
        for suspicion in verified.suspicions:
            log.warning("film %s: %s", job.pk, suspicion)
        pictures = surroundings.make(film=out, folder=directory, stills=verified.stills)
        return _keep(job, out=out, pictures=pictures, verified=verified)


def _failed(job: Film, wanted: tuple[Recipe, ...]) -> Piece | None:
    """A piece that could not be made since this film was begun: asking again would end the same way."""
    return (
        Piece.objects.filter(
            owner=job.owner_id,
            digest__in=[recipe.digest for recipe in wanted],
            state=State.FAILED,
            finished_at__gte=job.started_at,
        )
        .exclude(digest__in=making.existing(owner_id=job.owner_id, wanted=wanted))
        .first()
    )


def _keep(job: Film, *, out: Path, pictures: Mapping[str, Path], verified: verify.Verified) -> Outcome:
    store = storages.get(making.STORE)
    folder = f"{job.owner_id}/films/{job.pk}"
    store.put(f"{folder}/film.mp4", out)
    for picture in pictures.values():
        store.put(f"{folder}/{picture.name}", picture)
    return Done(
        {
            "key": f"{folder}/film.mp4",
            **{column: f"{folder}/{picture.name}" for column, picture in pictures.items()},
            "frames": verified.frames,
            "width": verified.width,
            "height": verified.height,
            "size": out.stat().st_size,
        }
    )
