"""The process that forks readers of strangers' files (see `echoes.kernel.sandbox`), and what one does first.

It imports one module of ours, leaves the network, and then only waits: for a connection on which a job is
told, for the end of a reader, or for the end of a connection, which ends its reader. It never touches a
stranger's file itself. It ends with the process that started it, and when it has had nothing to do for a
while.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import resource
import selectors
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from echoes.kernel import leash, walls
from echoes.kernel.errors import EchoesError

IDLE_SECONDS = 60.0
MEGABYTE = 1024 * 1024
BROKEN = 70
# The most that is told of an error of ours, for the log.
TRACE = 2000


class Nursery:
    """Forks a reader for every connection that comes in by `control`."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._readers: dict[int, socket.socket] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ, self._take)
        self._woken = _woken_by_children()
        self._selector.register(self._woken, selectors.EVENT_READ, self._reap)

    def serve(self) -> None:
        """Until nobody is left who could send anything, or nobody has for a while."""
        with contextlib.suppress(EOFError):
            while True:
                ready = self._selector.select(IDLE_SECONDS)
                if not ready and not self._readers:
                    return
                for key, _ in ready:
                    key.data()
        for pid in self._readers:
            _kill(pid)

    def _take(self) -> None:
        word, handles, _, _ = socket.recv_fds(self._control, 1, 1)
        if not word:
            raise EOFError
        connection = socket.socket(fileno=handles[0])
        job = json.loads(connection.makefile("rb").readline())
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            _become_reader(connection, job, parent)
        self._readers[pid] = connection
        _tell(connection, {"reader": pid})

        def asked_to_stop() -> None:
            self._selector.unregister(connection)
            _kill(pid)

        self._selector.register(connection, selectors.EVENT_READ, asked_to_stop)

    def _reap(self) -> None:
        self._woken.recv(4096)
        while self._readers:
            pid, status, used = os.wait4(-1, os.WNOHANG)
            if not pid:
                return
            _kill(pid)  # whatever of its group is left
            connection = self._readers.pop(pid)
            with contextlib.suppress(KeyError):
                self._selector.unregister(connection)
            ended = os.waitstatus_to_exitcode(status)
            memory = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024) // MEGABYTE
            cpu = round(used.ru_utime + used.ru_stime, 3)
            _tell(connection, {"ended": ended, "cpu": cpu, "memory_mb": memory})
            connection.close()


def _woken_by_children() -> socket.socket:
    ours, kernels = socket.socketpair()
    kernels.setblocking(False)
    signal.set_wakeup_fd(kernels.detach())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return ours


def _kill(pid: int) -> None:
    """SIGKILL to a reader and all that it started."""
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)
            return


def _tell(connection: socket.socket, message: dict[str, Any]) -> None:
    """Without ever waiting: who does not listen is not told."""
    with contextlib.suppress(OSError):
        connection.send(json.dumps(message).encode() + b"\n", socket.MSG_DONTWAIT)


def _become_reader(connection: socket.socket, job: dict[str, Any], parent: int) -> None:
    """This process does the job and ends; whatever it raises, it does not return."""
    status = BROKEN
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        leash.die_with_parent(parent)
        told = _Told(connection)
        status = _read(job, told)
    finally:
        os._exit(status)


def _read(job: dict[str, Any], told: _Told) -> int:
    module, _, name = job["function"].partition(":")
    function = getattr(import_module(module), name)
    folder = Path(job["folder"])
    os.chdir(folder)
    os.environ["TMPDIR"] = str(folder)
    walls.keep_to(folder, reads=[Path(path) for path in job["reads"]])
    walls.refuse_sockets()
    _limit(*job["limits"])
    more: dict[str, Callable[[float], None]] = {"on_progress": told.progress} if job["progress"] else {}
    try:
        told.say({"result": function(**job["arguments"], **more)})
    except EchoesError as error:
        told.say({"refused": _described(error)})
    except BaseException:  # the edge of the process: it is told in one line, and staff read it in the log
        told.say({"broken": traceback.format_exc()[-TRACE:]})
        return BROKEN
    return 0


def _described(error: EchoesError) -> dict[str, Any]:
    """Whoever asked says it in the language of the person whom it is for."""
    said = error.sentence
    values = {name: str(value) for name, value in said.values.items()}
    return {"code": error.code, "message": said.english, "values": values}


class _Told:
    """What a reader says, line by line, on the only connection that it has kept."""

    def __init__(self, connection: socket.socket) -> None:
        kept = os.dup2(connection.fileno(), 3)
        os.closerange(4, os.sysconf("SC_OPEN_MAX") if sys.platform != "linux" else 2**20)
        self._connection = socket.socket(fileno=kept)

    def say(self, message: dict[str, Any]) -> None:
        self._connection.sendall(json.dumps(message).encode() + b"\n")

    def progress(self, fraction: float) -> None:
        self.say({"progress": fraction})


def _limit(seconds: int, memory_mb: int, file_mb: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb * MEGABYTE, memory_mb * MEGABYTE))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_mb * MEGABYTE, file_mb * MEGABYTE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(module: str, handle: int) -> None:
    control = socket.socket(fileno=handle)
    walls.leave_network()
    with contextlib.suppress(ImportError):  # whoever asks is told by the reader, which imports it again
        import_module(module)
    gc.freeze()
    Nursery(control).serve()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
