"""Choosing the picture that stands for a film: on its card, before it plays, in a mail."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from compiler import making, poster
from compiler.models import Film, Poster
from echoes.kernel import workplace
from echoes.kernel.errors import EchoesError
from echoes.kernel.storage import base as storages
from jobs import lifecycle
from jobs.execution import Work
from jobs.outcomes import Done, Outcome
from jobs.states import LIVE, TERMINAL, State

KEPT = timedelta(days=1)
"""A page that is open still shows the picture that another has taken the place of."""
BATCH = 500


class NoFilmYet(EchoesError):
    """A picture can be chosen once the film is there."""

    code = "no_film_yet"


class NoSuchMoment(EchoesError):
    """The film is not that long. Please choose another picture."""

    code = "no_such_moment"


@transaction.atomic
def choose(
    *, film: Film, by: Any, now: datetime, cell: int | None = None, frame: int | None = None
) -> Poster:
    """Have the picture made: of a cell of the film's sheet, of a frame, or, with neither, of our own choice.
    What was asked for before and is not there yet is not needed any more. Raises NoFilmYet, NoSuchMoment."""
    Film.objects.select_for_update().filter(pk=film.pk).first()
    if film.state != State.SUCCEEDED:
        raise NoFilmYet
    if frame is not None and frame >= film.frames:
        raise NoSuchMoment
    for earlier in film.posters.filter(state__in=LIVE):
        lifecycle.cancel(earlier, by=by, now=now)
    return lifecycle.enqueue(Poster(owner=by, film=film, cell=cell, frame=frame), by=by)


def latest(film: Film) -> Poster | None:
    """What was asked for last and not stopped; nothing while the film has the picture of its making."""
    return film.posters.exclude(state=State.CANCELLED).order_by("-created_at").first()


def make(job: Poster, work: Work) -> Outcome:
    """The handler. Raises NoPicture, Missing."""
    key = f"{job.owner_id}/films/{job.film_id}/poster-{job.pk}.jpg"
    store = storages.get(making.STORE)
    with workplace.directory("poster") as directory, store.local_copy(job.film.key) as film:
        out = directory / "poster.jpg"
        poster.make(film=film, out=out, cell=job.cell, frame=job.frame)
        store.put(key, out)
    return Done({"key": key})


def adopt(made: Poster) -> None:
    """Within the transaction that ends it; whoever chose later has cancelled it before."""
    Film.objects.filter(pk=made.film_id).update(poster=made.key)


def sweep(*, now: datetime) -> None:
    """Called by the clock now and then: pictures that no film has any more go, and what came to nothing."""
    old = Poster.objects.filter(state__in=TERMINAL, finished_at__lt=now - KEPT)
    for each in old.filter(Q(key="") | ~Q(key=F("film__poster"))).order_by("finished_at")[:BATCH]:
        if each.key:
            storages.get(making.STORE).delete(each.key)
        each.delete()
