"""One process of the Procfile under the supervisor: started, read, started again, ended."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from echoes.embedded import errors, processes
from echoes.embedded.output import Lines

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
STEADY_SECONDS = 60.0
READ_BYTES = 65_536


@dataclass
class Child:
    """A named command; `due` (monotonic seconds) is when it is to be started next, if it is."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    process: subprocess.Popen[bytes] | None = None
    identity: processes.Identity | None = None
    due: float | None = None
    pause: float = FIRST_PAUSE
    began: float = 0.0
    output: int = -1  # the file descriptor that its words come from
    is_silent: bool = False  # it has closed its output
    lines: Lines = field(default_factory=Lines)

    def start(self) -> processes.Identity:
        """Start the process as leader of a session of its own, so that its whole group can be ended."""
        self.due, self.began, self.is_silent, self.lines = None, time.monotonic(), False, Lines()
        try:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=dict(self.environment),
                start_new_session=True,
            )
        except OSError as error:
            said = f"The Procfile's {self.name!r} cannot be started: {self.command[0]}: {error.strerror}."
            raise errors.ProcfileInvalid(said) from error
        self.output = self.process.stdout.fileno() if self.process.stdout else -1
        os.set_blocking(self.output, False)
        # A process that is gone by now is a zombie with a pid that nobody else can have yet.
        self.identity = processes.identify(pid=self.process.pid) or processes.Identity(self.process.pid, "")
        return self.identity

    def read(self) -> list[str]:
        """The lines it has written since; never waits."""
        try:
            data = os.read(self.output, READ_BYTES)
        except BlockingIOError:
            return []
        self.is_silent = not data
        return self.lines.feed(data)

    def is_running(self) -> bool:
        """Whether the process lives."""
        return self.process is not None and self.process.poll() is None

    def ask_to_end(self) -> None:
        """SIGTERM, to the leader alone."""
        self.due = None
        if self.is_running() and self.process:
            self.process.terminate()

    def finish(self) -> tuple[int, list[str]]:
        """Reap it, with whatever is left of its group; returns its exit code and last lines."""
        if self.process is None or self.identity is None:
            return 0, []
        processes.kill_group(self.identity)
        code = self.process.wait()
        said = self._drain()
        if self.process.stdout:
            self.process.stdout.close()
        self.process = None
        return code, said

    def plan_again(self) -> float:
        """Plan the next start, later each time it ends soon after its start; returns the pause in seconds."""
        if time.monotonic() - self.began > STEADY_SECONDS:
            self.pause = FIRST_PAUSE
        pause, self.pause = self.pause, min(self.pause * 2, LONGEST_PAUSE)
        self.due = time.monotonic() + pause
        return pause

    def _drain(self) -> list[str]:
        said: list[str] = []
        while True:
            try:
                data = os.read(self.output, READ_BYTES)
            except BlockingIOError:
                break
            if not data:
                break
            said += self.lines.feed(data)
        return said + self.lines.flush()
