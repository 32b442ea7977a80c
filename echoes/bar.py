"""How a command shows that it is at work: one bar on standard error, renamed as the work goes on."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

# A task that was full once counts as finished, and its clock stands still for all that comes after.
NEARLY_FULL = 0.9999


class Bar:
    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description:<26}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        self._task = self._progress.add_task("", total=1.0)

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def report(self, what: str, share: float) -> None:
        """What is being done, and how much of it (0 to 1)."""
        self._progress.update(self._task, description=what, completed=min(share, NEARLY_FULL))
