"""What the compile engine is to reach, each aim beside what this run has measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rich.table import Table

GRAPH_COLD = "windows not made yet: graph veryfast / Echoes"
GRAPH_PRESSED = "all made ahead, at the press of Make film: graph veryfast / Echoes' whole job"
GRAPH_WINDOWS = "windows made ahead, the sound not: graph veryfast / Echoes"
MOVIEPY_COLD = "windows not made yet: MoviePy / Echoes"
MUSIC = "another music file: graph veryfast / Echoes"
SWAPPED = "two neighbours swapped: graph veryfast / Echoes"
TITLE = "the words of the 3 s title: graph veryfast / Echoes"
KIND = "one transition's kind: graph veryfast / Echoes"
VOLUME = "the music's volume: graph veryfast / Echoes"
LENGTH = "one transition twice as long: graph veryfast / Echoes"
FIRST_ALIKE = "first film from its photos, all have to make clips: Echoes / graph medium"
FIRST_STRICT = "first film from its photos, the graph's clips for nothing: Echoes / graph medium"
VMAF = "VMAF above x264 medium's of the same pictures, same CRF"
SIZE = "size of the pictures / x264 medium's of the same, same CRF"
MEMORY = "peak memory of the largest film, MB"
FLAT = "peak memory, largest film / smallest"
READ_AGAIN = "in the 2nd and 3rd shape: CPU s to read a photo and find what it shows, each clip"


@dataclass(frozen=True)
class Aim:
    """`bound` is the least that is wanted, or the `most`."""

    what: str
    bound: float
    most: bool = False

    def met(self, found: float) -> bool:
        return found <= self.bound if self.most else found >= self.bound


AIMS = (
    Aim(GRAPH_COLD, 4.5),
    Aim(GRAPH_PRESSED, 25),
    Aim(GRAPH_WINDOWS, 25),
    Aim(MOVIEPY_COLD, 11),
    Aim(MUSIC, 19),
    Aim(SWAPPED, 23),
    Aim(TITLE, 27),
    Aim(KIND, 47),
    Aim(VOLUME, 20),
    Aim(LENGTH, 20),
    Aim(FIRST_ALIKE, 1.0, most=True),
    Aim(FIRST_STRICT, 1.0, most=True),
    Aim(VMAF, 0.0),
    Aim(SIZE, 1.1, most=True),
    Aim(MEMORY, 400, most=True),
    Aim(FLAT, 1.15, most=True),
    Aim(READ_AGAIN, 0.0, most=True),
)


def table(found: Mapping[str, float], *, clips: int) -> Table:
    """Of every aim; what was not measured says so."""
    title = f"Aims, and what was measured: ratios of CPU, {clips} clips, Echoes in a running worker"
    made = Table(title=title)
    for place, heading in enumerate(("what", "aim", "measured", "met")):
        made.add_column(heading, justify="right" if place else "left")
    for aim in AIMS:
        bound = f"{'at most' if aim.most else 'at least'} {aim.bound:g}"
        measured, met = "not in this run", ""
        if aim.what in found:
            measured, met = f"{found[aim.what]:.2f}", "yes" if aim.met(found[aim.what]) else "no"
        made.add_row(aim.what, bound, measured, met)
    return made
