"""Films as one filter graph over everything makes them: slow, and too simple to be wrong."""

from __future__ import annotations

from pathlib import Path

from compiler import plan
from compiler.timeline import Timeline
from echoes.kernel import media_time
from echoes.kernel.ffmpeg import command, encoding, run

# The transitions that ffmpeg has too. Its dissolve is a noise of single pixels, ours is a mist.
XFADE = {"fade": "fade", "dissolve": "dissolve", "wipe": "wipeleft", "slide": "slideleft"}
ALIKE = ("none", "fade", "wipe", "slide")


def xfade(*, kind: str, frames: int, offset: int, fps: int) -> str:
    """One transition of `frames`, beginning at frame `offset` of the first picture."""
    duration, start = (command.decimal(media_time.frames_to_seconds(n, fps=fps)) for n in (frames, offset))
    return f"xfade=transition={XFADE[kind]}:duration={duration}:offset={start}"


def film(made: Timeline, sources: dict[str, Path], out: Path, *options: str) -> Path:
    """`sources` are the clips and the opening card, if there is one, by digest."""
    result = plan.plan(made)
    shots = [(sources[i.source], i.trim_start, i.frames - i.trim_end) for i in made.items]
    joins = list(result.transitions)
    if result.opening:
        shots.insert(0, (sources[result.opening.digest], 0, result.opening.frames))
        joins.insert(0, result.opening_transition)
    inputs = [part for path, _, _ in shots for part in ("-i", str(path))]
    steps = [
        f"[{n}:v]trim=start_frame={a}:end_frame={b},setpts=N/(24*TB),settb=1/24000,fps=24[c{n}]"
        for n, (_, a, b) in enumerate(shots)
    ]
    length, last = shots[0][2] - shots[0][1], "c0"
    for n, join in enumerate(joins, 1):
        blend = "concat=n=2:v=1:a=0,settb=1/24000,fps=24"
        if join.frames:
            blend = xfade(kind=join.kind, frames=join.frames, offset=length - join.frames, fps=24)
        steps.append(f"[{last}][c{n}]{blend}[j{n}]")
        length, last = length + shots[n][2] - shots[n][1] - join.frames, f"j{n}"
    steps.append(f"[{last}]{encoding.YUV_FILTER}[v]")
    run.run([*inputs, "-filter_complex", ";".join(steps), "-map", "[v]", *options, str(out)], timeout=120)
    return out
