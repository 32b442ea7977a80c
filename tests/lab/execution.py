"""What chores and errands do."""

from __future__ import annotations

import ctypes
import os
import signal
import threading
from typing import Any

from django.db.models import F

from echoes.kernel import workplace
from echoes.kernel.errors import Cancelled
from echoes.kernel.storage import base as storages
from jobs import remote
from jobs.execution import Work
from jobs.outcomes import Again, Done, Outcome
from tests.lab.models import Chore, Errand


def chore(job: Chore, work: Work) -> Outcome:
    Chore.objects.filter(pk=job.pk).update(runs=F("runs") + 1)
    return TASKS[job.task](job, work)


def nothing(job: Chore, work: Work) -> Outcome:
    return Done()


def die(job: Chore, work: Work) -> Outcome:
    """As the kernel kills what needs too much memory."""
    os.kill(os.getpid(), signal.SIGKILL)
    return Done()


def crash(job: Chore, work: Work) -> Outcome:
    """As a broken library ends its process."""
    ctypes.string_at(0)
    return Done()


def stumble(job: Chore, work: Work) -> Outcome:
    raise RuntimeError("it stumbled")


def hold(job: Chore, work: Work) -> Outcome:
    """Work until told to stop."""
    while not work.cancelled():
        threading.Event().wait(0.05)
    raise Cancelled


def deaf(job: Chore, work: Work) -> Outcome:
    """Never come back, whatever is asked."""
    threading.Event().wait()
    return Done()


TASKS = {task.__name__: task for task in (nothing, die, crash, stumble, hold, deaf)}


def errand(job: Errand, work: Work) -> Outcome:
    return remote.carry(job, work, fetch=fetch)


def fetch(job: Errand, work: Work, data: dict[str, Any]) -> Outcome:
    """Downloads are for the media workers; a file that is there already is not fetched again."""
    from tests.lab.service import LAB

    if job.queue != "media":
        return Again(queue="media")
    store = storages.get("photos")
    key = f"{job.owner_id}/errands/{job.pk}.bin"
    if not store.exists(key):
        with workplace.directory("errand") as directory:
            store.put(key, LAB.download(data["url"], directory / "made.bin"))
    return Done({"key": key})
