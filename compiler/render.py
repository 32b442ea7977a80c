"""Makes a film: what is missing is rendered side by side, then everything is joined."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent import futures
from dataclasses import dataclass
from pathlib import Path

from compiler import audio, card, join, mezzanine, pieces, title
from compiler import plan as plans
from compiler.timeline import Timeline
from echoes.kernel import errors
from echoes.kernel.ffmpeg import run

# Windows use one thread each; more of them than this would only take turns on a small machine.
WORKERS = 2
# How often progress is told and the caller asked whether to go on, in seconds.
HEARTBEAT = 0.25
# What a frame costs, in the same unit: a second generation, a first one, the sound of it, copying it.
WINDOW_COST, CARD_COST, SOUND_COST, COPY_COST = 1.0, 0.6, 0.04, 0.01


class SourceMissing(errors.EchoesError):
    """A clip or the music of this film is not there any more."""

    code = "source_missing"


@dataclass
class _Task:
    """Something to render. `done` (0..1) is written by the task's thread, and read by the caller's."""

    cost: float
    make: Callable[[_Task], None]
    done: float = 0.0

    def report(self, fraction: float) -> None:
        self.done = fraction


@dataclass(frozen=True)
class _Desk:
    """What every task needs to know."""

    film: Timeline
    plan: plans.Plan
    sources: dict[str, Path]
    workdir: Path
    stopped: threading.Event

    def window(self, window: plans.Window) -> Path:
        return self.workdir / f"{window.digest}.mp4"

    def card(self, title_card: card.Card) -> Path:
        return self.workdir / f"{title_card.digest}.mp4"

    def sound(self) -> Path:
        name = audio.digest(music=self.film.music, total_frames=self.plan.total_frames, fps=self.plan.fps)
        return self.workdir / f"{name}.m4a"


def film(
    *,
    timeline: Timeline,
    sources: Mapping[str, Path],
    out: Path,
    workdir: Path,
    on_progress: run.OnProgress,
    cancelled: run.Cancelled,
) -> None:
    """Writes the film to `out`. `sources` are files by digest: the clips' mezzanines, and the music.

    `workdir` keeps pieces by digest and may be kept: the next film renders only what it has not
    seen. Both callbacks are called on the caller's thread alone. Raises SourceMissing,
    SourceNotMezzanine, FfmpegFailed, Cancelled.

    1. check the sources; 2. make the title card; 3. render windows and sound; 4. join.
    """
    workdir.mkdir(parents=True, exist_ok=True)
    desk = _Desk(timeline, plans.plan(timeline), dict(sources), workdir, threading.Event())
    _check_sources(desk)
    crew = _Crew(desk, on_progress, cancelled)
    crew.work(_card_tasks(desk), [*_window_tasks(desk), *_sound_tasks(desk)])
    join.join(parts=_parts(desk), audio=desk.sound(), fps=timeline.fps, out=out, cancelled=cancelled)
    on_progress(1.0)


def _check_sources(desk: _Desk) -> None:
    music = [desk.film.music.source] if desk.film.music else []
    for source in (*(item.source for item in desk.film.items), *music):
        if source not in desk.sources:
            raise SourceMissing
    for source, frames in {(item.source, item.frames) for item in desk.film.items}:
        mezzanine.check(path=desk.sources[source], frames=frames, fps=desk.plan.fps, size=desk.plan.size)


def _card_tasks(desk: _Desk) -> list[_Task]:
    """At most one; windows that lead from the card need it, so it comes first."""
    title_card = desk.plan.card
    if title_card is None:
        return []
    path = desk.card(title_card)
    desk.sources[title_card.digest] = path
    if path.exists():
        return []

    def make(task: _Task) -> None:
        title.render(
            card=title_card,
            behind=desk.sources[title_card.behind],
            out=path,
            on_progress=task.report,
            cancelled=desk.stopped.is_set,
        )

    return [_Task(cost=CARD_COST * title_card.frames, make=make)]


def _window_tasks(desk: _Desk) -> list[_Task]:
    return [_window_task(desk, window) for window in desk.plan.windows if not desk.window(window).exists()]


def _window_task(desk: _Desk, window: plans.Window) -> _Task:
    def make(_: _Task) -> None:
        pieces.render(
            window=window, sources=desk.sources, out=desk.window(window), cancelled=desk.stopped.is_set
        )

    return _Task(cost=WINDOW_COST * window.frames, make=make)


def _sound_tasks(desk: _Desk) -> list[_Task]:
    path, frames = desk.sound(), desk.plan.total_frames
    if path.exists():
        return []

    def make(task: _Task) -> None:
        audio.make(
            music=desk.film.music,
            sources=desk.sources,
            total_frames=frames,
            fps=desk.plan.fps,
            out=path,
            on_progress=task.report,
            cancelled=desk.stopped.is_set,
        )

    return [_Task(cost=SOUND_COST * frames, make=make)]


def _parts(desk: _Desk) -> list[join.Part]:
    parts = []
    for piece in desk.plan.pieces:
        if isinstance(piece, plans.Copy):
            cut = piece.slice
            parts.append(join.Part(path=desk.sources[cut.source], first=cut.first, last=cut.last))
        else:
            parts.append(join.Part(path=desk.window(piece), first=0, last=piece.frames))
    return parts


class _Crew:
    """Runs tasks on threads, while the caller's thread tells how far they are and whether to go on."""

    def __init__(self, desk: _Desk, on_progress: run.OnProgress, cancelled: run.Cancelled) -> None:
        self._stopped = desk.stopped
        self._joining = COPY_COST * desk.plan.total_frames
        self._on_progress = on_progress
        self._cancelled = cancelled
        self._tasks: list[_Task] = []

    def work(self, *groups: list[_Task]) -> None:
        """One group after the other. The first error stops the rest, and is raised when all have stopped."""
        self._tasks = [task for group in groups for task in group]
        with futures.ThreadPoolExecutor(WORKERS, thread_name_prefix="compiler") as pool:
            for group in groups:
                self._finish([pool.submit(self._do, task) for task in group])

    def _do(self, task: _Task) -> None:
        if self._stopped.is_set():
            raise errors.Cancelled
        task.make(task)
        task.done = 1.0

    def _finish(self, running: list[futures.Future[None]]) -> None:
        waiting = set(running)
        try:
            while waiting:
                done, waiting = futures.wait(waiting, HEARTBEAT, futures.FIRST_COMPLETED)
                for future in done:
                    future.result()
                self._report()
        finally:
            if waiting:
                self._stopped.set()

    def _report(self) -> None:
        if self._cancelled():
            self._stopped.set()
            raise errors.Cancelled
        whole = self._joining + sum(task.cost for task in self._tasks)
        self._on_progress(sum(task.cost * task.done for task in self._tasks) / whole)
