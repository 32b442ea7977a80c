"""Stores and rows are compared: objects that no row knows, and rows whose object is gone.

A person at a time, since keys begin with whose they are. What is younger than a day is left alone: work that
is going on puts a file down before its row says so.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.core.cache import cache

from echoes.kernel.storage import base as storages
from echoes.kernel.storage.base import Stored
from library import inventory
from library.inventory import Entry
from library.usage import STORES

log = logging.getLogger(__name__)

LEFT_ALONE = timedelta(days=1)
# A forgotten place costs nothing but a round that begins anew.
PLACE = "library.reconciling.place"
REST = "library.reconciling.rest"
ROUND = timedelta(days=1)
PEOPLE = 200
OBJECTS = 20_000
# More than that at one look, and a tenth of all: then it is no file that is lost. If they are missing a store
# is away; if no row knows them, the rows may be those of an older backup.
MANY = 20


@dataclass
class Found:
    """What does not fit. `seen` counts the objects that were looked at."""

    seen: int = 0
    orphans: list[tuple[str, Stored]] = field(default_factory=list)
    missing: list[Entry] = field(default_factory=list)

    def add(self, other: Found) -> None:
        self.seen += other.seen
        self.orphans += other.orphans
        self.missing += other.missing

    @property
    def is_too_much(self) -> bool:
        many = max(MANY, (self.seen + len(self.missing)) / 10)
        return max(len(self.missing), len(self.orphans)) > many


def sweep(*, now: datetime) -> None:
    """Some people more, from where the last call ended; after everybody, a rest until a day has passed."""
    if cache.get(REST):
        return
    found = Found()
    last = None
    for user_id in _people(after=cache.get(PLACE, 0)):
        found.add(compare(user_id, now=now))
        last = user_id
        if found.seen > OBJECTS:
            break
    if last is None:
        found.add(of_nobody(now=now))
        cache.set(REST, True, ROUND.total_seconds())
        cache.delete(PLACE)
    else:
        cache.set(PLACE, last, None)
    mend(found, now=now)


def everybody(*, now: datetime) -> Iterator[Found]:
    """The whole round at once, for staff."""
    after = 0
    while people := _people(after=after):
        for after in people:
            yield compare(after, now=now)
    yield of_nobody(now=now)


def compare(user_id: int, *, now: datetime) -> Found:
    """What does not fit of one person. The rows are read before the stores: what is made meanwhile is young,
    and what is deleted meanwhile is looked at twice."""
    kept = inventory.kept(user_id)
    found = Found()
    for store in STORES:
        there = {stored.key: stored for stored in storages.get(store).listing(f"{user_id}/")}
        found.seen += len(there)
        here = [entry for entry in kept if entry.storage == store]
        found.orphans += [(store, stored) for stored in _unknown(there.values(), here, now=now)]
        found.missing += [entry for entry in here if not entry.open and entry.key not in there]
    return _looked_at_twice(found, user_id) if found.orphans or found.missing else found


def of_nobody(*, now: datetime) -> Found:
    """Objects of people who have left. What is no person's at all, such as the catalogue, is no concern."""
    found = Found()
    for store in STORES:
        ids = {int(name) for name in storages.get(store).folders() if name.isdecimal()}
        left = ids - set(get_user_model().objects.filter(pk__in=ids).values_list("pk", flat=True))
        for user_id in sorted(left):
            there = list(storages.get(store).listing(f"{user_id}/"))
            found.seen += len(there)
            found.orphans += [(store, stored) for stored in _unknown(there, [], now=now)]
    return found


def mend(found: Found, *, now: datetime, anyway: bool = False) -> None:
    """Remove orphans, and have each app do what is right for what is missing. If that is too much at once
    nothing is done, unless `anyway`."""
    if found.is_too_much and not anyway:
        log.error(
            "%d files are missing and no row knows %d others: is a store of media away, or the database an "
            "older one? Nothing was done about it; look with manage.py media_check",
            len(found.missing),
            len(found.orphans),
        )
        return
    for store in STORES:
        storages.get(store).delete_all(stored.key for where, stored in found.orphans if where == store)
    for entry in found.missing:
        inventory.lost(entry, now=now)


def _people(*, after: int) -> list[int]:
    people = get_user_model().objects.filter(pk__gt=after).order_by("pk")
    return list(people.values_list("pk", flat=True)[:PEOPLE])


def _unknown(there: Iterable[Stored], entries: list[Entry], *, now: datetime) -> Iterator[Stored]:
    named = {entry.key for entry in entries}
    folders = {entry.key for entry in entries if entry.open and entry.key.endswith("/")}
    begun = tuple(entry.key for entry in entries if entry.open and not entry.key.endswith("/"))
    old = (now - LEFT_ALONE).timestamp()
    for stored in there:
        known = stored.key in named or stored.key.startswith(begun) or not folders.isdisjoint(_above(stored))
        if stored.changed_at < old and not known:
            yield stored


def _above(stored: Stored) -> Iterator[str]:
    """Every folder that it is in."""
    return (stored.key[: place + 1] for place, sign in enumerate(stored.key) if sign == "/")


def _looked_at_twice(found: Found, user_id: int) -> Found:
    """What is still so, now that the stores have been read."""
    kept = inventory.kept(user_id)
    named = {(entry.storage, entry.key) for entry in kept}
    orphans = [(store, stored) for store, stored in found.orphans if (store, stored.key) not in named]
    missing = [
        entry
        for entry in found.missing
        if entry in kept and not storages.get(entry.storage).exists(entry.key)
    ]
    return Found(found.seen, orphans, missing)
