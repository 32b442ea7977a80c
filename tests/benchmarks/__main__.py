"""Prints what things cost, each beside a baseline that is measured in the same run. `make bench`.

A short version: `python -m tests.benchmarks.compile` makes films of up to fifty clips, and edits them, and
`python -m tests.benchmarks.uploads --mb 5120 --rounds 1` sends the largest video.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.benchmarks import compile as compiling
from tests.benchmarks import material, measured, media, uploads, with_graph

CLIPS = 4
PARTS = ("echoes", "graph", "moviepy", "quality", "shapes")


def main() -> int:
    console = Console(width=150)
    failed = compiling.run(numbers=(CLIPS,), parts=PARTS, console=console)
    if not failed:
        console.print(_camera())
        uploads.run(console=console)
        media.main([])
    return failed


def _camera() -> Table:
    """Echoes' clips are those that the films were made of."""
    length = material.SECONDS * CLIPS
    ours = sum(clip.cpu for clip in material.clips(CLIPS)) / length
    theirs = sum(_zoompan(number) for number in range(CLIPS)) / length
    table = Table(title="A second of a local clip, CPU seconds")
    for heading in ("Echoes", "zoompan, x264 medium", "zoompan / Echoes"):
        table.add_column(heading, justify="right")
    table.add_row(f"{ours:.2f}", f"{theirs:.2f}", f"{theirs / ours:.1f}")
    return table


def _zoompan(number: int) -> float:
    with tempfile.TemporaryDirectory() as home:
        command = with_graph.zoompan(
            photo=material.photo(number),
            out=Path(home, "zoompan.mp4"),
            frames=material.FRAMES,
            fps=material.FPS,
        )
        return measured.run(*command).cpu


if __name__ == "__main__":
    sys.exit(main())
