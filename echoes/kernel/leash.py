"""A program that we start dies with the thread that started it, even when our process is killed.

This file is run by its path, since loading its package would cost more than all it does: it asks the kernel
for the signal and becomes the program, within some 12 ms. Only Linux can do it. Elsewhere a program that
outlives its worker goes on to its own end, and writes to a private directory that nobody reads.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1


def leashed(command: Sequence[str]) -> list[str]:
    """The command, to be started by this process, that cannot outlive the thread which starts it."""
    if not sys.platform.startswith("linux"):
        return list(command)
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *command]


def die_with_parent(parent: int) -> None:
    """From now on SIGKILL comes when the starting thread of the process `parent` ends; at once if it has."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    die_with_parent(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606  (the very program that our caller named)
