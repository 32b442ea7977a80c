"""One terminal for many processes: every line carries the name of who wrote it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TextIO

COLOURS = (36, 33, 35, 32, 34, 31)
OURS = "echoes"
LONGEST_LINE = 64 * 1024


class Printer:
    """Writes `name | line`, aligned, in a colour per name where the terminal has colours."""

    def __init__(self, names: Iterable[str], *, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stdout
        self.names = (OURS, *names)
        self.width = max(map(len, self.names))
        self.coloured = "NO_COLOR" not in os.environ and self.stream.isatty()

    def say(self, sentence: str) -> None:
        """Something that the supervisor itself has to tell."""
        for line in sentence.splitlines():
            self.line(OURS, line)

    def line(self, name: str, text: str) -> None:
        """One line of one process. A terminal that has gone away ends no process."""
        label = f"{name:<{self.width}} |"
        if self.coloured:
            label = f"\033[{self._colour(name)}m{label}\033[0m"
        try:
            self.stream.write(f"{label} {text}\n")
            self.stream.flush()
        except (BrokenPipeError, ValueError, OSError):
            return

    def _colour(self, name: str) -> int:
        return COLOURS[self.names.index(name) % len(COLOURS)]


class Lines:
    """Cuts a stream of bytes into lines; a line without an end is cut at LONGEST_LINE."""

    def __init__(self) -> None:
        self.rest = b""

    def feed(self, data: bytes) -> list[str]:
        """The lines that are complete now."""
        *whole, self.rest = (self.rest + data).split(b"\n")
        if len(self.rest) > LONGEST_LINE:
            whole, self.rest = [*whole, self.rest], b""
        return [_text(line) for line in whole]

    def flush(self) -> list[str]:
        """What is left when the stream has ended."""
        rest, self.rest = self.rest, b""
        return [_text(rest)] if rest else []


def _text(line: bytes) -> str:
    return line.decode(errors="replace").rstrip("\r")
