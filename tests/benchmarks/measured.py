"""Runs a command in a process of its own and says what it cost, with everything that it started.

`python -m tests.benchmarks.measured COMMAND…` is that process: it prints one line of JSON.
"""

from __future__ import annotations

import contextlib
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
EVERY = 0.1  # seconds between two looks at the memory
TOLD = 2_000


class StepFailed(Exception):
    """A command of the benchmark ended with an error: its figures would mean nothing."""


@dataclass(frozen=True)
class Cost:
    """`cpu` and `wall` in seconds; `memory` is the largest sum of resident sets seen, in MB of 2^20 bytes.
    Pages that processes share are counted in each of them."""

    cpu: float
    wall: float
    memory: float


def run(*command: str | Path) -> Cost:
    """Raises StepFailed with the end of what the command complained about."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.measured", *map(str, command)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        named = " ".join(map(str, command))
        raise StepFailed(f"{named[:TOLD]}\nended with {done.returncode}:\n{done.stderr[-TOLD:]}")
    return Cost(**json.loads(done.stdout))


def python(module: str, *arguments: str | Path) -> Cost:
    """The same for a module of ours."""
    return run(sys.executable, "-m", module, *arguments)


def median(costs: Sequence[Cost]) -> Cost:
    """Of each figure by itself."""
    names = ("cpu", "wall", "memory")
    return Cost(**{name: statistics.median(getattr(cost, name) for cost in costs) for name in names})


def used() -> float:
    """CPU seconds of this process and of its children that have ended."""
    usages = [resource.getrusage(kind) for kind in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _main(command: list[str]) -> int:
    began = time.monotonic()
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    memory = 0
    while child.poll() is None:
        memory = max(memory, _resident(child.pid))
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=EVERY)
    wall = time.monotonic() - began
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    cost = Cost(cpu=usage.ru_utime + usage.ru_stime, wall=wall, memory=memory / 2**20)
    print(json.dumps(asdict(cost)))  # noqa: T201  (what it is for)
    return child.returncode


def _resident(pid: int) -> int:
    """Bytes in memory of a process and its descendants."""
    total = 0
    with contextlib.suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid)
        for process in (parent, *parent.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                total += process.memory_info().rss
    return total


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
