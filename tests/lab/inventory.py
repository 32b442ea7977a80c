"""Which objects belong to errands (see `library.inventory`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from library.inventory import Entry, Part
from tests.lab.models import Errand


def _kept(user_id: int) -> Iterator[Entry]:
    for errand in Errand.objects.filter(owner=user_id):
        yield Entry("photos", f"{user_id}/errands/{errand.pk}.bin", "errand", errand.pk, open=True)


def _lost(entry: Entry, now: datetime) -> None:
    """Nobody misses one."""


def _renamed(storage: str, old: str, new: str) -> int:
    return Errand.objects.filter(key=old).update(key=new) if storage == "photos" else 0


PART = Part(kept=_kept, lost=_lost, renamed=_renamed)
