"""A closer look at a photo, by a model that sees: what is there, and how it might move.

Asked for by a person who looks for ideas, where a service has eyes; never by a page that is only read. A
photo that is never sent is not looked at: what this machine measured has to do.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db.models import Q

from clips import ideas
from clips.models import Clip, Glance
from echoes.kernel import clock
from echoes.kernel.storage import base as storages
from jobs import lifecycle
from jobs.execution import Work
from jobs.outcomes import Done, Outcome
from jobs.states import TERMINAL, State
from providers import asking, consent, door, instructions, registry
from providers.capabilities import Capability, EyesRequest, Request, Seen
from providers.connections import Provider
from providers.models import Model

LONGEST = 1024
"""Pixels of the longer side: enough to see what is there, and cheap."""
PAUSE = timedelta(hours=1)
"""After which one that failed, or was answered by somebody else, may be asked for again."""
KEPT_TAGS = 12


def eyes() -> Model | None:
    """The model of a service that would look; nothing where no service can. One query at most."""
    if not registry.services():
        return None
    usable = registry.usable(Capability.EYES)
    return next((model for model in usable if model.provider != Provider.LOCAL), None)


def ask(*, clip: Clip, by: Any, now: datetime) -> Glance | None:
    """Have a service look at this clip's photo, once; nothing where none can, or where none may."""
    model = eyes()
    if model is None or consent.withheld(owner=by, subjects=[clip.asset_id, clip.project_id]):
        return None
    same = Q(asset=clip.asset_id, model=model.slug)
    found = Glance.objects.filter(same).first()
    if found and not is_stale(found, now=now):
        return found
    if found:
        found.delete()
    return lifecycle.enqueue_once(
        Glance(owner=by, asset=clip.asset, project_id=clip.project_id, model=model.slug), same=same, by=by
    )


def is_stale(glance: Glance, *, now: datetime) -> bool:
    """Whether it may be asked for again: it failed, or somebody else answered, a while ago."""
    if glance.state not in TERMINAL or (glance.state == State.SUCCEEDED and glance.seen_by == glance.model):
        return False
    return glance.finished_at is not None and glance.finished_at < now - PAUSE


def make(job: Glance, work: Work) -> Outcome:
    """The handler. Raises what `asking.ask` raises."""

    def build(model: Model, errand: door.Errand, folder: Path) -> Request:
        with storages.get("photos").local_copy(job.asset.working) as photo:
            picture = door.picture(errand, photo=photo, folder=folder, longest=LONGEST)
        return EyesRequest(picture, instructions.text("eyes"), job.asset.look)

    answer, model = asking.ask(
        Capability.EYES,
        build,
        owner=job.owner,
        reference=f"{job.kind}:{job.pk}",
        asset=job.asset_id,
        project=job.project_id,
        now=clock.now(),
    )
    return Done(_kept(Seen.model_validate(answer.said)) | {"seen_by": model.slug})


def _kept(seen: Seen) -> dict[str, Any]:
    """What somebody else's model said, as short as pages show it."""
    said = [idea for idea in (ideas.clean(each) for each in seen.ideas) if idea]
    tags = [tag[:40] for tag in (" ".join(each.split()) for each in seen.tags) if tag]
    description = " ".join(seen.description.split())
    return {"description": description[:500], "ideas": said, "tags": tags[:KEPT_TAGS]}
