"""When a provider's service is left alone, and for how long. Pure: from a state and what happened to a state.

A service that asks for patience is left alone as long as it asks. One that fails several times in a row is
left alone for longer and longer; after each rest a single job tries whether it is well again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

OPENS_AT = 5  # failures in a row
FIRST_REST = 10.0  # seconds
LONGEST_REST = 300.0
SHORTEST_PATIENCE = 1.0  # where a service says "not now" and not until when


@dataclass(frozen=True)
class Health:
    failures: int = 0
    resting_until: datetime | None = None

    @property
    def broken(self) -> bool:
        """Only one job at a time may try whether it works again."""
        return self.failures >= OPENS_AT

    def rests(self, *, now: datetime) -> bool:
        return self.resting_until is not None and now < self.resting_until


def after_failure(
    health: Health, *, now: datetime, chance: float, retry_after: float | None = None, refused: bool = False
) -> Health:
    """`chance`, in [0, 1), spreads the returns; `refused`: the service itself said "not now"."""
    if health.rests(now=now):  # more of the same; only a longer request is news
        asked = now + timedelta(seconds=retry_after or 0.0)
        return replace(health, resting_until=max(asked, health.resting_until or asked))
    failures = health.failures + 1
    if failures >= OPENS_AT:
        rest = min(LONGEST_REST, FIRST_REST * 2 ** min(failures - OPENS_AT, 10))
    elif refused:
        rest = min(LONGEST_REST, SHORTEST_PATIENCE * 2**failures)
    else:
        return replace(health, failures=failures)
    rest = max(rest, retry_after or 0.0)
    return Health(failures, now + timedelta(seconds=rest * (1 + chance / 2)))


def after_success() -> Health:
    return Health()
