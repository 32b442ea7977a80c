"""A Dramatiq message says only that there is something to do in a queue. Losing one costs a second."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, cast

import dramatiq
import redis
from django.db import transaction
from dramatiq.brokers.redis import RedisBroker

if TYPE_CHECKING:
    from jobs.models import Job

log = logging.getLogger(__name__)


def ring(job: Job) -> None:
    """Tell the workers of the job's queue, once the transaction has committed."""
    queue = job.queue
    transaction.on_commit(lambda: ring_queue(queue), robust=True)


def ring_queue(queue: str) -> None:
    from jobs import tasks

    try:
        tasks.ACTORS[queue].send()
    except Exception as error:  # the row is the job: the clock rings again
        log.warning("the doorbell of %s did not ring: %s", queue, error)


def remind(queue: str) -> None:
    """Ring unless an earlier ring is still unheard, so that a long backlog does not fill Redis."""
    broker = cast(RedisBroker, dramatiq.get_broker())
    try:
        unheard = broker.client.llen(f"{broker.namespace}:{queue}")
    except redis.RedisError as error:
        log.warning("nobody hears the doorbell of %s: %s", queue, error)
        return
    if not unheard:
        ring_queue(queue)
