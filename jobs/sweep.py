"""The guarantee behind every lost message, called by the clock each second."""

from __future__ import annotations

from datetime import datetime, timedelta

from jobs import doorbell, lifecycle, registry
from jobs.models import Job, Wait
from jobs.states import CLAIMABLE, LEASED, LIVE, State

PATIENCE = timedelta(seconds=2)
BATCH = 100
LOOKS = 5


def tick(*, now: datetime) -> None:
    """Rescue what lost its worker, wake what waits for nothing, ring for what nobody took."""
    for model in registry.models():
        _rescue(model, now=now)
        _wake_forgotten(model, now=now)
    for queue in registry.queues():
        _ring(queue, now=now)


def _rescue(model: type[Job], *, now: datetime) -> None:
    for job in model._base_manager.filter(state__in=LEASED, lease_until__lt=now)[:BATCH]:
        try:
            lifecycle.rescue(job, now=now)
        except lifecycle.Lost:
            continue


def _wake_forgotten(model: type[Job], *, now: datetime) -> None:
    """A wait whose other job ended or is gone wakes nobody any more; normally there are none. Looking costs
    queries for each, so one tick looks at a few, chosen by chance: sooner or later at every one."""
    waiting = model._base_manager.filter(state=State.WAITING, run_after=None)
    for job in waiting.order_by("?")[:LOOKS]:
        _drop_stale_waits(job)
        lifecycle.wake(job, now=now)


def _drop_stale_waits(job: Job) -> None:
    for wait in Wait.objects.filter(waiter_kind=job.kind, waiter_id=job.pk):
        other = registry.model(wait.on_kind)
        if not other._base_manager.filter(pk=wait.on_id, state__in=LIVE).exists():
            wait.delete()


def _ring(queue: str, *, now: datetime) -> None:
    forgotten = {"state__in": CLAIMABLE, "run_after__lt": now - PATIENCE}
    if any(model._base_manager.filter(**forgotten).exists() for model in registry.models_of_queue(queue)):
        doorbell.remind(queue)
