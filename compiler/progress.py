"""How far a film is that waits for its pieces."""

from __future__ import annotations

from compiler import recipes
from compiler.models import Film, Piece
from jobs import lifecycle
from jobs.states import LIVE, State

JOINING = 3  # percent that are left when every piece is there


def tell_waiting(piece: Piece) -> None:
    """A piece has ended: the films that wait for it are further, and their pages hear of it."""
    waiting = Film.objects.filter(owner=piece.owner_id, state=State.WAITING, pieces__contains=[piece.digest])
    for film in waiting:
        percent = of(film)
        if percent <= film.progress:
            continue
        film.progress = percent
        Film.objects.filter(pk=film.pk, state=State.WAITING).update(progress=percent)
        lifecycle.poke(film)


def of(film: Film) -> int:
    """Percent, by what its pieces cost."""
    found = Piece.objects.filter(
        owner=film.owner_id, digest__in=film.pieces, state__in=LIVE | {State.SUCCEEDED}
    ).values_list("what", "frames", "state")
    whole = sum(recipes.COST[what] * frames for what, frames, _ in found)
    done = sum(recipes.COST[what] * frames for what, frames, state in found if state == State.SUCCEEDED)
    return int((100 - JOINING) * done / whole) if whole else 0
