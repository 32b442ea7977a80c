"""What a film costs by Echoes, by a filter graph and by MoviePy: `python -m tests.benchmarks.compile`.

Every film is made by a process of its own. Trust CPU and ratios: other work on the machine stretches
wall time. All read the same clips, Echoes' mezzanines, which are cheaper to decode than what a camera or
a provider gives. What it costs to make the clips is in the tables of first films, and in no other. For
quality the truth is Echoes' own film from frames as they were drawn, and x264 encodes that film for the first
time. Photos, clips and music are kept, so that a run that was stopped need not make them again.
"""

from __future__ import annotations

import argparse
import functools
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from compiler import plan
from compiler.timeline import Timeline, Title, Transition
from echoes.kernel.ffmpeg import command, encoding
from providers.local import motion
from tests.benchmarks import aims, films, material, measured, quality, with_graph, with_shapes
from tests.benchmarks.films import COLD, JOIN_LEFT, MOVIEPY, SOUND_LEFT, STARTED, WHOLE_JOB, Made, Studio

PARTS = ("echoes", "graph", "moviepy", "edits", "quality", "shapes", "memory")
NUMBERS = (4, 10, 25, 50)
# Clips of the film that is edited, of the one whose pictures are compared, and of the one in several shapes.
EDITED, JUDGED, SHAPED = 25, 8, 4
SHAPES = ("16:9", "9:16", "1:1")
MEDIUM_UP_TO = 25  # the graph at x264's medium takes minutes of CPU for more
PRESETS = ("veryfast", "medium")
MB = 2**20
TITLE = Title(text="A week outdoors", subtitle="October", frames=3 * material.FPS)
MUSIC, VOLUME, SWAPPED = "another music file", "the music's volume", "two neighbours swapped"
WORDS, KIND, LENGTH = "the words of the 3 s title", "one transition's kind", "one transition twice as long"
AIMED = {
    MUSIC: aims.MUSIC,
    VOLUME: aims.VOLUME,
    SWAPPED: aims.SWAPPED,
    WORDS: aims.TITLE,
    KIND: aims.KIND,
    LENGTH: aims.LENGTH,
}


@dataclass(frozen=True)
class Run:
    """What was asked for. A table is printed once it is full: a long run that fails has told something."""

    studio: Studio
    numbers: Sequence[int]
    parts: frozenset[str]
    found: dict[str, float] = field(default_factory=dict)

    @property
    def edited(self) -> int:
        """Clips of the film that most aims are about."""
        return max((number for number in self.numbers if number <= EDITED), default=EDITED)

    @property
    def judged(self) -> int:
        return min(JUDGED, max(*self.numbers, SHAPED))

    def print(self, table: Table) -> None:
        load = ", ".join(f"{average:.1f}" for average in os.getloadavg())
        asked = f"--clips {' '.join(map(str, self.numbers))} --only {' '.join(sorted(self.parts))}"
        table.caption = (
            f"python -m tests.benchmarks.compile {asked}\n{_versions()}\n"
            f"{os.cpu_count()} cores, load {load}; {material.SECONDS} s clips, 1280x720, {material.FPS} fps,"
            f" {films.OVERLAP} frames of {', '.join(films.KINDS)} in turn, CRF {with_graph.CRF}, AAC 160k"
        )
        self.studio.console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--clips", type=int, nargs="+", default=NUMBERS, help="how many clips the films have")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="which parts are run")
    options = parser.parse_args()
    sys.exit(run(numbers=options.clips, parts=options.only, console=Console(width=150)))


def run(*, numbers: Sequence[int], parts: Iterable[str], console: Console) -> int:
    """The exit status: 1 as soon as a step has failed. How long anything takes fails nothing."""
    with tempfile.TemporaryDirectory(prefix="echoes-films-") as home:
        asked = Run(Studio(Path(home), console), tuple(sorted(numbers)), frozenset(parts))
        try:
            _run(asked)
        except measured.StepFailed as failure:
            console.print(f"A step failed: {failure}", style="bold red", markup=False)
            return 1
    return 0


def _run(asked: Run) -> None:
    asked.print(_clips(asked))
    for number in asked.numbers:
        if asked.parts & {"echoes", "graph", "moviepy"}:
            asked.print(_films(asked, number))
        if {"echoes", "graph"} <= asked.parts and number <= MEDIUM_UP_TO:
            asked.print(_first_film(asked, number))
    if "edits" in asked.parts:
        asked.print(_edits(asked))
    if "quality" in asked.parts:
        asked.print(_quality(asked))
    if "shapes" in asked.parts:
        asked.print(_shapes(asked))
    if "memory" in asked.parts:
        asked.print(_memory(asked))
    asked.print(aims.table(asked.found, clips=asked.edited))


# ---- clips, and films of them ---------------------------------------------------------------


def _clips(asked: Run) -> Table:
    number = max(*asked.numbers, SHAPED)
    with asked.studio.console.status(f"{number} clips; drawing what is missing takes half a minute for each"):
        clips = material.clips(number)
    table = _table(
        "Clips, made once and kept: what each cost when it was made", "what", "CPU s", "each", "MB each"
    )
    cpu, size = sum(clip.cpu for clip in clips), sum(clip.path.stat().st_size for clip in clips)
    drawn = f"{number} clips, by the local camera from photos of {_megapixels()} million pixels"
    table.add_row(drawn, f"{cpu:.1f}", f"{cpu / number:.2f}", f"{size / number / MB:.2f}")
    return table


def _films(asked: Run, number: int) -> Table:
    made = dict(_made(asked, number))
    headings = ("what", "CPU s", "wall s", "peak MB", "film MB", "CPU / (1)", "CPU / (2)")
    table = _table(f"A film of {number} clips", *headings, "CPU / (3)", "wall / (1)")
    for what, film in made.items():
        ratios = [_ratio(film, made.get(to)) for to in (COLD, SOUND_LEFT, JOIN_LEFT)]
        if what in (SOUND_LEFT, JOIN_LEFT, WHOLE_JOB, STARTED):
            ratios = [_ratio(film, made.get(COLD)), "", ""]
        size = f"{film.size / MB:.2f}" if film.size else ""
        wall = f"{film.cost.wall / made[COLD].cost.wall:.2f}" if COLD in made else ""
        table.add_row(what, *_seconds(film), f"{film.cost.memory:.0f}", size, *ratios, wall)
    if number == asked.edited:
        veryfast = films.graph_name("veryfast")
        _find(asked, aims.GRAPH_COLD, made.get(veryfast), made.get(COLD))
        _find(asked, aims.GRAPH_WINDOWS, made.get(veryfast), made.get(SOUND_LEFT))
        _find(asked, aims.GRAPH_PRESSED, made.get(veryfast), made.get(WHOLE_JOB))
        _find(asked, aims.MOVIEPY_COLD, made.get(MOVIEPY), made.get(COLD))
    return table


def _find(asked: Run, aim: str, made: Made | None, to: Made | None) -> None:
    """Echoes without the start of Python: a worker runs already when a film is asked for."""
    if made and to:
        asked.found[aim] = made.cost.cpu / (to.cost.cpu - asked.studio.started.cpu)


def _made(asked: Run, number: int) -> Iterable[tuple[str, Made]]:
    studio = asked.studio
    if "echoes" in asked.parts:
        yield from studio.echoes(number).items()
    if "graph" in asked.parts:
        for preset in PRESETS if number <= MEDIUM_UP_TO else PRESETS[:1]:
            yield films.graph_name(preset), studio.graph(number, preset)
    if "moviepy" in asked.parts:
        yield MOVIEPY, studio.moviepy(number)


def _first_film(asked: Run, number: int) -> Table:
    """With what making the clips cost: once where they have to be made in any case, once as if only Echoes
    needed them and the graph were given its own."""
    clips = sum(clip.cpu for clip in material.clips(number))
    ours = asked.studio.echoes(number)[COLD].cost.cpu
    theirs = asked.studio.graph(number, "medium").cost.cpu
    title = f"The first film of {number} clips, from its photos on"
    table = _table(title, "CPU s", "clips", "film", "both", "Echoes / graph")
    share, strict = (clips + ours) / (clips + theirs), (clips + ours) / theirs
    table.add_row("Echoes, cold", *_figures(clips, ours, clips + ours), "")
    table.add_row(
        "graph, medium, from the same clips", *_figures(clips, theirs, clips + theirs), f"{share:.2f}"
    )
    table.add_row("graph, medium, with clips for nothing", *_figures(0, theirs, theirs), f"{strict:.2f}")
    if number == asked.edited:
        asked.found.update({aims.FIRST_ALIKE: share, aims.FIRST_STRICT: strict})
    return table


# ---- edits ----------------------------------------------------------------------------------


def _edits(asked: Run) -> Table:
    """A film with a title is ready; each edit starts from that, whatever the edits before it have made."""
    studio, number = asked.studio, asked.edited
    graph = studio.graph(number, "veryfast")
    base = replace(films.timeline(number), title=TITLE)
    pieces = studio.folder("pieces-edited")
    studio.told(f"{number} clips with a title, cold", studio.compiled(base, pieces=pieces).cost)
    warm = {piece.name for piece in pieces.iterdir()}
    title = (
        f"Edits of a film of {number} clips, its pieces ready; the graph (without a title) makes all again"
    )
    table = _table(title, "edit", "pieces made", "CPU s", "wall s", "graph, veryfast / this", "wall")
    for what, film in _edited(base):
        made = studio.again(film, pieces=pieces, before=functools.partial(_cool, pieces, warm))
        studio.told(what, made.cost)
        if what in AIMED:
            _find(asked, AIMED[what], graph, made)
        wall = f"{graph.cost.wall / made.cost.wall:.1f}"
        table.add_row(what, str(made.new), *_seconds(made), _ratio(graph, made), wall)
    return table


def _edited(base: Timeline) -> Iterable[tuple[str, Timeline]]:
    assert base.music and base.title
    items, middle = base.items, len(base.items) // 2
    this, following = items[middle - 1], items[middle]
    swapped = (replace(this, source=following.source), replace(following, source=this.source))
    other_kind = Transition(kind="wipe" if this.transition.kind != "wipe" else "slide", frames=films.OVERLAP)
    longer = replace(this.transition, frames=2 * films.OVERLAP)

    def with_items(*changed: object) -> Timeline:
        return replace(base, items=(*items[: middle - 1], *changed, *items[middle + 1 :]))

    yield "nothing", base
    yield MUSIC, replace(base, music=films.under(material.tracks()[1]))
    yield VOLUME, replace(base, music=replace(base.music, volume=40))
    yield SWAPPED, with_items(*swapped)
    yield WORDS, replace(base, title=replace(base.title, text="Seven days"))
    yield KIND, with_items(replace(this, transition=other_kind), following)
    yield LENGTH, with_items(replace(this, transition=longer), following)
    yield "a clip deleted", with_items(this)


def _cool(pieces: Path, warm: set[str]) -> None:
    for piece in pieces.iterdir():
        if piece.name not in warm:
            piece.unlink()


# ---- quality --------------------------------------------------------------------------------


def _quality(asked: Run) -> Table:
    """Of Echoes' film the windows apart: they have been encoded twice."""
    studio, number = asked.studio, asked.judged
    truth = studio.drawn(number, out=studio.home / "truth.mp4")
    found: dict[str, quality.Quality] = {}
    for preset in reversed(PRESETS):
        out = studio.home / f"once-{preset}.mp4"
        studio.told(f"x264 {preset}", measured.run(*with_graph.encoded(film=truth, out=out, preset=preset)))
        found[preset] = quality.of(out, beside=truth)
    film = films.timeline(number)
    studio.told("Echoes", studio.compiled(film, pieces=studio.folder("pieces-judged")).cost)
    found["Echoes"] = quality.of(studio.film, beside=truth)
    table = _table(
        f"Pictures of a film of {number} clips beside the same film without loss; x264 encodes that at once",
        *("what", "VMAF", "worst frame", "copied frames", "windows' frames", "SSIM", "worst frame", "MB"),
        "size / medium",
    )
    copied, anew = films.frames(film)
    for what, seen in found.items():
        vmaf, ssim = statistics.fmean(seen.vmaf), statistics.fmean(seen.ssim)
        parts = f"{seen.mean(copied):.2f}", f"{seen.mean(anew):.2f}"
        worst = f"{min(seen.vmaf):.1f}", f"{min(seen.ssim):.4f}"
        size = f"{seen.size / MB:.2f}", f"{seen.size / found['medium'].size:.2f}"
        name = what if what == "Echoes" else f"x264 {what}, CRF {with_graph.CRF}"
        table.add_row(name, f"{vmaf:.2f}", worst[0], *parts, f"{ssim:.4f}", worst[1], *size)
    ours, theirs = found["Echoes"], found["medium"]
    asked.found[aims.VMAF] = statistics.fmean(ours.vmaf) - statistics.fmean(theirs.vmaf)
    asked.found[aims.SIZE] = ours.size / theirs.size
    return table


# ---- shapes and memory ----------------------------------------------------------------------


def _shapes(asked: Run) -> Table:
    """All clips from their photos in each, as if the film had none; the sound is made for the first alone."""
    studio, film = asked.studio, films.timeline(SHAPED)
    ready = studio.folder("pieces-shaped")
    started = measured.python("tests.benchmarks.with_echoes").cpu
    table = _table(
        f"A film of {SHAPED} clips in {len(SHAPES)} shapes, CPU s",
        *("shape", "clips", "each", "/ the first's", "of each: reading", "finding", "windows, sound, join"),
    )
    costs: list[float] = []
    again: list[float] = []
    for aspect in SHAPES:
        cost, spent = studio.shaped(films.in_shape(film, aspect), pieces=ready)
        costs.append(cost.cpu - started)
        reading, looking = (spent[what] / SHAPED for what in (with_shapes.READING, with_shapes.LOOKING))
        again.append(reading + looking)
        rest = studio.compiled(films.in_shape(film, aspect), pieces=ready).cost.cpu
        each, ratio = costs[-1] / SHAPED, f"{costs[-1] / costs[0]:.2f}"
        table.add_row(aspect, *_figures(costs[-1], each), ratio, *_figures(reading, looking, rest))
    asked.found[aims.READ_AGAIN] = max(again[1:])
    return table


def _memory(asked: Run) -> Table:
    """Of the largest film that was asked for, and of every other that this run has made."""
    largest = max(asked.numbers)
    asked.studio.echoes(largest)
    asked.studio.graph(largest, "veryfast")
    asked.studio.moviepy(largest)
    names = (COLD, JOIN_LEFT, *map(films.graph_name, PRESETS), MOVIEPY)
    known = asked.studio.known
    numbers = sorted({number for what, number in known if what in names})
    asked.found[aims.MEMORY] = known[COLD, largest].cost.memory
    asked.found[aims.FLAT] = known[COLD, largest].cost.memory / known[COLD, numbers[0]].cost.memory
    table = _table("Peak memory in MB, of all processes", "clips", *map(str, numbers))
    for what in names:
        row = [known.get((what, number)) for number in numbers]
        if any(row):
            table.add_row(what, *(f"{made.cost.memory:.0f}" if made else "" for made in row))
    return table


# ---- words and figures ----------------------------------------------------------------------


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, caption_justify="left")
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place else "left")
    return table


def _versions() -> str:
    ffmpeg = Path(command.executable()).name.removeprefix("ffmpeg-")
    packages = ", ".join(f"{name} {version(name)}" for name in ("av", "moviepy", "numpy", "pillow"))
    ours = ", ".join((motion.VERSION, encoding.VERSION, plan.VERSION, material.VERSION))
    return f"Python {platform.python_version()}, ffmpeg {ffmpeg}, {packages}; {ours}"


def _megapixels() -> int:
    return material.PHOTO.width * material.PHOTO.height // 1_000_000


def _seconds(made: Made) -> tuple[str, ...]:
    return _figures(made.cost.cpu, made.cost.wall)


def _figures(*values: float) -> tuple[str, ...]:
    return tuple(f"{value:.2f}" for value in values)


def _ratio(made: Made, to: Made | None) -> str:
    """Of CPU."""
    return f"{made.cost.cpu / to.cost.cpu:.1f}" if to else ""


if __name__ == "__main__":
    main()
