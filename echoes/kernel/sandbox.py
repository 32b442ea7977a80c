"""Strangers' bytes are parsed in a separate process with limits and walls, never in one of ours.

`call` runs one function of ours in a process of its own, which ends with it. It may not use more than the
given memory, processor time and file size; and where the system allows it (`echoes.kernel.walls`), it has no
network and sees no files but those it was given. What the function returns must be JSON.

A fresh Python that has imported its libraries takes longer than most photos. So a process that has imported
them, and never reads a stranger's byte itself, waits and forks each reader (`echoes.kernel.readers`).
"""

from __future__ import annotations

import atexit
import contextlib
import json
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from echoes.kernel.errors import Cancelled, EchoesError, Sentence, gettext_noop
from echoes.kernel.ffmpeg import command

ROOT = Path(__file__).resolve().parents[2]
HEARTBEAT = 0.2  # seconds: how soon a cancellation is obeyed
MOST_SAID = 4 * 1024 * 1024
# Of a refusal: signs of its sentence, and of each thing that is filled in.
LONGEST, LONGEST_VALUE = 500, 50
CHUNK = 65_536
# Of our environment a reader gets what programs need to run: no address of a database and no secret.
KEPT = ("PATH", "LANG", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "IMAGEIO_FFMPEG_EXE", "TZ")
KEPT_BEGINNINGS = ("LC_", "PYTHON", "ECHOES_")

TOO_SLOW = gettext_noop("This file takes too long to read.")

OnProgress = Callable[[float], None]

log = logging.getLogger(__name__)


class Refused(EchoesError):
    """This file could not be read."""

    code = "refused"


class ReaderLost(Refused):
    """This file is damaged or too large to be read safely."""

    code = "unreadable"
    permanent = False  # a busy machine ends a reader too


class NobodyReads(Exception):
    """The process that forks readers had just ended."""


@dataclass(frozen=True)
class Ended:
    """How a reader ended: its exit status, negative for a signal; processor seconds and the most memory in
    megabytes, both with all that it started."""

    status: int
    cpu: float
    memory_mb: int


def call(
    function: str,
    *,
    arguments: dict[str, Any],
    folder: Path,
    reads: Sequence[Path] = (),
    seconds: int = 30,
    memory_mb: int = 1024,
    file_mb: int = 512,
    on_progress: OnProgress | None = None,
    on_end: Callable[[Ended], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Any:
    """Run `package.module:function(**arguments)` in a reader and give back its JSON result.

    It works in `folder`, which is its own, and may read `reads`. With `on_progress` the function is given one
    too. An EchoesError raised by the function comes back as Refused with the same code and sentence, in the
    language that is spoken here; a reader that crashed or ran into a limit is Refused as `unreadable`, one
    that took three times its seconds as `too_slow`. Raises Cancelled soon after `cancelled` says so. In every
    case, also when we are killed, no reader is left behind.
    """
    job = {
        "function": function,
        "arguments": arguments,
        "limits": [seconds, memory_mb, file_mb],
        "folder": str(folder),
        "reads": [str(path) for path in reads],
        "progress": on_progress is not None,
    }
    deadline = time.monotonic() + seconds * 3
    told: dict[str, Any] = {}
    for message in _said(job, deadline=deadline, cancelled=cancelled):
        told |= message
        if "progress" in message and on_progress:
            on_progress(min(1.0, max(0.0, float(message["progress"]))))
    if on_end and "ended" in told:
        on_end(Ended(told["ended"], told["cpu"], told["memory_mb"]))
    return _result(function, told, folder)


def _said(job: dict[str, Any], *, deadline: float, cancelled: Callable[[], bool]) -> Iterator[dict[str, Any]]:
    """What the reader, and at its end its parent, say; a parent that has just ended is replaced."""
    for _ in range(3):
        connection, nursery = _start(job)
        try:
            yield from _heard(connection, deadline=deadline, cancelled=cancelled)
        except NobodyReads:
            nursery.end()
        else:
            return
        finally:
            connection.close()  # whoever still reads is ended by it
    raise ReaderLost


def _start(job: dict[str, Any]) -> tuple[socket.socket, _Nursery]:
    """Have a reader forked, and give what it is heard by."""
    ours, theirs = socket.socketpair()
    with theirs:
        ours.sendall(json.dumps(job).encode() + b"\n")
        nursery = _nursery(job["function"].partition(":")[0])
        nursery.send(theirs)
    return ours, nursery


def _heard(
    connection: socket.socket, *, deadline: float, cancelled: Callable[[], bool]
) -> Iterator[dict[str, Any]]:
    rest, size = b"", 0
    while True:
        ready, _, _ = select.select([connection], [], [], HEARTBEAT)
        if cancelled():
            raise Cancelled
        if time.monotonic() > deadline:
            raise ReaderLost(Sentence(TOO_SLOW), code="too_slow")
        if not ready:
            continue
        data = _received(connection)
        size += len(data)
        if not data or size > MOST_SAID:
            break
        *lines, rest = (rest + data).split(b"\n")
        yield from (_message(line) for line in lines)
    if not size:
        raise NobodyReads


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(CHUNK)
    except ConnectionResetError:
        return b""


def _message(line: bytes) -> dict[str, Any]:
    """What a reader says is believed no more than the file that it reads."""
    try:
        found = json.loads(line)
    except ValueError as error:
        raise ReaderLost from error
    if not isinstance(found, dict):
        raise ReaderLost
    return found


def _result(function: str, told: dict[str, Any], folder: Path) -> Any:
    if "refused" in told:
        raise _refusal(told["refused"])
    if "result" not in told or told.get("ended") != 0:
        log.warning("%s ended with %s: %s", function, told.get("ended"), told.get("broken", "no word"))
        raise ReaderLost
    if any(path.is_symlink() or not (path.is_file() or path.is_dir()) for path in folder.rglob("*")):
        raise ReaderLost  # it would have us follow a link out of its folder
    return told["result"]


def _refusal(told: dict[str, Any]) -> Refused:
    """A sentence is looked up and filled in, never formatted: a reader may have become a stranger's."""
    values = {name: str(value)[:LONGEST_VALUE] for name, value in told["values"].items()}
    return Refused(Sentence(str(told["message"])[:LONGEST], values), code=str(told["code"]))


class _Nursery:
    """A process that has imported a module and forks readers."""

    def __init__(self, module: str) -> None:
        self._owner = os.getpid()
        self._ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "echoes.kernel.readers", module, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=ROOT,
                env=_environment(),
                start_new_session=True,
            )

    @property
    def lives(self) -> bool:
        return self._owner == os.getpid() and self._process.poll() is None

    def send(self, connection: socket.socket) -> None:
        """Where it has just ended, the connection tells so to who listens."""
        with contextlib.suppress(OSError):
            socket.send_fds(self._ours, [b"+"], [connection.fileno()])

    def end(self) -> None:
        self._ours.close()
        if self._owner == os.getpid():
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()


_nurseries: dict[str, _Nursery] = {}
_changing = threading.Lock()


def _nursery(module: str) -> _Nursery:
    with _changing:
        found = _nurseries.get(module)
        if found is None or not found.lives:
            if found:
                found.end()
            found = _nurseries[module] = _Nursery(module)
        return found


def _environment() -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if name in KEPT or name.startswith(KEPT_BEGINNINGS)
    }
    with contextlib.suppress(RuntimeError):  # there is none: what needs it will say so
        kept["IMAGEIO_FFMPEG_EXE"] = command.executable()  # else each reader would try it out first
    # A process with more than one thread cannot be forked safely.
    return kept | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


@atexit.register
def _end_all() -> None:
    for nursery in _nurseries.values():
        nursery.end()
