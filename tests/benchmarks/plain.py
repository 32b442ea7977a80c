"""The baseline of the job engine: Dramatiq alone, with an actor that writes down when it ran."""

from __future__ import annotations

import os
import time

import dramatiq
from dramatiq.brokers.redis import RedisBroker

RAN = "plain:ran"
broker = RedisBroker(url=os.environ["REDIS_URL"], middleware=[])
dramatiq.set_broker(broker)


@dramatiq.actor(queue_name="plain", broker=broker)
def nothing() -> None:
    broker.client.rpush(RAN, time.time())
