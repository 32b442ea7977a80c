"""The processes of a rig, and how they are recognised among all others."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

INSTEAD = {
    "echoes.worker": "tests.chaos.worker",
    "echoes.asgi:application": "tests.chaos.asgi:application",
    "manage.py": "-m tests.chaos.manage",
}


@dataclass
class Child:
    """A process of the Procfile. `role` says at which points it may die; empty: those of its name."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    role: str = ""
    wanted: bool = False

    @property
    def lives(self) -> bool:
        return self.process is not None and self.process.poll() is None


def instead(words: list[str]) -> list[str]:
    """The Procfile's command, with the modules that can be told to die."""
    return [new for word in words for new in INSTEAD.get(word, word).split()]


def parent_of(pid: int) -> int:
    """0 for a process that has ended."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def processes(mark: bytes) -> Iterator[tuple[int, str]]:
    """The living processes whose environment holds this mark, and what they run."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            if mark in (folder / "environ").read_bytes():
                words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if (folder / "stat").read_text().rpartition(")")[2].split()[0] not in "ZX":
                    yield int(folder.name), words
