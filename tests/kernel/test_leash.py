from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux can do it")
FOREVER = ("-re", "-f", "lavfi", "-i", "testsrc2=size=64x36:rate=24", "-f", "null", "-")
WORKER = """
import sys
from echoes.kernel import leash
from echoes.kernel.ffmpeg import run
if sys.argv[1] == "unleashed":
    leash.leashed = list
run.run({arguments!r}, timeout=60, on_progress=lambda done: print(done, flush=True))
"""
READER = """
import sys
from pathlib import Path
from echoes.kernel import sandbox
sandbox.call("tests.kernel.strange:sleep", arguments={}, folder=Path(sys.argv[1]))
"""

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a worker of ours; whatever it has started is gone at the end."""
    started: list[subprocess.Popen[bytes]] = []
    children: list[int] = []

    def begin(*words: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, "-c", *words], stdout=subprocess.PIPE)
        started.append(process)
        return process

    yield begin
    for process in started:
        children += children_of(process.pid)
        process.kill()
        process.communicate()
    for pid in children:
        if is_alive(pid):
            os.kill(pid, signal.SIGKILL)


def children_of(pid: int) -> list[int]:
    try:
        tasks = Path(f"/proc/{pid}/task").iterdir()
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []


def readers_of(pid: int) -> list[tuple[int, int]]:
    """Readers with the process that forked each."""
    return [(forking, reader) for forking in children_of(pid) for reader in children_of(forking)]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def within(seconds: float, fact: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def ffmpeg_of(worker: subprocess.Popen[bytes]) -> int:
    """The ffmpeg that a worker has started, once it has told of some progress."""
    assert worker.stdout is not None
    assert worker.stdout.readline()
    [child] = children_of(worker.pid)
    return child


class TestAKilledWorker:
    def test_takes_its_ffmpeg_along(self, start: Start) -> None:
        worker = start(WORKER.format(arguments=FOREVER), "leashed")
        child = ffmpeg_of(worker)
        worker.kill()
        worker.wait()
        assert within(5, lambda: not is_alive(child))

    def test_would_leave_it_behind_without_the_leash(self, start: Start) -> None:
        worker = start(WORKER.format(arguments=FOREVER), "unleashed")
        child = ffmpeg_of(worker)
        worker.kill()
        worker.wait()
        try:
            assert not within(0.5, lambda: not is_alive(child))
        finally:
            os.kill(child, signal.SIGKILL)

    @pytest.mark.parametrize("victim", ["worker", "nursery"])
    def test_takes_its_reader_of_strangers_files_along(
        self, start: Start, tmp_path: Path, victim: str
    ) -> None:
        worker = start(READER, str(tmp_path))
        assert within(20, lambda: bool(readers_of(worker.pid)))
        [(nursery, reader)] = readers_of(worker.pid)
        os.kill(worker.pid if victim == "worker" else nursery, signal.SIGKILL)
        assert within(5, lambda: not is_alive(reader))
        assert within(5, lambda: not is_alive(nursery))
