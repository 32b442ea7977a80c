"""Which objects belong to films and to pieces of them (see `library.inventory`)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from accounts import languages
from compiler import making
from compiler.models import Film, Piece
from echoes.kernel.storage.base import Missing
from jobs import lifecycle
from jobs.states import LIVE, State
from library.inventory import Entry, Part

FILES = ("key", "poster", "sprite", "moving")


def _kept(user_id: int) -> Iterator[Entry]:
    for film in Film.objects.filter(owner=user_id).defer("timeline", "takes"):
        yield Entry(making.STORE, f"{user_id}/films/{film.pk}/", "film", film.pk, open=True)
        if film.state in LIVE:
            continue
        yield Entry(making.STORE, film.key, "film", film.pk)
        for name in FILES[1:]:
            yield Entry(making.STORE, getattr(film, name), "picture of a film", film.pk)
    for piece in Piece.objects.filter(owner=user_id).only("key", "digest", "state"):
        if piece.state == State.SUCCEEDED:
            yield Entry(making.STORE, piece.key, "piece", piece.pk)
        else:
            yield Entry(making.STORE, f"{user_id}/pieces/{piece.digest}", "piece", piece.pk, open=True)


def _lost(entry: Entry, now: datetime) -> None:
    """A film counts as failed, so that its page says so and offers to make it again. A piece is made again
    by whoever needs it, and a picture of a film is simply not there."""
    if entry.what == "piece":
        Piece.objects.filter(pk=entry.id, key=entry.key, state=State.SUCCEEDED).delete()
    elif entry.what == "picture of a film":
        for name in FILES[1:]:
            Film.objects.filter(pk=entry.id, **{name: entry.key}).update(**{name: ""})
    elif entry.what == "film" and (film := Film.objects.filter(pk=entry.id, key=entry.key).first()):
        with contextlib.suppress(lifecycle.Lost):
            with languages.speaking(languages.of(film.owner_id)):
                message = str(Missing())
            lifecycle.lose(film, message=message, now=now, **dict.fromkeys(FILES, ""))


def _renamed(storage: str, old: str, new: str) -> int:
    """With the places where films and pieces name what they are made from."""
    owner = int(old.split("/")[0])
    for film in Film.objects.filter(owner=owner):
        if old in film.takes.values():
            changed = {digest: new if key == old else key for digest, key in film.takes.items()}
            Film.objects.filter(pk=film.pk).update(takes=changed)
    for piece in Piece.objects.filter(owner=owner).only("stored"):
        if [storage, old] in piece.stored.values():
            Piece.objects.filter(pk=piece.pk).update(stored=_moved(piece.stored, storage, old, new))
    if storage == "music":
        Film.objects.filter(owner=owner, music_key=old).update(music_key=new)
    if storage != making.STORE:
        return 0
    return sum(Film.objects.filter(**{name: old}).update(**{name: new}) for name in FILES)


def _moved(stored: dict[str, Any], storage: str, old: str, new: str) -> dict[str, Any]:
    return {need: [storage, new] if place == [storage, old] else place for need, place in stored.items()}


PART = Part(kept=_kept, lost=_lost, renamed=_renamed)
