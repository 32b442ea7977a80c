"""The job of a film."""

from __future__ import annotations

import contextlib
from pathlib import Path

from compiler import plan as plans
from compiler import poster, render, verify
from compiler.models import Film
from compiler.timeline import Timeline
from echoes.kernel import workplace
from echoes.kernel.storage import base as storages
from jobs.execution import Work
from jobs.outcomes import Done, Outcome


def make_film(job: Film, work: Work) -> Outcome:
    """1. fetch the clips and the music; 2. render; 3. compare the file with its plan; 4. keep it."""
    timeline = Timeline.from_json(job.timeline)
    with workplace.directory("film") as directory, contextlib.ExitStack() as stack:
        sources = stack.enter_context(storages.copies(_stored(job, timeline)))
        out = directory / "film.mp4"
        render.film(
            timeline=timeline,
            sources=sources,
            out=out,
            workdir=directory,
            on_progress=lambda fraction: work.progress(fraction * 0.97),
            cancelled=work.cancelled,
        )
        verified = verify.check(path=out, plan=plans.plan(timeline))
        image = directory / "poster.jpg"
        poster.make(film=out, out=image)
        return _keep(job, out=out, image=image, verified=verified)


def _keep(job: Film, *, out: Path, image: Path, verified: verify.Verified) -> Outcome:
    store = storages.get("films")
    folder = f"{job.owner_id}/films/{job.pk}"
    store.put(f"{folder}/film.mp4", out)
    store.put(f"{folder}/poster.jpg", image)
    return Done(
        {
            "key": f"{folder}/film.mp4",
            "poster": f"{folder}/poster.jpg",
            "frames": verified.frames,
            "width": verified.width,
            "height": verified.height,
            "size": out.stat().st_size,
        }
    )


def _stored(job: Film, timeline: Timeline) -> dict[str, tuple[str, str]]:
    stored = {digest: ("photos", key) for digest, key in job.takes.items()}
    if timeline.music:
        stored[timeline.music.source] = ("music", job.music_key)
    return stored
