"""The jobs of clips: placing a photo, making a take."""

from __future__ import annotations

from django.db import transaction

from clips import clips
from clips.models import Clip, Placement, Take
from echoes.kernel import clock, workplace
from echoes.kernel.ffmpeg import encoding
from echoes.kernel.storage import base as storages
from jobs import lifecycle
from jobs.execution import Work
from jobs.outcomes import Done, Fail, Outcome, Park
from jobs.states import LIVE, State
from library.models import Asset
from providers import registry


def place(job: Placement, work: Work) -> Outcome:
    """Wait until the photo has been read; then it is a clip. A photo that was refused says why."""
    ingest = job.ingest
    if ingest.state in LIVE:
        return Park(on=(ingest,))
    if ingest.state != State.SUCCEEDED or ingest.asset is None:
        return Fail(ingest.error_code or "gone", ingest.error_message or "This photo is gone.")
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
    """Render the take, unless its owner has the very same one already."""
    store = storages.get("photos")
    key = f"{job.owner_id}/takes/{job.digest}-{encoding.VERSION}.mp4"
    if not store.exists(key):
        model = registry.motion(job.model)
        with workplace.directory("take") as directory, store.local_copy(job.clip.asset.working) as photo:
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
            store.put(key, made)
    return Done({"key": key, "encoding": encoding.VERSION})
