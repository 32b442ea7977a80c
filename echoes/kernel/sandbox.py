"""Strangers' bytes are parsed in a separate process with limits, never in one of ours.

`call` runs one function of ours in a fresh Python process that may not use more than the given memory,
processor time and file size. What it returns must be JSON.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from echoes.kernel.errors import EchoesError

ROOT = Path(__file__).resolve().parents[2]
REFUSED = 3


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
) -> Any:
    """Run `package.module:function(**arguments)` in a limited child and give back its JSON result.

    An EchoesError raised by the function comes back as Refused with the same code and sentence; a child
    that crashed or ran into a limit is Refused as `unreadable`.
    """
    job = json.dumps({"function": function, "arguments": arguments, "limits": [seconds, memory_mb, file_mb]})
    try:
        done = subprocess.run(
            [sys.executable, "-m", "echoes.kernel.sandbox"],
            input=job,
            capture_output=True,
            text=True,
            timeout=seconds * 3,
            cwd=ROOT,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired:
        raise ReaderLost("This file takes too long to read.", code="too_slow") from None
    if done.returncode == 0:
        return json.loads(done.stdout)
    raise _refusal(done)


def _refusal(done: subprocess.CompletedProcess[str]) -> Refused:
    if done.returncode == REFUSED:
        told = json.loads(done.stdout)
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
