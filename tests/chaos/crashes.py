"""A process dies, at a named place or at any moment; a worker stands still; a job kills its worker.

A run asks for work, breaks something, and raises if anything was then lost or done twice.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections.abc import Callable

from tests.chaos import check
from tests.chaos.facts import Ref, refs
from tests.chaos.points import POINTS
from tests.chaos.rig import AskerDied, Rig

SLOW_POLL = 25  # seconds: an errand of which the clock would hear only then, if nobody told


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
