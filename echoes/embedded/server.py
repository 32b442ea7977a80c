"""What Postgres and Redis have in common: a program in its own session, a log, a moment when it is ready."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from echoes.embedded import errors, place, processes

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


@dataclass
class Server:
    """A server that answers at `url`; its identity knows the signal that stops it in order."""

    name: str
    process: subprocess.Popen[bytes]
    identity: processes.Identity
    url: str
    port: int

    def is_running(self) -> bool:
        """Whether the process still lives."""
        return self.process.poll() is None

    def stop(self) -> None:
        """End the server in order; what it was told to keep is on disk afterwards."""
        if self.is_running():
            self.process.send_signal(self.identity.polite)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=STOP_SECONDS)
        processes.kill_group(self.identity)
        self.process.wait()


def launch(
    *,
    name: str,
    command: Sequence[str | Path],
    where: place.Place,
    folder: Path,
    log: Path,
    polite: int,
    told: bytes = b"",
) -> tuple[subprocess.Popen[bytes], processes.Identity]:
    """Start a server as the place's account; `told` is its input, since arguments show in `ps`.

    A session of its own keeps the terminal's Ctrl-C away from it: web and workers must drain first.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment(),
            start_new_session=True,
            **where.options(),
        )
    if process.stdin:
        # A broken pipe means that it ended at once: its log says why.
        with suppress(BrokenPipeError), process.stdin:
            process.stdin.write(told)
    identity = processes.identify(pid=process.pid, polite=polite)
    if identity is None:
        raise failure(name=name, process=process, log=log)
    return process, identity


def wait_until(ready: Callable[[], bool], *, name: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when `ready()`; ServerFailed with the log's end if the process ends or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise failure(name=name, process=process, log=log)
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
            time.sleep(0.2)


def failure(*, name: str, process: subprocess.Popen[bytes], log: Path) -> errors.ServerFailed:
    """End what is left of the process and say why it failed, in its own words."""
    process.kill()
    process.wait()
    said = tail(log)
    kind = Passing if any(words in said.lower() for words in PASSING) else errors.ServerFailed
    return kind(f"{name} did not start. Its last words, from {log}:\n{said}")


def tail(log: Path) -> str:
    """The last lines of a log."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - TAIL_BYTES))
        return file.read().decode(errors="replace").strip()


def fresh_log(log: Path) -> Path:
    """The path of a log that can be appended to; the last one is set aside when it has grown large."""
    log.parent.mkdir(exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_KEPT_BYTES:
        log.replace(log.with_suffix(".old.log"))
    return log


def environment() -> dict[str, str]:
    """A server's environment: nothing of ours, so that no PGDATA or locale changes what it does."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
