"""One run each of every way to break the product. A run raises if anything was lost or done twice."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.chaos import check
from tests.chaos.points import POINTS
from tests.chaos.rig import AskerDied, Ref, Rig

SLOW_POLL = 25  # seconds: an errand of which the clock would hear only then, if nobody told
LONG = 20  # seconds of a clip that ffmpeg is still at when we come
DRIP = 4.0  # seconds of a download


# ---- G1: a process dies ---------------------------------------------------------------------


def named(rig: Rig, name: str) -> float:
    """Die at a named point, be started again; gives the seconds from there until all had ended well."""
    owner = crash(rig, name)
    took = rig.settled(owner)
    check.all_is_well(rig, owner)
    return took


def crash(rig: Rig, name: str) -> str:
    """Ask for work and let its process die at the named point; gives the person whose work it is."""
    point = POINTS[name]
    owner: str = rig.ask("person")
    ask = WORK[point.work]
    rig.disarm()
    with contextlib.suppress(AskerDied):
        ask(rig, owner, name)
    rig.until(lambda: rig.fired(name), f"a process has died at {name!r}")
    if point.role != "asker":
        rig.until(lambda: not rig.children[point.role].lives, f"the {point.role} is gone")
    rig.tend()
    return owner


def at_random(rig: Rig, chance: random.Random) -> float:
    """Kill one process, or its leader alone, at any moment of mixed work."""
    owner: str = rig.ask("person")
    rig.disarm()
    mixed(rig, owner)
    name = chance.choice(["worker", "media", "media", "clock"])
    moment = time.monotonic() + chance.random() * 2.5
    rig.until(lambda: time.monotonic() > moment, "the moment has come")
    if chance.random() < 0.25:
        rig.kill_leader(name)
    else:
        rig.kill(name)
    rig.tend()
    took = rig.settled(owner)
    check.all_is_well(rig, owner)
    return took


def mixed(rig: Rig, owner: str, number: int = 1) -> None:
    """Some of every kind of work."""
    rig.photos(2 * number, owner=owner)
    rig.ask("chores", number=5 * number, owner=owner)
    rig.ask("errands", number=3 * number, owner=owner, wish={"seconds": 0.5, "bytes": 8192, "drip": 0.2})


def _photo(rig: Rig, owner: str, name: str) -> None:
    rig.arm(name)
    rig.photos(1, owner=owner)


def _film(rig: Rig, owner: str, name: str) -> None:
    project = film_to_be(rig, owner)
    rig.arm(name)
    rig.ask("film", project=project)


def film_to_be(rig: Rig, owner: str, seconds: int = 1) -> str:
    """A project whose clips are made."""
    project: str = rig.ask("project", owner=owner, seconds=seconds)
    rig.photos(2, owner=owner, project=project)
    rig.settled(owner)
    return project


def _errand(rig: Rig, owner: str, name: str) -> None:
    rig.arm(name)
    rig.ask("errands", owner=owner, wish={"seconds": 0.3, "bytes": 8192, "drip": 0.2})


def _told_errand(rig: Rig, owner: str, name: str) -> None:
    """One that the provider has done long before the clock would ask."""
    ref = slow_errand(rig, owner)
    rig.arm(name)
    rig.ask("nudge", id=ref[1])


def slow_errand(rig: Rig, owner: str) -> Ref:
    [ref] = refs(rig.ask("errands", owner=owner, wish={"seconds": 0.1, "expected": SLOW_POLL}))
    rig.until(lambda: rig.state(ref) == "waiting", "the errand waits for the provider")
    return ref


WORK: dict[str, Callable[[Rig, str, str], None]] = {
    "photo": _photo,
    "film": _film,
    "errand": _errand,
    "told-errand": _told_errand,
}


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


@dataclass(frozen=True)
class Pages:
    """What a browser met: its answers, and the longest that it waited, in seconds."""

    statuses: frozenset[int]
    slowest: float


def browsed(rig: Rig, owner: str, project: str) -> Pages:
    """Look at pages and start work in them, as long as the outage lasts."""
    told = rig.ask("browser", owner=owner, project=project)
    answers = [rig.browse("GET", path, session=told["session"]) for path in told["pages"] * 3]
    answers.append(rig.browse("POST", told["start"], session=told["session"]))
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


# ---- G5: a worker is asked to end -----------------------------------------------------------


@dataclass(frozen=True)
class Farewell:
    """Seconds from SIGTERM to the end of the process; from the start of another to the end of the work."""

    exit: float
    settled: float


def ended_during(rig: Rig, kind: str) -> Farewell:
    """SIGTERM in the middle of one kind of work: it goes on elsewhere, and the interruption is no try."""
    owner: str = rig.ask("person")
    rig.disarm()
    name, begin = DURING[kind]
    asked, at_work = begin(rig, owner)
    rig.until(at_work, f"{kind} is at work")
    began = time.monotonic()
    rig.ask_to_end(name)
    rig.until(lambda: not rig.children[name].lives, f"{name} has ended")
    took = time.monotonic() - began
    check.nothing_left(rig)
    rig.start(name)
    settled = rig.settled(owner)
    check.all_is_well(rig, owner)
    for ref in asked(rig, owner):
        assert rig.row(ref)["attempt"] <= 1, "the interruption counted as a try"
    return Farewell(took, settled)


Asked = Callable[[Rig, str], list[Ref]]
Begun = tuple[Asked, Callable[[], object]]


def _everything(rig: Rig, owner: str) -> list[Ref]:
    return rig.jobs_of(owner)


def _begin_reading(rig: Rig, owner: str) -> Begun:
    rig.photos(4, owner=owner)
    return _everything, lambda: rig.programs("echoes.kernel.sandbox")


def _begin_rendering(rig: Rig, owner: str) -> Begun:
    project = rig.ask("project", owner=owner, seconds=LONG)
    rig.photos(2, owner=owner, project=project)
    return _everything, lambda: rig.programs("ffmpeg")


def _begin_filming(rig: Rig, owner: str) -> Begun:
    project = film_to_be(rig, owner, seconds=3)
    rig.ask("film", project=project)
    return _everything, lambda: rig.programs("ffmpeg")


def _begin_sending(rig: Rig, owner: str) -> Begun:
    rig.provider.pause = 2.0
    rig.ask("errands", number=3, owner=owner)
    rig.until(lambda: rig.provider.open, "the provider has been asked")
    rig.provider.pause = 0.0
    return _everything, lambda: True


def _begin_downloading(rig: Rig, owner: str) -> Begun:
    wish = {"seconds": 0.2, "bytes": 65_536, "drip": DRIP}
    [ref] = refs(rig.ask("errands", owner=owner, wish=wish))
    return _everything, lambda: rig.row(ref)["queue"] == "media" and rig.state(ref) == "running"


def _begin_waiting(rig: Rig, owner: str) -> Begun:
    """The clock is asked to end while it has questions open."""
    rig.ask("errands", number=20, owner=owner, wish={"seconds": 1})
    return _everything, lambda: rig.provider.live


DURING: dict[str, tuple[str, Callable[[Rig, str], Begun]]] = {
    "reading": ("media", _begin_reading),
    "rendering": ("media", _begin_rendering),
    "filming": ("media", _begin_filming),
    "sending": ("worker", _begin_sending),
    "downloading": ("media", _begin_downloading),
    "polling": ("clock", _begin_waiting),
}


# ---- G6: work that takes its worker along ---------------------------------------------------


def poisoned(rig: Rig, *, task: str, neighbours: int, queue: str = "") -> Ref:
    """A job that kills whoever carries it: it ends as failed with a sentence, and its neighbours end well."""
    owner: str = rig.ask("person")
    [poison] = refs(rig.ask("chores", task=task, owner=owner, queue=queue))
    others: str = rig.ask("person")
    rig.ask("chores", number=neighbours, owner=others, queue=queue)
    rig.settled()
    row = rig.row(poison)
    assert (row["state"], row["error_code"], row["settled"]) == ("failed", "interrupted", 1)
    assert row["error_message"].endswith(".")
    assert row["runs"] <= check.MAX_ATTEMPTS
    for ref in rig.jobs_of(others):
        assert rig.state(ref) == "succeeded"
        check.ended_once(rig, ref)
    return poison


# ---- cancelling -----------------------------------------------------------------------------


def cancelled(rig: Rig) -> float:
    """Cancel a clip while ffmpeg makes it; gives the seconds until ffmpeg is gone."""
    take = rendering(rig)
    began = time.monotonic()
    rig.ask("cancel", kind="take", id=take[1])
    rig.until(lambda: not rig.programs("ffmpeg"), "ffmpeg is gone", 15)
    took = time.monotonic() - began
    rig.until(lambda: rig.state(take) == "cancelled", "the take is cancelled", 10)
    return took


def rendering(rig: Rig) -> Ref:
    """A take that ffmpeg is making now, and will be for a while."""
    owner: str = rig.ask("person")
    project = rig.ask("project", owner=owner, seconds=LONG)
    rig.photos(1, owner=owner, project=project)
    rig.until(lambda: rig.programs("ffmpeg"), "ffmpeg is at work")
    [take] = [ref for ref in rig.jobs_of(owner) if ref[0] == "take"]
    return take


def orphaned(rig: Rig) -> float:
    """SIGKILL to a worker whose ffmpeg is at work; gives the seconds until ffmpeg is gone as well."""
    take = rendering(rig)
    began = time.monotonic()
    os.kill(rig.worker_pid("media"), signal.SIGKILL)
    rig.until(lambda: not rig.programs("ffmpeg"), "ffmpeg is gone", 15)
    took = time.monotonic() - began
    rig.ask("cancel", kind=take[0], id=take[1])
    rig.tend()
    rig.settled()
    return took


# ---- a worker that stands still -------------------------------------------------------------


def frozen(rig: Rig) -> Ref:
    """A worker stands still before it writes that it is done; its lease runs out, and another one is at the
    same place when the first goes on. Gives the job as it is then: in the hands of the second."""
    rig.disarm()
    rig.arm("ending", death="freeze")
    [chore] = refs(rig.ask("chores"))
    rig.until(lambda: len(rig.fired("ending")) == 1, "the first stands still")
    rig.arm("ending", death="freeze")
    rig.until(lambda: len(rig.fired("ending")) == 2, "the second has the job, and stands still")
    first, _ = rig.fired("ending")
    told = rig.log("worker").count(TAKEN_OVER) + rig.log("second").count(TAKEN_OVER)
    os.kill(first, signal.SIGCONT)

    def spoke() -> bool:
        logs = rig.log("worker") + rig.log("second")
        return logs.count(TAKEN_OVER) > told or rig.state(chore) != "running"

    rig.until(spoke, "the first has tried to end the job", 2)
    return chore


TAKEN_OVER = "was taken over by another worker"


def thaw(rig: Rig) -> None:
    for pid in rig.fired("ending"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


# ---- small things ---------------------------------------------------------------------------


def refs(told: list[list[str]]) -> list[Ref]:
    return [(kind, pk) for kind, pk in told]
