"""What becomes of somebody's jobs when they leave: all are stopped before anything else is taken away."""

from __future__ import annotations

import logging
import time
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from echoes.kernel import clock
from echoes.kernel.errors import EchoesError
from jobs import lifecycle, registry
from jobs.models import Job, JobEvent
from jobs.states import LIVE, Phase

log = logging.getLogger(__name__)

PATIENCE = 45.0  # seconds: a lease runs out in that time, and a cancelled job's worker has obeyed
LOOK = 0.25


class StillAtWork(EchoesError):
    """Some work of this person has not stopped yet."""

    code = "still_at_work"
    permanent = False


def cancel_all(owner: Any, *, by: Any = None, now: datetime) -> int:
    """Cancel every live job of a person; gives how many a worker still has in its hands."""
    in_hand = 0
    for model in registry.models():
        for job in _of(model, owner).filter(state__in=LIVE):
            in_hand += lifecycle.cancel(job, by=by, now=now).state in LIVE
    return in_hand


def forget(*, user: Any, now: datetime) -> None:
    """Stop everything, wait until workers have let go and providers have been told, and take the history
    away. Raises StillAtWork: then try again later."""
    ends = time.monotonic() + PATIENCE
    while (in_hand := cancel_all(user, now=clock.now())) or _untold(user):
        if time.monotonic() > ends:
            if in_hand:
                raise StillAtWork
            log.warning("a provider could not be told to stop work for somebody who leaves")
            break
        time.sleep(LOOK)
    for model in registry.models():
        JobEvent.objects.filter(kind=model.kind, job_id__in=_of(model, user).values("pk")).delete()


def _untold(owner: Any) -> bool:
    """Whether a provider still works on something and is about to be told to stop."""
    return any(
        _of(model, owner).filter(phase=Phase.SUBMITTED, poll_at__isnull=False).exists()
        for model in registry.remote_models()
    )


def _of(model: type[Job], owner: Any) -> QuerySet[Any]:
    found: QuerySet[Any] = model._base_manager.filter(owner=owner)
    return found
