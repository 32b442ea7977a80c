"""Strangers' bytes are parsed in a separate process with limits, never in one of ours.

`call` runs one function of ours in a fresh Python process that may not use more than the given memory,
processor time and file size. What it returns must be JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from echoes.kernel import leash
from echoes.kernel.errors import Cancelled, EchoesError

ROOT = Path(__file__).resolve().parents[2]
REFUSED = 3
HEARTBEAT = 0.2  # seconds: how soon a cancellation is obeyed


class Refused(EchoesError):
    """This file could not be read."""

    code = "refused"


class ReaderLost(Refused):
    """This file is damaged or too large to be read safely."""

    code = "unreadable"
    permanent = False  # a busy machine ends a reader too


def call(
    function: str,
    *,
    arguments: dict[str, Any],
    seconds: int = 30,
    memory_mb: int = 2048,
    file_mb: int = 512,
    cancelled: Callable[[], bool] = lambda: False,
) -> Any:
    """Run `package.module:function(**arguments)` in a limited child and give back its JSON result.

    An EchoesError raised by the function comes back as Refused with the same code and sentence; a child
    that crashed or ran into a limit is Refused as `unreadable`. Raises Cancelled soon after `cancelled` says
    so. In every case, also when we are killed, no process is left behind.
    """
    limits = [seconds, memory_mb, file_mb]
    job = {"function": function, "arguments": arguments, "limits": limits, "parent": os.getpid()}
    child = _start()
    try:
        said = _hear(child, json.dumps(job), deadline=time.monotonic() + seconds * 3, cancelled=cancelled)
    finally:
        _end(child)
    if child.returncode == 0:
        return json.loads(said)
    raise _refusal(child.returncode, said)


def _start() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "echoes.kernel.sandbox"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        start_new_session=True,
    )


def _hear(child: subprocess.Popen[str], told: str, *, deadline: float, cancelled: Callable[[], bool]) -> str:
    """What the child writes until its end."""
    told_yet: str | None = told
    while True:
        try:
            return child.communicate(told_yet, timeout=HEARTBEAT)[0]
        except subprocess.TimeoutExpired:
            told_yet = None  # what it did not take yet is kept by `communicate`
        if cancelled():
            raise Cancelled
        if time.monotonic() > deadline:
            raise ReaderLost("This file takes too long to read.", code="too_slow")


def _end(child: subprocess.Popen[str]) -> None:
    """SIGKILL to the whole group; nothing where the child has ended by itself."""
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.communicate()


def _refusal(status: int, said: str) -> Refused:
    if status == REFUSED:
        told = json.loads(said)
        return Refused(told["message"], code=told["code"])
    return ReaderLost()


def _limit(seconds: int, memory_mb: int, file_mb: int) -> None:
    megabyte = 1024 * 1024
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb * megabyte, memory_mb * megabyte))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_mb * megabyte, file_mb * megabyte))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _child() -> int:
    """Reads the job from standard input, writes the result to standard output."""
    job = json.load(sys.stdin)
    leash.die_with_parent(job["parent"])
    module, _, name = job["function"].partition(":")
    function = getattr(import_module(module), name)
    _limit(*job["limits"])
    try:
        result = function(**job["arguments"])
    except EchoesError as error:
        json.dump({"code": error.code, "message": str(error)}, sys.stdout)
        return REFUSED
    json.dump(result, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(_child())
