"""Prints what things cost, each beside a baseline that is measured in the same run. `make bench`.

Costs are CPU seconds of this process and its children, so other work on the machine changes them little.
"""

from __future__ import annotations

import os
import resource
import subprocess
import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from rich.console import Console
from rich.table import Table

from compiler import render
from compiler.timeline import Item, Timeline, Transition
from echoes.kernel import digests
from echoes.kernel.ffmpeg import command, encoding
from providers.local import motion
from tests import pictures

SECONDS, FPS, CLIPS, OVERLAP = 5, 24, 6, 12


def main() -> None:
    table = Table(title=f"CPU seconds, {os.cpu_count()} cores")
    for heading in ("what", "Echoes", "baseline", "baseline / Echoes", "the baseline is"):
        table.add_column(heading)
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        clips = _clips(home, table)
        _film(home, clips, table)
    Console(width=140).print(table)


def _clips(home: Path, table: Table) -> list[Path]:
    """Local takes of drawn 12-megapixel photos."""
    photos = [pictures.jpeg(home / f"{n}.jpg", seed=n, size=(4000, 3000)) for n in range(CLIPS)]
    clips = [home / f"{n}.mp4" for n in range(CLIPS)]
    ours = _cpu(lambda: [_take(photo, clip) for photo, clip in zip(photos, clips, strict=True)])
    theirs = _cpu(lambda: [_zoompan(photo, home / "zoompan.mp4") for photo in photos])
    length = SECONDS * CLIPS
    _row(table, "a second of a local clip", ours / length, theirs / length, "zoompan, x264 medium")
    return clips


def _take(photo: Path, out: Path) -> None:
    motion.render(
        photo=photo,
        out=out,
        aspect="16:9",
        fps=FPS,
        seconds=SECONDS,
        seed=1,
        prompt="",
        on_progress=lambda fraction: None,
        cancelled=lambda: False,
    )


def _zoompan(photo: Path, out: Path) -> None:
    frames = SECONDS * FPS
    where = "x='iw/2-iw/zoom/2':y='ih/2-ih/zoom/2'"
    zoom = f"zoompan=z='1+0.15*on/{frames}':{where}:d={frames}:s=1280x720:fps={FPS}"
    picture = f"crop=iw:iw*9/16,scale=5120:-2,{zoom},{encoding.YUV_FILTER}"
    _ffmpeg("-i", str(photo), "-vf", picture, *_encode(frames), str(out))


def _film(home: Path, clips: list[Path], table: Table) -> None:
    """Fades between all clips: ours copies what no fade touches, the graph encodes everything again."""
    keys = [digests.of_file(clip) for clip in clips]
    frames = SECONDS * FPS
    timeline = Timeline(
        aspect="16:9",
        fps=FPS,
        items=tuple(Item(source=key, frames=frames) for key in keys),
        transition=Transition(kind="fade", frames=OVERLAP),
    )

    def ours() -> None:
        render.film(
            timeline=timeline,
            sources=dict(zip(keys, clips, strict=True)),
            out=home / "film.mp4",
            workdir=home,
            on_progress=lambda fraction: None,
            cancelled=lambda: False,
        )

    graph = _graph(len(clips), frames=frames)
    inputs = [word for clip in clips for word in ("-i", str(clip))]
    total = frames * len(clips) - OVERLAP * (len(clips) - 1)

    def theirs() -> None:
        _ffmpeg(*inputs, "-filter_complex", graph, "-map", "[v]", *_encode(total), str(home / "graph.mp4"))

    _row(table, f"a film of {CLIPS} clips", _cpu(ours), _cpu(theirs), "a chain of xfade, x264 medium")


def _graph(number: int, *, frames: int) -> str:
    overlap = Fraction(OVERLAP, FPS)
    steps, last = [], "0:v"
    for place in range(1, number):
        offset = float(place * (Fraction(frames, FPS) - overlap))
        label = "v" if place == number - 1 else f"x{place}"
        steps.append(f"[{last}][{place}:v]xfade=fade:duration={float(overlap)}:offset={offset}[{label}]")
        last = label
    return ";".join(steps)


def _encode(frames: int) -> list[str]:
    return [
        "-c:v",
        "libx264",
        "-preset",
        "medium",
        "-crf",
        "20",
        "-pix_fmt",
        "yuv420p",
        "-frames:v",
        str(frames),
    ]


def _ffmpeg(*arguments: str) -> None:
    subprocess.run([command.executable(), "-v", "error", "-nostdin", "-y", *arguments], check=True)


def _cpu(work: Callable[[], object]) -> float:
    """CPU seconds of this process and of the children that end meanwhile."""
    before = _used()
    work()
    return _used() - before


def _used() -> float:
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    usages = [resource.getrusage(kind) for kind in kinds]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _row(table: Table, what: str, ours: float, theirs: float, baseline: str) -> None:
    table.add_row(what, f"{ours:.2f}", f"{theirs:.2f}", f"{theirs / ours:.1f}", baseline)


if __name__ == "__main__":
    main()
