"""Which objects belong to takes (see `library.inventory`)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime

from clips.models import Take
from echoes.kernel.storage.base import Missing
from jobs import lifecycle
from jobs.states import LIVE, State
from library.inventory import Entry, Part


def _kept(user_id: int) -> Iterator[Entry]:
    """A take that is being made stands for whatever file its digest will name."""
    for take in Take.objects.filter(owner=user_id).exclude(state=State.CANCELLED, key=""):
        if take.state in LIVE:
            yield Entry("photos", f"{user_id}/takes/{take.digest}", "take", take.pk, open=True)
        yield Entry("photos", take.key, "take", take.pk)


def _lost(entry: Entry, now: datetime) -> None:
    """The take counts as failed, and its clip shows another or offers to make one."""
    found = Take.objects.filter(pk=entry.id, key=entry.key).first() if entry.what == "take" else None
    if found:
        with contextlib.suppress(lifecycle.Lost):
            lifecycle.lose(found, message=str(Missing()), now=now, key="")


def _renamed(storage: str, old: str, new: str) -> int:
    return Take.objects.filter(key=old).update(key=new) if storage == "photos" else 0


PART = Part(kept=_kept, lost=_lost, renamed=_renamed)
