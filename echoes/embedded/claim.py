"""One run per data folder, and a written account of what it started.

`servers.lock` is locked (flock) by the run for as long as it lives, kill -9 or not. `running.json` beside it
says where the run answers and which processes it started. Whoever holds the lock and finds an account of
processes that still live knows that they are leftovers, and ends them.

No orphans: a guard process (`echoes.embedded.guard`) waits on a pipe whose other end only the run holds.
When the run dies without a good-bye, the pipe closes and the guard ends everything in the account: processes
first, servers last. A pipe works on every Unix, and the guard reaches whole process groups and keeps the
order, which PR_SET_PDEATHSIG does not. Should the guard be killed as well, the next run cleans up.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from echoes.embedded import errors, processes

LOCK = "servers.lock"
ACCOUNT = "running.json"
PROCESS_SECONDS = 20
SERVER_SECONDS = 20
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Running:
    """What a run says of itself; `page` is the address of the site, empty until it answers."""

    holder: processes.Identity | None = None
    what: str = ""
    page: str = ""
    database: str = ""
    redis: str = ""
    s3: str = ""
    children: tuple[processes.Identity, ...] = ()
    servers: tuple[processes.Identity, ...] = ()


@dataclass
class Claim:
    """The right to run servers on a data folder, until `release`."""

    data_dir: Path
    lock: IO[str]
    running: Running
    guard: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.tell(self.running)
        self.guard = _start_guard(self.data_dir)

    def tell(self, running: Running) -> None:
        """Replace the account on disk at once, so that the guard never reads half of one."""
        self.running = running
        _write(self.data_dir / ACCOUNT, json.dumps(asdict(running), indent=1))

    def add(self, *, process: processes.Identity) -> None:
        """Write down a process that was started."""
        self.tell(replace(self.running, children=(*self.running.children, process)))

    def drop(self, *, process: processes.Identity) -> None:
        """Strike out a process that has ended."""
        rest = tuple(known for known in self.running.children if known != process)
        self.tell(replace(self.running, children=rest))

    def watch_the_guard(self) -> None:
        """Start the guard again if somebody ended it."""
        if self.guard.poll() is not None:
            self._dismiss()
            self.guard = _start_guard(self.data_dir)

    def release(self) -> None:
        """Say good-bye: nothing is left to clean up."""
        (self.data_dir / ACCOUNT).unlink(missing_ok=True)
        self._dismiss()
        self.lock.close()

    def _dismiss(self) -> None:
        if self.guard.stdin:
            self.guard.stdin.close()
        self.guard.wait()


def take(*, data_dir: Path, what: str) -> Claim:
    """Claim a data folder and end what a dead run left, or raise AlreadyRunning; `what` names us."""
    lock = _open_lock(data_dir / LOCK)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise errors.AlreadyRunning(_occupied(data_dir)) from error
    clean_up(read(data_dir=data_dir))
    holder = processes.identify(pid=os.getpid())
    return Claim(data_dir=data_dir, lock=lock, running=Running(holder=holder, what=what))


def read(*, data_dir: Path) -> Running:
    """The account of the last run, dead or alive; an empty one if there is none or it cannot be read."""
    try:
        told: dict[str, Any] = json.loads((data_dir / ACCOUNT).read_text())
        for kind in ("children", "servers"):
            told[kind] = tuple(processes.Identity(**identity) for identity in told[kind])
        holder = told.pop("holder")
        return Running(holder=processes.Identity(**holder) if holder else None, **told)
    except (OSError, ValueError, TypeError, KeyError):
        return Running()


def read_living(*, data_dir: Path) -> Running:
    """The account of the run that holds the data folder now; an empty one if nobody does."""
    running = read(data_dir=data_dir)
    return running if running.holder and processes.is_alive(running.holder) else Running()


def clean_up(running: Running) -> None:
    """End what a dead run left: its processes first, so that they may finish their work with the servers."""
    processes.end(running.children, seconds=PROCESS_SECONDS)
    processes.end(running.servers, seconds=SERVER_SECONDS)


def _open_lock(path: Path) -> IO[str]:
    try:
        return path.open("a")
    except OSError as error:
        raise errors.FolderUnusable(
            f"The data folder {path.parent} cannot be used: {error.strerror}."
        ) from error


def _occupied(data_dir: Path) -> str:
    running = read_living(data_dir=data_dir)
    if running.page and running.holder:
        return f"Echoes already runs at {running.page} (process {running.holder.pid}, data in {data_dir})."
    who = f"{running.what} (process {running.holder.pid})" if running.holder else "another process"
    return f"The data in {data_dir} are in use by {who}. Wait until it has ended, or stop it."


def _start_guard(data_dir: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "echoes.embedded.guard", str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        start_new_session=True,
    )


def _write(path: Path, text: str) -> None:
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    new.replace(path)
