"""The jobs of clips: placing a photo, making a take."""

from __future__ import annotations

from pathlib import Path

from django.db import transaction

from clips import clips
from clips.models import Clip, Placement, Take
from echoes.kernel import clock, errors, shapes, workplace
from echoes.kernel.ffmpeg import encoding, mezzanine
from echoes.kernel.storage import base as storages
from jobs import lifecycle
from jobs.execution import Work
from jobs.outcomes import Done, Fail, Outcome, Park
from jobs.states import LIVE, State
from library.models import Asset, Kind
from providers import registry


class TakeSpoilt(errors.EchoesError):
    """This clip did not come out right. That is our fault; it has been written down. Please try again."""

    code = "take_spoilt"


def place(job: Placement, work: Work) -> Outcome:
    """Wait until the file has been read; then it is a clip. One that was refused says why."""
    ingest = job.ingest
    if ingest.state in LIVE:
        return Park(on=(ingest,))
    if ingest.state != State.SUCCEEDED or ingest.asset is None:
        return Fail(ingest.error_code or "gone", ingest.error_message or "This file is gone.")
    clip = job.clip or _place(job, ingest.asset)
    clips.announce(job.project)
    return Done({"clip": clip})


@transaction.atomic
def _place(job: Placement, asset: Asset) -> Clip:
    """The clip and the note that it is there are written together, so neither a crash nor a worker that has
    lost the job can place a photo twice."""
    clip = clips.add(
        project=job.project,
        asset=asset,
        by=job.owner,
        now=clock.now(),
        position=job.wanted_position,
        brought_at=job.ingest.created_at,
    )
    if not Placement.objects.filter(pk=job.pk, fence=job.fence, clip=None).update(clip=clip):
        raise lifecycle.Lost  # another worker has it by now
    return clip


def make_take(job: Take, work: Work) -> Outcome:
    """Render the take, unless its owner has the very same one already, and look at all of it once, before it
    is kept: every film that copies from it relies on that. Raises TakeSpoilt, and what its model raises."""
    store = storages.get("photos")
    key = f"{job.owner_id}/takes/{job.digest}-{encoding.VERSION}.mp4"
    if not store.exists(key):
        model = registry.motion(job.model)
        asset = job.clip.asset
        source = asset.original if asset.kind == Kind.VIDEO else asset.working
        with workplace.directory("take") as directory, store.local_copy(source) as photo:
            made = model.load()(
                photo=photo,
                out=directory / "take.mp4",
                aspect=job.aspect,
                fps=job.fps,
                seconds=job.seconds,
                seed=job.seed,
                prompt=job.prompt,
                on_progress=work.progress,
                cancelled=work.cancelled,
            )
            _prove(job, made)
            store.put(key, made)
    return Done({"key": key, "encoding": encoding.VERSION})


def _prove(job: Take, made: Path) -> None:
    try:
        mezzanine.prove(path=made, frames=job.frames, fps=job.fps, size=shapes.size(job.aspect))
    except mezzanine.SourceNotMezzanine as error:
        raise TakeSpoilt from error
