"""Processes known by more than a number: a pid is reused, a pid with its start time is not."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

POLL_SECONDS = 0.02
PROC = Path("/proc")


@dataclass(frozen=True)
class Identity:
    """One process, leader of its own group; `polite` is the signal that asks it to end in order."""

    pid: int
    started: str
    polite: int = signal.SIGTERM


def identify(*, pid: int, polite: int = signal.SIGTERM) -> Identity | None:
    """The process that has this pid now, or None if there is none (a zombie counts as none)."""
    started = _started_by_proc(pid) if PROC.joinpath("self").exists() else _started_by_ps(pid)
    return Identity(pid=pid, started=started, polite=polite) if started else None


def is_alive(identity: Identity) -> bool:
    """Whether this very process still runs."""
    return identify(pid=identity.pid, polite=identity.polite) == identity


def ask_to_end(identity: Identity) -> None:
    """Send the polite signal to the leader alone: a worker that gets it twice drops its task."""
    if is_alive(identity):
        _signal(os.kill, identity.pid, identity.polite)


def kill_group(identity: Identity) -> None:
    """SIGKILL what is left of the group, unless its number belongs to somebody else by now."""
    present = identify(pid=identity.pid, polite=identity.polite)
    if present in (None, identity) and _same_boot(identity):
        _signal(os.killpg, identity.pid, signal.SIGKILL)


def end(identities: Iterable[Identity], *, seconds: float) -> None:
    """Ask all to end, wait up to `seconds` for them together, then kill what is left of their groups."""
    asked = tuple(identities)
    for identity in asked:
        ask_to_end(identity)
    _wait_for_end(asked, seconds)
    for identity in asked:
        kill_group(identity)


def _wait_for_end(identities: tuple[Identity, ...], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while any(map(is_alive, identities)) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def _signal(send: Callable[[int, int], None], pid: int, number: int) -> None:
    # It may have ended meanwhile, or its number may belong to another user by now.
    with suppress(ProcessLookupError, PermissionError):
        send(pid, number)


def _same_boot(identity: Identity) -> bool:
    return identity.started.startswith(_boot())


def _boot() -> str:
    """This boot's id: after a restart of the machine the same pid can meet the same start time."""
    try:
        return PROC.joinpath("sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _started_by_proc(pid: int) -> str:
    try:
        stat = PROC.joinpath(str(pid), "stat").read_text()
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()  # the name before it may hold spaces and brackets
    state, start_ticks = fields[0], fields[19]
    return "" if state in "ZX" else f"{_boot()}/{start_ticks}"


def _started_by_ps(pid: int) -> str:
    """For systems without /proc."""
    command = ["ps", "-o", "stat=,lstart=", "-p", str(pid)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split(maxsplit=1)
    return "" if len(answer) < 2 or answer[0].startswith("Z") else answer[1].strip()
