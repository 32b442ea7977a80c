"""The guarantee behind every lost message, called by the clock each second."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from jobs import doorbell, fairness, lifecycle, registry
from jobs.models import Job, RemoteJob, Wait
from jobs.states import LEASED, LIVE, State

log = logging.getLogger(__name__)
PATIENCE = timedelta(seconds=2)
BATCH = 100


def tick(*, now: datetime) -> None:
    """Rescue what lost its worker, wake what waits for nothing, ring for what nobody took."""
    for model in registry.models():
        for step in (_rescue, _wake_forgotten):
            with _whatever_happens(f"{step.__name__} {model.kind}"):
                step(model, now=now)
    for queue in registry.QUEUES:
        with _whatever_happens(f"ring {queue}"):
            _ring(queue, now=now)


@contextlib.contextmanager
def _whatever_happens(what: str) -> Iterator[None]:
    """One row that cannot be moved is that row's trouble, and keeps nobody else waiting."""
    try:
        yield
    except Exception:
        log.exception("the clock could not %s", what)


def _rescue(model: type[Job], *, now: datetime) -> None:
    for job in model._base_manager.filter(state__in=LEASED, lease_until__lt=now)[:BATCH]:
        with _whatever_happens(f"rescue {job.kind} {job.pk}"), contextlib.suppress(lifecycle.Lost):
            lifecycle.rescue(job, now=now)


def _wake_forgotten(model: type[Job], *, now: datetime) -> None:
    """A wait whose other job ended or is gone wakes nobody any more; normally there are none."""
    alive = model._base_manager.filter(pk=OuterRef("on_id"), state__in=LIVE)
    Wait.objects.filter(~Exists(alive), on_kind=model.kind).delete()
    waits = Wait.objects.filter(waiter_kind=model.kind, waiter_id=OuterRef("pk"))
    forgotten = model._base_manager.filter(~Exists(waits), state=State.WAITING, run_after=None)
    if issubclass(model, RemoteJob):
        forgotten = forgotten.filter(Q(poll_at=None))
    for job in forgotten[:BATCH]:
        lifecycle.wake(job, now=now)


def _ring(queue: str, *, now: datetime) -> None:
    if fairness.next_due(queue, now=now - PATIENCE):
        doorbell.ring_queue(queue, enough=1)
