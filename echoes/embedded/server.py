"""What the embedded servers share: a program in its own session, a log, a moment when it is ready."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from echoes.embedded import binaries, errors, place, processes

LOG_KEPT_BYTES = 5_000_000
TAIL_BYTES = 1_500
START_SECONDS = 120  # recovery after a crash reads the whole log of changes
RETRY_SECONDS = 20
STOP_SECONDS = 20
POLL_SECONDS = 0.02
# What a second try cures: a port taken meanwhile, or the last children of a killed server still ending.
PASSING = ("address already in use", "still in use", "could not bind")


class Passing(errors.ServerFailed):
    """The server did not start for a reason that goes away."""


@dataclass(frozen=True)
class Setup:
    """All that a server is started with; `durable=False` is faster and loses data with the power."""

    where: place.Place
    programs: binaries.Binaries
    password: str
    log: Path
    durable: bool = True


@dataclass(frozen=True)
class Launched:
    """A program that was started under a name; `since` is where its words begin in the log."""

    name: str
    process: subprocess.Popen[bytes]
    identity: processes.Identity
    log: Path
    since: int


@dataclass(frozen=True)
class Server:
    """A server that answers at `url`; its identity knows the signal that stops it in order."""

    launched: Launched
    url: str
    port: int

    @property
    def name(self) -> str:
        return self.launched.name

    @property
    def identity(self) -> processes.Identity:
        return self.launched.identity

    def is_running(self) -> bool:
        """Whether the process still lives."""
        return self.launched.process.poll() is None

    def stop(self) -> None:
        """End the server in order; what it was told to keep is on disk afterwards."""
        process = self.launched.process
        if self.is_running():
            process.send_signal(self.identity.polite)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=STOP_SECONDS)
        processes.kill_group(self.identity)
        process.wait()


def launch(
    setup: Setup, *, name: str, command: Sequence[str | Path], folder: Path, polite: int, told: bytes = b""
) -> Launched:
    """Start a server as the place's account; `told` is its input, since arguments show in `ps`.

    A session of its own keeps the terminal's Ctrl-C away from it: web and workers must drain first.
    """
    since = _prepare_log(setup.log)
    with setup.log.open("ab") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment(),
            start_new_session=True,
            **setup.where.options(),
        )
    if process.stdin:
        # A broken pipe means that it ended at once: its log says why.
        with suppress(BrokenPipeError), process.stdin:
            process.stdin.write(told)
    # A process that is gone by now is a zombie, with a pid that nobody else can have yet.
    identity = processes.identify(pid=process.pid, polite=polite) or processes.Identity(
        process.pid, "", polite
    )
    return Launched(name=name, process=process, identity=identity, log=setup.log, since=since)


def wait_until(ready: Callable[[], bool], *, launched: Launched) -> None:
    """Return when `ready()`; ServerFailed with the server's last words if it ends or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if launched.process.poll() is not None or time.monotonic() > deadline:
            raise _failure(launched)
        time.sleep(POLL_SECONDS)


def retrying(start: Callable[[], Server]) -> Server:
    """Call `start` again while it fails for a passing reason."""
    deadline = time.monotonic() + RETRY_SECONDS
    while True:
        try:
            return start()
        except Passing:
            if time.monotonic() > deadline:
                raise
            time.sleep(POLL_SECONDS * 10)


def environment() -> dict[str, str]:
    """A server's environment: nothing of ours, so that no PGDATA or locale changes what it does."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _prepare_log(log: Path) -> int:
    """Make the log's folder, set a large log aside, and return the log's length."""
    log.parent.mkdir(exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_KEPT_BYTES:
        log.replace(log.with_suffix(".old.log"))
    return log.stat().st_size if log.exists() else 0


def _failure(launched: Launched) -> errors.ServerFailed:
    launched.process.kill()
    launched.process.wait()
    said = launched.log.read_bytes()[launched.since :].decode(errors="replace").strip()
    kind = Passing if any(words in said.lower() for words in PASSING) else errors.ServerFailed
    return kind(f"{launched.name} did not start. Its last words, from {launched.log}:\n{said[-TAIL_BYTES:]}")
