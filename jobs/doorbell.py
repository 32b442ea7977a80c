"""A Dramatiq message says only that there is something to do in a queue. Losing one costs seconds."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, cast

import dramatiq
from django.db import transaction
from dramatiq.brokers.redis import RedisBroker

if TYPE_CHECKING:
    from jobs.models import Job

log = logging.getLogger(__name__)
SILENCE = 1.0  # seconds without trying again, so that a Redis which hangs does not hold up all who ring
_silent_until = 0.0
ENOUGH = 32  # unheard rings; more than the idle threads that a burst of new jobs is likely to meet


def ring(job: Job) -> None:
    """Tell the workers of the job's queue, once the transaction has committed."""
    queue = job.queue
    transaction.on_commit(lambda: ring_queue(queue), robust=True)


def ring_queue(queue: str, *, enough: int = ENOUGH) -> None:
    """Ring unless so many rings are unheard: the workers are busy then, and go on without being rung for."""
    from jobs import tasks

    global _silent_until
    if time.monotonic() < _silent_until:
        return
    broker = cast(RedisBroker, dramatiq.get_broker())
    try:
        if broker.client.llen(f"{broker.namespace}:{queue}") < enough:
            tasks.ACTORS[queue].send()
    except Exception as error:  # the row is the job: the clock rings again
        _silent_until = time.monotonic() + SILENCE
        log.warning("the doorbell of %s did not ring: %s", queue, error)
