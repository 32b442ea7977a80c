"""The films that the benchmarks make, each in a process of its own, and what each has cost in this run."""

from __future__ import annotations

import functools
import importlib.metadata
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import av
from rich.console import Console

from compiler import decode, pieces, plan, planes, recipes
from compiler.planes import Picture
from compiler.timeline import Filmed, Item, Music, Timeline, Transition
from echoes.kernel import media_time, shapes
from echoes.kernel.ffmpeg import command, encoding, run
from tests.benchmarks import material, measured, with_graph
from tests.benchmarks.measured import Cost, StepFailed

KINDS = ("fade", "dissolve", "wipe", "slide")
OVERLAP = 12
REPEATED = 3  # what takes a second or two is made so often, and the median counts

COLD = "(1) Echoes, cold: all pieces, and the join"
SOUND_LEFT = "(2) Echoes, windows ready: sound and join"
JOIN_LEFT = "(3) Echoes, all pieces ready: the join"
WHOLE_JOB = "(3), compared with its plan, and its pictures"
STARTED = "starting Python, in each of these"
MOVIEPY = f"MoviePy {importlib.metadata.version('moviepy')}, veryfast, fades only"


@dataclass(frozen=True)
class Made:
    """`size` in bytes; `new` is how many pieces had to be made."""

    cost: Cost
    size: int = 0
    new: int = 0


def timeline(number: int) -> Timeline:
    """Half a second of each kind of transition in turn, and music."""
    form = encoding.form(size=shapes.size(material.ASPECT), fps=material.FPS)
    return Timeline(
        aspect=material.ASPECT,
        fps=material.FPS,
        items=tuple(
            Item(
                source=clip.digest,
                frames=material.FRAMES,
                transition=Transition(kind=KINDS[place % len(KINDS)], frames=OVERLAP),
                form=form,
                filmed=_filmed(place),
            )
            for place, clip in enumerate(material.clips(number))
        ),
        transition=Transition(kind="fade", frames=OVERLAP),
        music=under(material.tracks()[0]),
    )


def under(track: material.Track) -> Music:
    duration, fade = (media_time.seconds_to_ticks(seconds) for seconds in (track.duration, 2))
    return Music(source=track.digest, duration=duration, volume=50, fade_out=fade)


def in_shape(film: Timeline, aspect: str) -> Timeline:
    """In which every clip has to be filmed, as if none was in any form yet."""
    return replace(film, aspect=aspect, items=tuple(replace(item, form="") for item in film.items))


def frames(film: Timeline) -> tuple[list[int], list[int]]:
    """Frames of the film that are copied, and those that are made anew."""
    copied: list[int] = []
    anew: list[int] = []
    for piece in plan.plan(film).pieces:
        begins = len(copied) + len(anew)
        (anew if isinstance(piece, plan.Window) else copied).extend(range(begins, begins + piece.frames))
    return copied, anew


def graph_name(preset: str) -> str:
    return f"graph: a chain of xfade, {preset}"


@dataclass
class Studio:
    """Makes films and remembers what they cost, so that no part of a run makes one twice."""

    home: Path
    console: Console
    known: dict[tuple[str, int], Made] = field(default_factory=dict)

    def echoes(self, number: int) -> dict[str, Made]:
        """Cold, and then with more and more of it ready."""
        if (COLD, number) not in self.known:
            film, pieces = timeline(number), self.folder(f"pieces-{number}")
            self._keep(COLD, number, self.compiled(film, pieces=pieces))
            no_sound = functools.partial(forget, pieces, f"*{recipes.SUFFIX[recipes.SOUND]}")
            self._keep(SOUND_LEFT, number, self.again(film, pieces=pieces, before=no_sound))
            self._keep(JOIN_LEFT, number, self.again(film, pieces=pieces))
            self._keep(WHOLE_JOB, number, self.again(film, pieces=pieces, checked=True))
            self._keep(STARTED, number, Made(self.started))
        return {what: self.known[what, number] for what in (COLD, SOUND_LEFT, JOIN_LEFT, WHOLE_JOB, STARTED)}

    @functools.cached_property
    def started(self) -> measured.Cost:
        """Of a process that has nothing to do: a worker has started long before it is asked for a film."""
        return measured.median([measured.python("tests.benchmarks.with_echoes") for _ in range(REPEATED)])

    def graph(self, number: int, preset: str) -> Made:
        what = graph_name(preset)
        if (what, number) not in self.known:
            made = self.graphed(number, out=self.home / "graph.mp4", encoder=with_graph.x264(preset))
            self._keep(what, number, made)
        return self.known[what, number]

    def moviepy(self, number: int) -> Made:
        if (MOVIEPY, number) not in self.known:
            film, out = timeline(number), self.home / "moviepy.mp4"
            cost = measured.python("tests.benchmarks.with_moviepy", self._task(film, out=out))
            self._keep(MOVIEPY, number, _whole(Made(cost), out, film, tolerance=1))
        return self.known[MOVIEPY, number]

    def compiled(self, film: Timeline, *, pieces: Path, checked: bool = False) -> Made:
        """By Echoes; what is in `pieces` is not made again."""
        out, there = self.film, _count(pieces)
        task = self._task(film, out=out, pieces=str(pieces), checked=checked)
        cost = measured.python("tests.benchmarks.with_echoes", task)
        return _whole(Made(cost, new=_count(pieces) - there), out, film)

    def again(
        self, film: Timeline, *, pieces: Path, checked: bool = False, before: Callable[[], object] = list
    ) -> Made:
        """The median of a few, with `before` called before each."""
        found = []
        for _ in range(REPEATED):
            before()
            found.append(self.compiled(film, pieces=pieces, checked=checked))
        return replace(found[-1], cost=measured.median([made.cost for made in found]))

    def graphed(self, number: int, *, out: Path, encoder: tuple[str, ...]) -> Made:
        film, files = timeline(number), material.files()
        cost = measured.run(*with_graph.film(timeline=film, sources=files, out=out, encoder=encoder))
        return _whole(Made(cost), out, film)

    def drawn(self, number: int, *, out: Path) -> Path:
        """Echoes' film as it would be if nothing had ever been encoded with loss."""
        film = timeline(number)
        files = dict(
            zip((item.source for item in film.items), material.lossless(number), strict=True),
        )
        seen = (_seen(piece, files, fps=film.fps) for piece in plan.plan(film).pieces)
        run.run(
            [
                *planes.input_arguments(size=film.size, fps=film.fps),
                *(*material.LOSSLESS, command.address(out)),
            ],
            timeout=60 * number,
            stdin=(picture.data.tobytes() for pictures in seen for picture in pictures),
        )
        _whole(Made(Cost(0, 0, 0)), out, film)
        return out

    def shaped(self, film: Timeline, *, pieces: Path) -> tuple[Cost, dict[str, float]]:
        """What its clips cost in its shape, and what parts of that cost."""
        told = self.home / "told.json"
        task = self._task(film, out=self.film, pieces=str(pieces), told=str(told))
        cost = measured.python("tests.benchmarks.with_shapes", task)
        return cost, json.loads(told.read_text())

    @property
    def film(self) -> Path:
        """Echoes' latest."""
        return self.home / "echoes.mp4"

    def folder(self, name: str) -> Path:
        folder = self.home / name
        folder.mkdir(exist_ok=True)
        return folder

    def told(self, what: str, cost: Cost) -> None:
        line = f"{what}: {cost.cpu:.2f} CPU s, {cost.wall:.2f} s"
        self.console.print(line, style="dim", highlight=False)

    def _keep(self, what: str, number: int, made: Made) -> None:
        self.known[what, number] = made
        self.told(f"{number} clips, {what}", made.cost)

    def _task(self, film: Timeline, *, out: Path, **more: Any) -> Path:
        path = self.home / "task.json"
        known = material.files() | material.photos(len(film.items))
        files = {digest: str(file) for digest, file in known.items()}
        path.write_text(json.dumps({"timeline": film.to_json(), "sources": files, "out": str(out), **more}))
        return path


def _filmed(place: int) -> Filmed:
    """As `material.clip` made it."""
    return Filmed(
        photo=material.photo_digest(place), model="local", prompt="", seed=place, seconds=material.SECONDS
    )


def _seen(piece: plan.Piece, files: Mapping[str, Path], *, fps: int) -> Iterator[Picture]:
    if isinstance(piece, plan.Window):
        return pieces.pictures(window=piece, sources=files)
    part = piece.slice
    frames = decode.frames(path=files[part.source], first=part.first, last=part.last, fps=fps)
    return (planes.of(frame) for frame in frames)


def forget(pieces: Path, which: str) -> None:
    for piece in pieces.glob(which):
        piece.unlink()


def _count(pieces: Path) -> int:
    return sum(1 for _ in pieces.iterdir())


def _whole(made: Made, out: Path, film: Timeline, *, tolerance: int = 0) -> Made:
    """With its size. Raises StepFailed for a film that does not have the frames of its plan."""
    planned = plan.plan(film).total_frames
    with av.open(str(out)) as container:
        found = sum(1 for packet in container.demux(video=0) if packet.size)
    if abs(found - planned) > tolerance:
        raise StepFailed(f"{out.name} has {found} frames, and {planned} were planned")
    return replace(made, size=out.stat().st_size)
