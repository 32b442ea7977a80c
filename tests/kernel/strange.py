"""What readers do in the tests of the sandbox. Never called but in one."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from echoes.kernel.errors import EchoesError, Sentence


class TooGreen(EchoesError):
    """This is too green."""

    code = "too_green"


def say(*, word: Any) -> Any:
    return word


def refuse() -> None:
    raise TooGreen


def refuse_so_many(*, english: str, values: dict[str, Any]) -> None:
    raise EchoesError(Sentence(english, values), code="too_many")


def stumble() -> None:
    raise KeyError("MPO")


def crash() -> None:
    ctypes.string_at(0)


def devour() -> int:
    return len(bytearray(4 << 30))


def spin() -> None:
    while True:
        pass


def sleep() -> None:
    time.sleep(60)


def flood(*, path: str) -> None:
    with Path(path).open("wb") as file:
        for _ in range(1000):
            file.write(bytes(1 << 20))


def start(*, path: str) -> None:
    """A program that goes on for long, and whose number stands in the file."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    Path(path).write_text(str(child.pid))
    time.sleep(60)


def environment() -> list[str]:
    return sorted(os.environ)


def count(*, on_progress: Callable[[float], None]) -> int:
    for number in range(4):
        on_progress(number / 4)
    return 4


def babble() -> None:
    """Words that nobody asked for, on the connection to the process that listens."""
    os.write(3, b"[1, 2]\n")


def handles() -> list[str]:
    """What this process has open besides the connection that it answers on."""
    open_ones = []
    for number in range(3, 64):
        try:
            os.fstat(number)
        except OSError:
            continue
        open_ones.append(str(number))
    return open_ones
