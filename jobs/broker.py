"""The message broker. Its retries and delays are off: the row is the job, and the clock rings again."""

from __future__ import annotations

from dramatiq.brokers.redis import RedisBroker
from redis import Redis, backoff
from redis.retry import Retry

from jobs import draining

SECONDS = 2.0  # for one word with Redis: whoever rings may be a page that somebody waits for


def redis(url: str) -> RedisBroker:
    """A broker that finds a dead worker's messages again within seconds."""
    client = Redis.from_url(
        url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS, retry=Retry(backoff.NoBackoff(), 1)
    )
    return RedisBroker(
        client=client,
        middleware=[draining.Drain()],
        maintenance_chance=1_000_000,
        heartbeat_timeout=15_000,
    )
