"""`make chaos`: every way to break Echoes, often, and a table of what was promised and what was measured.

python -m tests.chaos                        the full counts, some 40 minutes on two cores
python -m tests.chaos --share 0.1            a tenth of every count
python -m tests.chaos --only G5 --seed 7     one goal, with the seed that an earlier run printed
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

from rich.console import Console
from rich.table import Table

from tests.chaos import check, crashes, endings, outages, rig, twins, versions
from tests.chaos.points import POINTS
from tests.chaos.rig import Rig

AS_DEPLOYED: dict[str, float] = {}
"""No constant changed: the lease of thirty seconds, the grace of five."""
WAVE = 5
"""So many workers die before the first one's lease has run out."""
NAMED = [name for name, point in POINTS.items() if point.work != "chore"]


@dataclass
class Goal:
    """A row of the table; `figures` are what was measured, `broken` what went wrong."""

    name: str
    promise: str
    wanted: int
    done: int = 0
    figures: dict[str, list[float]] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def note(self, figure: str, value: float, *, most: float | None = None) -> None:
        self.figures.setdefault(figure, []).append(value)
        if most is not None and value > most:
            self.broken.append(f"{figure} {value:.1f}, at most {most:.0f} promised")

    @property
    def measured(self) -> str:
        told = [f"{self.done} of {self.wanted} runs, {len(self.broken)} broken"]
        for figure, values in self.figures.items():
            values = sorted(values)
            told.append(f"{figure} {values[len(values) // 2]:.1f} (most {values[-1]:.1f})")
        return "\n".join(told)


@dataclass
class Session:
    """One run of the harness."""

    share: float
    chance: random.Random
    goals: list[Goal] = field(default_factory=list)

    def goal(self, name: str, promise: str, count: int) -> Goal:
        goal = Goal(name, promise, max(1, round(count * self.share)))
        self.goals.append(goal)
        return goal

    def repeat(self, goal: Goal, product: Rig, run: Callable[[int], object]) -> None:
        """Run as often as wanted; a run that breaks is written down, and the next begins afresh."""
        for number in range(goal.wanted):
            self.once(goal, f"run {number}", lambda number=number: run(number))
            product.recover()
            if number % 10 == 9:
                _say(f"{goal.name}: {number + 1} of {goal.wanted}")

    def once(self, goal: Goal, name: str, run: Callable[[], object]) -> None:
        try:
            run()
            goal.done += 1
        except Exception as error:
            goal.broken.append(f"{name}: {type(error).__name__}: {str(error)[:2000]}")
            _say(f"{goal.name}, {name}, broke:\n{traceback.format_exc()[-3000:]}")


def named_deaths(session: Session) -> None:
    goal = session.goal("G1", "killed at each named place: nothing lost or twice, all ended in 60 s", 200)
    with rig.running() as product:

        def run(number: int) -> None:
            name = NAMED[number % len(NAMED)]
            goal.note("s to recover", crashes.named(product, name), most=60)
            reached[name] += 1

        reached: Counter[str] = Counter()
        session.repeat(goal, product, run)
    _say(f"G1: {dict(reached)}")


def deaths_as_deployed(session: Session) -> None:
    goal = session.goal("G1", "the same with the lease as deployed, 30 s", len(NAMED))
    names = NAMED[: goal.wanted]
    waves = [names[start : start + WAVE] for start in range(0, len(names), WAVE)]
    with rig.running(constants=AS_DEPLOYED) as product:
        for wave in waves:
            crashed = [(name, crashes.crash(product, name), time.time()) for name in wave]
            for name, owner, moment in crashed:

                def run(owner: str = owner, moment: float = moment) -> None:
                    product.settled(owner)
                    check.all_is_well(product, owner)
                    goal.note("s to recover", product.ended_at(owner) - moment, most=60)

                session.once(goal, name, run)
            product.recover()


def random_deaths(session: Session) -> None:
    goal = session.goal("G1", "killed at any moment: nothing lost or twice, all ended in 60 s", 100)
    with rig.running() as product:
        session.repeat(
            goal,
            product,
            lambda _: goal.note("s to recover", crashes.at_random(product, session.chance), most=60),
        )


def empty_redis(session: Session) -> None:
    goal = session.goal("G2", "Redis emptied with 500 queued and 200 at the provider: all ended in 60 s", 3)
    queued, polled = round(500 * min(1, session.share * 5)), round(200 * min(1, session.share * 5))
    with rig.running() as product:
        session.repeat(
            goal,
            product,
            lambda _: goal.note("s", outages.flushed(product, queued=queued, polled=polled), most=60),
        )


def no_redis(session: Session) -> None:
    short = session.goal("G3", "Redis gone for 12 s: all ended 60 s after it is back", 10)
    long = session.goal("G3", "Redis gone for 60 s: pages answer, work is taken", 1)
    hung = session.goal("G3", "Redis hangs: pages answer, work is taken", 3)
    with _with_web() as (product, owner, project):

        def look(goal: Goal) -> None:
            pages = outages.browsed(product, owner, project)
            assert pages.statuses <= {200, 302}, pages
            goal.note("s of the slowest page", pages.slowest, most=15)

        def gone(goal: Goal, seconds: float) -> None:
            took = outages.redis_gone(product, seconds=seconds, meanwhile=lambda _: look(goal))
            goal.note("s to recover", took, most=60)

        session.repeat(short, product, lambda _: gone(short, 12))
        session.repeat(long, product, lambda _: gone(long, 60 if session.share >= 1 else 20))
        session.repeat(hung, product, lambda _: outages.redis_hangs(product, lambda: look(hung)))


def no_postgres(session: Session) -> None:
    goal = session.goal("G4", "Postgres stopped hard: what was acknowledged is there, errors end in 5 s", 5)
    with _with_web() as (product, owner, project):

        def run(_: int) -> None:
            before = product.connections()
            recovery = outages.postgres_gone(product, seconds=3)
            pages = outages.browsed(product, owner, project)
            assert pages.statuses <= {200, 302}, pages
            product.settled()
            goal.note("s until errors end", recovery.errors_end, most=5)
            goal.note("s to recover", recovery.settled, most=60)
            goal.note("connections", product.connections(), most=before + 24)

        session.repeat(goal, product, run)


def farewells(session: Session) -> None:
    goal = session.goal("G5", "SIGTERM in the middle of work: gone in 20 s, no program left, no try lost", 50)
    stop = session.goal("G5", "a cancelled clip: ffmpeg gone in 5 s", 10)
    kill = session.goal("G5", "a killed worker: ffmpeg gone in 5 s", 10)
    kinds = list(endings.DURING)
    with rig.running(constants=AS_DEPLOYED) as product:

        def run(number: int) -> None:
            farewell = endings.ended_during(product, kinds[number % len(kinds)])
            goal.note("s to exit", farewell.exit, most=20)
            goal.note("s to finish elsewhere", farewell.settled, most=60)

        session.repeat(goal, product, run)
        session.repeat(stop, product, lambda _: stop.note("s", endings.cancelled(product), most=5))
    with rig.running() as product:
        session.repeat(kill, product, lambda _: kill.note("s", endings.orphaned(product), most=5))


def poison(session: Session) -> None:
    goal = session.goal("G6", "a job that kills its worker: 3 tries, a sentence, 100 neighbours unharmed", 4)
    long = session.goal("G6", "the same beside a long piece of work in the media workers", 2)
    with rig.running() as product:

        def run(number: int) -> None:
            task = ("die", "crash")[number % 2]
            began = time.monotonic()
            crashes.poisoned(product, task=task, neighbours=100)
            goal.note("s", time.monotonic() - began)

        def beside(number: int) -> None:
            take = endings.rendering(product)
            crashes.poisoned(product, task=("die", "crash")[number % 2], neighbours=20, queue="media")
            assert product.state(take) == "succeeded", f"the neighbour is {product.state(take)}"

        session.repeat(goal, product, run)
        session.repeat(long, product, beside)


def deploys(session: Session) -> None:
    goal = session.goal("G30", "messages, waits and rows of another version: nothing lost", 3)
    ways = [versions.other_messages, versions.newer_waiter, versions.older_row]
    goal.wanted = len(ways)
    with rig.running() as product:
        session.repeat(goal, product, lambda number: ways[number](product))


def guards(session: Session) -> None:
    goal = session.goal("all", "without its guard each promise breaks", 1)
    names = [name for name in twins.TWINS if name != "fence"]
    goal.wanted = len(names) + 1
    with rig.running() as product:

        def run(number: int) -> None:
            if number < len(names):
                _say(f"without {names[number]}: {twins.TWINS[names[number]](product)}")
            else:
                product.second("worker")
                _say(f"without fence: {twins.without_fence(product)}")
                product.stop("second")

        session.repeat(goal, product, run)


PARTS: dict[str, list[Callable[[Session], None]]] = {
    "G1": [named_deaths, random_deaths, deaths_as_deployed],
    "G2": [empty_redis],
    "G3": [no_redis],
    "G4": [no_postgres],
    "G5": [farewells],
    "G6": [poison],
    "G30": [deploys],
    "guards": [guards],
}


@contextmanager
def _with_web() -> Iterator[tuple[Rig, str, str]]:
    """A rig whose pages are served as well, and a person with a project."""
    with rig.running() as product:
        product.release()
        product.start("web")
        owner: str = product.ask("person")
        yield product, owner, crashes.film_to_be(product, owner)


def main() -> int:
    told = _arguments()
    seed = told.seed if told.seed is not None else random.SystemRandom().randrange(10_000)
    _say(f"seed {seed}")
    session = Session(share=told.share, chance=random.Random(seed))
    began = time.monotonic()
    parts = [part for name in told.only or PARTS for part in PARTS[name]]
    with ThreadPoolExecutor(max_workers=told.lanes) as lanes:
        list(lanes.map(lambda part: part(session), parts))
    _show(session, seed=seed, share=told.share, minutes=(time.monotonic() - began) / 60)
    return 1 if any(goal.broken for goal in session.goals) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="Break Echoes, and measure.")
    parser.add_argument("--share", type=float, default=1.0, help="of the full counts")
    parser.add_argument("--seed", type=int, help="of the random moments; each run prints its own")
    parser.add_argument("--lanes", type=int, default=2, help="rigs at once; most of a run is waiting")
    parser.add_argument("--only", nargs="+", choices=list(PARTS), help="these goals")
    return parser.parse_args()


def _show(session: Session, *, seed: int, share: float, minutes: float) -> None:
    table = Table(title=f"{os.cpu_count()} cores, {minutes:.0f} minutes", show_lines=True)
    for heading in ("goal", "promise", "measured", "command"):
        table.add_column(heading)
    for goal in sorted(session.goals, key=lambda goal: goal.name):
        only = "guards" if goal.name == "all" else goal.name
        command = f"python -m tests.chaos --only {only} --share {share:g} --seed {seed}"
        table.add_row(goal.name, goal.promise, goal.measured, command)
    Console(width=150).print(table)
    for goal in session.goals:
        for line in goal.broken:
            _say(f"BROKEN {goal.name}: {line}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
