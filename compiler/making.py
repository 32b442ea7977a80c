"""Asking for the pieces of a film, by the person who waits for it or ahead of that."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from clips.models import Clip
from compiler import films, recipes
from compiler import plan as plans
from compiler.models import Film, Finish, Piece
from compiler.recipes import Recipe
from compiler.timeline import Timeline
from jobs import lifecycle
from jobs.states import CLAIMABLE, LIVE, WANTED, State
from projects.models import Project

STORE = "films"
IDLE = -10  # a priority below everything that somebody waits for

Stored = dict[str, tuple[str, str]]


def key(*, owner_id: object, recipe: Recipe) -> str:
    """Where a piece is kept."""
    return f"{owner_id}/pieces/{recipe.digest}{recipes.SUFFIX[recipe.what]}"


def sources(film: Film, timeline: Timeline) -> Stored:
    """Where the files that a film's timeline names are stored: store and key by digest."""
    stored: Stored = {digest: ("photos", where) for digest, where in film.takes.items()}
    if timeline.music:
        stored[timeline.music.source] = ("music", film.music_key)
    return stored


def existing(*, owner_id: int, wanted: Iterable[Recipe]) -> dict[str, Piece]:
    """The pieces that are there or in the making, by digest."""
    return {piece.digest: piece for piece in _usable(owner_id, wanted)}


@transaction.atomic
def ask(
    *, owner: Any, project: Project, wanted: Iterable[Recipe], stored: Stored, priority: int, now: datetime
) -> list[Piece]:
    """Every wanted piece, in the making if it is not there, and none twice: two who ask at one moment stand
    in line at the project's row."""
    Project.objects.select_for_update().filter(pk=project.pk).first()
    wanted = list(wanted)
    _usable(owner.pk, wanted).update(used_at=now)  # first: what is used now is not thrown away meanwhile
    there = existing(owner_id=owner.pk, wanted=wanted)
    _hurry(there.values(), priority=priority)
    missing = [recipe for recipe in wanted if recipe.digest not in there]
    made_here = {recipe.digest: (STORE, key(owner_id=owner.pk, recipe=recipe)) for recipe in wanted}
    made = [
        Piece(
            owner=owner,
            project=project,
            what=recipe.what,
            digest=recipe.digest,
            needs=list(recipe.needs),
            frames=recipe.frames,
            spec=dict(recipe.spec),
            stored={need: (made_here | stored)[need] for need in recipe.needs},
            priority=priority,
            used_at=now,
        )
        for recipe in missing
    ]
    return [*there.values(), *lifecycle.enqueue_all(made, by=owner)]


def ahead(*, project: Project, finish: Finish, clips: list[Clip], now: datetime) -> None:
    """While somebody is still choosing: make what the film would need as it is chosen now, when nobody waits
    for anything else, and drop what an earlier choice asked for and nobody has taken up yet."""
    timelines = films.timelines_of(project=project, finish=finish, clips=clips)
    found = (recipe for timeline in timelines for recipe in recipes.of(timeline, plans.plan(timeline)))
    wanted = list({recipe.digest: recipe for recipe in found}.values())
    kept = films.stored(clips, quality=finish.quality)
    stored: Stored = {digest: ("photos", where) for digest, where in kept.items()}
    if finish.track and (music := timelines[0].music):
        stored[music.source] = ("music", finish.track.key)
    idle = Piece.objects.filter(project=project, priority=IDLE, state__in=CLAIMABLE)
    idle.exclude(digest__in=[recipe.digest for recipe in wanted]).delete()
    ask(owner=project.owner, project=project, wanted=wanted, stored=stored, priority=IDLE, now=now)


def nobody_waits(film: Film) -> None:
    """The film was cancelled: what it alone waited for is made when there is nothing else to do."""
    waiting = Film.objects.filter(owner=film.owner_id, state__in=LIVE).exclude(pk=film.pk)
    others = {digest for digests in waiting.values_list("pieces", flat=True) for digest in digests}
    alone = set(film.pieces) - others
    Piece.objects.filter(owner=film.owner_id, digest__in=alone, state__in=CLAIMABLE).update(priority=IDLE)


def _usable(owner_id: int, wanted: Iterable[Recipe]) -> QuerySet[Piece]:
    return Piece.objects.filter(
        owner_id=owner_id,
        digest__in=[recipe.digest for recipe in wanted],
        state__in=WANTED | {State.SUCCEEDED},
    )


def _hurry(pieces: Iterable[Piece], *, priority: int) -> None:
    """What was begun ahead of time is now waited for."""
    slow = [piece.pk for piece in pieces if piece.priority < priority and piece.state in CLAIMABLE]
    if slow:
        Piece.objects.filter(pk__in=slow).update(priority=priority)
