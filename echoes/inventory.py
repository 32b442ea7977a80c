"""Which objects belong to trials of models: `providers` itself knows nothing of the library's inventory.

A sample that people see is a copy below `samples/`, which is no person's, so that it stays when the trial or
the member of staff goes; no round of comparing looks there.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from jobs.states import LIVE
from library.inventory import Entry, Part
from providers.models import Trial


def _kept(user_id: int) -> Iterator[Entry]:
    """A trial that goes on stands for whatever it, or the service that answers it, will put down."""
    for trial in Trial.objects.filter(owner=user_id):
        if trial.state in LIVE:
            for folder in ("trials", "made"):
                yield Entry("photos", f"{user_id}/{folder}/{trial.pk}", "trial", trial.pk, open=True)
        yield Entry("photos", trial.key, "trial", trial.pk)


def _lost(entry: Entry, now: datetime) -> None:
    """What a trial made is gone, so the trial goes too: there is nothing to look at."""
    if entry.what == "trial":
        Trial.objects.filter(pk=entry.id, key=entry.key).exclude(state__in=LIVE).delete()


def _renamed(storage: str, old: str, new: str) -> int:
    return Trial.objects.filter(key=old).update(key=new) if storage == "photos" else 0


TRIALS = Part(kept=_kept, lost=_lost, renamed=_renamed)
