"""Redis or Postgres goes away in the middle of the work, and comes back."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.chaos import check
from tests.chaos.crashes import mixed
from tests.chaos.facts import Ref, refs
from tests.chaos.rig import Rig

# ---- G2, G3: Redis --------------------------------------------------------------------------


def flushed(rig: Rig, *, queued: int, polled: int) -> float:
    """Everything in Redis is gone in the middle of the work; gives the seconds until all had ended."""
    owner: str = rig.ask("person")
    busy(rig, owner, queued=queued, polled=polled)
    rig.redis().flushall()
    took = rig.settled(owner)
    check.all_is_well(rig, owner)
    return took


def busy(rig: Rig, owner: str, *, queued: int, polled: int) -> None:
    """Chores in the queue and errands at the provider."""
    wish = {"seconds": 2, "expected": 2}
    errands = refs(rig.ask("errands", number=polled, owner=owner, wish=wish))
    rig.until(lambda: {rig.state(ref) for ref in errands} <= {"waiting", "succeeded"}, "all were sent")
    rig.ask("chores", number=queued, owner=owner)


def redis_gone(rig: Rig, *, seconds: float, meanwhile: Callable[[str], object] | None = None) -> float:
    """Redis dies in the middle of the work and comes back; work is asked for meanwhile as well."""
    owner: str = rig.ask("person")
    mixed(rig, owner)
    port = rig.kill_redis()
    back = time.monotonic() + seconds
    rig.ask("chores", number=5, owner=owner)
    if meanwhile:
        meanwhile(owner)
    rig.until(lambda: time.monotonic() > back, "Redis comes back", seconds + 5)
    rig.servers.start_redis(port=port)
    took = rig.settled(owner)
    check.all_is_well(rig, owner)
    return took


def asked_without_redis(rig: Rig, number: int = 3) -> list[Ref]:
    """Work that nobody could ring for."""
    port = rig.kill_redis()
    asked = refs(rig.ask("chores", number=number))
    rig.servers.start_redis(port=port)
    return asked


def redis_hangs(rig: Rig, meanwhile: Callable[[], object]) -> float:
    """Redis takes connections and says nothing, which is worse than no Redis."""
    server = rig.servers.redis
    assert server is not None
    server.launched.process.send_signal(signal.SIGSTOP)
    try:
        meanwhile()
    finally:
        server.launched.process.send_signal(signal.SIGCONT)
    return rig.settled()


@dataclass(frozen=True)
class Pages:
    """What a browser met: its answers, and the longest that it waited, in seconds."""

    statuses: frozenset[int]
    slowest: float


def browsed(rig: Rig, owner: str, project: str) -> Pages:
    """Look at pages and start work in them, as long as the outage lasts."""
    cookies, told = rig.ask("browser", owner=owner), rig.ask("addresses", project=project)
    answers = [rig.browse("GET", path, cookies=cookies) for path in told["pages"] * 3]
    answers.append(rig.browse("POST", told["start"], cookies=cookies))
    return Pages(frozenset(status for status, _ in answers), max(took for _, took in answers))


# ---- G4: Postgres ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Recovery:
    errors_end: float
    settled: float
    connections: int


def postgres_gone(rig: Rig, *, seconds: float) -> Recovery:
    """Postgres is stopped hard in the middle of the work: what it has acknowledged is there afterwards."""
    owner: str = rig.ask("person")
    mixed(rig, owner)
    known = rig.jobs_of(owner)
    port = rig.kill_postgres()
    back = time.monotonic() + seconds
    rig.until(lambda: time.monotonic() > back, "Postgres comes back", seconds + 5)
    rig.servers.start_postgres(port=port)
    errors_end = rig.until(lambda: _claims_again(rig), "workers take work again")
    took = rig.settled(owner)
    assert set(known) <= set(rig.jobs_of(owner))
    check.all_is_well(rig, owner)
    return Recovery(errors_end, took, rig.connections())


def _claims_again(rig: Rig) -> bool:
    text = "SELECT 1 AS one FROM jobs_jobevent WHERE at > pg_postmaster_start_time() AND new = 'running'"
    return bool(rig.query(text))
