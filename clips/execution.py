"""The jobs of clips: placing a photo, making a take."""

from __future__ import annotations

from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext

from clips import clips
from clips.models import Clip, Placement, Take
from echoes.kernel import clock, errors, sandbox, shapes, workplace
from echoes.kernel.ffmpeg import encoding, mezzanine
from echoes.kernel.storage import base as storages
from jobs import lifecycle
from jobs.execution import Work
from jobs.outcomes import Done, Fail, Outcome, Park
from jobs.states import LIVE, State
from library.models import Asset, Kind
from providers import making, registry
from providers.capabilities import Capability
from providers.local import footage

LONG_ENOUGH = 0.9
"""Of the length that was asked for; what is missing is the last picture, standing."""


class TakeSpoilt(errors.EchoesError):
    """This clip did not come out right. That is our fault; it has been written down. Please try again."""

    code = "take_spoilt"


def place(job: Placement, work: Work) -> Outcome:
    """Wait until the file has been read; then it is a clip. One that was refused says why."""
    ingest = job.ingest
    if ingest.state in LIVE:
        return Park(on=(ingest,))
    if ingest.state != State.SUCCEEDED or ingest.asset is None:
        return Fail(ingest.error_code or "gone", ingest.error_message or gettext("This file is gone."))
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


class ResultUnusable(errors.EchoesError):
    """What the service made was not usable. You were not charged. Please try again."""

    code = "bad_result"


def make_take(job: Take, work: Work) -> Outcome:
    """Make the take, here or by a service, unless its owner has the very same one already, and look at all of
    it once, before it is kept: every film that copies from it relies on that. Raises TakeSpoilt,
    ResultUnusable, and what its model raises."""
    if storages.get("photos").exists(_key(job)):
        return _kept(job)
    if job.service:
        return making.carry(job, work, capability=Capability.MOTION, adopt=_adopt)
    asset = job.clip.asset
    source = asset.original if asset.kind == Kind.VIDEO else asset.working
    with workplace.directory("take") as directory, storages.get("photos").local_copy(source) as photo:
        return _film(job, work, model=job.model, source=photo, directory=directory)


def _adopt(job: Take, work: Work, made: making.Made) -> Outcome:
    """A service's clip becomes a take as a video does that somebody brought: read in the sandbox, cut to the
    film's shape, and exactly as long as the take. Raises ResultUnusable."""
    (video,) = made.files
    try:
        if footage.seconds(video) < job.seconds * LONG_ENOUGH:
            raise ResultUnusable(code="too_short")
        return _film(job, work, model=registry.FOOTAGE, source=video, directory=made.folder)
    except (footage.VideoUnreadable, sandbox.Refused) as error:
        raise ResultUnusable from error


def _film(job: Take, work: Work, *, model: str, source: Path, directory: Path) -> Outcome:
    made = registry.motion(model).load()(
        photo=source,
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
    storages.get("photos").put(_key(job), made)
    return _kept(job)


def _key(job: Take) -> str:
    return f"{job.owner_id}/takes/{job.digest}-{encoding.VERSION}.mp4"


def _kept(job: Take) -> Outcome:
    return Done({"key": _key(job), "encoding": encoding.VERSION})


def _prove(job: Take, made: Path) -> None:
    try:
        mezzanine.prove(path=made, frames=job.frames, fps=job.fps, size=shapes.size(job.aspect))
    except mezzanine.SourceNotMezzanine as error:
        raise TakeSpoilt from error
