"""A program that we start dies with the thread that started it, even when our process is killed, and takes no
more memory and disk than it was given.

This file is run by its path, since loading its package would cost more than all it does: it asks the kernel
for the signal and becomes the program, within some 12 ms. Only Linux can do it. Elsewhere a program that
outlives its worker goes on to its own end, and writes to a private directory that nobody reads; and nothing
but the machine limits what it takes.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1
MEGABYTE = 1024 * 1024


def leashed(command: Sequence[str]) -> list[str]:
    """The command, to be started by this process, that cannot outlive the thread which starts it."""
    if not sys.platform.startswith("linux"):
        return list(command)
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *command]


def limit(pid: int, *, memory_mb: int, file_mb: int) -> None:
    """What a program of ours, and each that it starts, may take from now on: memory of its own that it can
    write to, and the size of a file. More memory it is refused; too large a file ends it with SIGXFSZ."""
    if not sys.platform.startswith("linux"):
        return
    import resource  # not needed by the program that this file is when it is run

    wanted = {resource.RLIMIT_DATA: memory_mb, resource.RLIMIT_FSIZE: file_mb, resource.RLIMIT_CORE: 0}
    for kind, megabytes in wanted.items():
        with contextlib.suppress(ProcessLookupError):  # it has ended by itself
            _, most = resource.prlimit(pid, kind)
            size = megabytes * MEGABYTE if most == resource.RLIM_INFINITY else min(megabytes * MEGABYTE, most)
            resource.prlimit(pid, kind, (size, size))


def die_with_parent(parent: int) -> None:
    """From now on SIGKILL comes when the starting thread of the process `parent` ends; at once if it has."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    die_with_parent(int(sys.argv[1]))
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it, and the program would inherit that
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606  (the very program that our caller named)
