"""The message broker. Its retries and delays are off: the row is the job, and the clock rings again."""

from __future__ import annotations

from dramatiq.brokers.redis import RedisBroker

from jobs import draining


def redis(url: str) -> RedisBroker:
    """A broker that finds a dead worker's messages again within seconds."""
    return RedisBroker(
        url=url,
        middleware=[draining.Drain()],
        maintenance_chance=1_000_000,
        heartbeat_timeout=15_000,
        socket_timeout=10,
        socket_connect_timeout=5,
    )
