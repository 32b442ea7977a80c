"""What a take asks of a service."""

from __future__ import annotations

from pathlib import Path

from clips.models import Take
from echoes.kernel import shapes
from echoes.kernel.storage import base as storages
from providers import door, instructions, prompts, registry
from providers.capabilities import MotionRequest, Order
from providers.models import Model


def order(job: Take, folder: Path) -> Order:
    """The photo in the film's shape, the words as the model takes them, and one of its lengths. Raises
    UnknownModel, TooLong, consent.NotSent."""
    model = registry.row(job.model)
    asset = job.clip.asset
    words = composed(model, job.prompt).text
    size = shapes.size(job.aspect)
    errand = door.Errand(
        owner=job.owner,
        provider=model.provider,
        model=model.slug,
        reference=f"{job.kind}:{job.pk}",
        asset=asset.pk,
        project=job.project_id,
    )
    with storages.get("photos").local_copy(asset.working) as photo:
        picture = door.picture(
            errand,
            photo=photo,
            folder=folder,
            ratio=size.width / size.height,
            words=job.prompt,
        )
    seconds = registry.motion(job.model).length(job.seconds)
    return Order(model.spec, MotionRequest(picture, words, seconds, job.aspect, job.seed))


def composed(model: Model, prompt: str) -> prompts.Composed:
    """Somebody's words as this model takes them, with ours before them; ours alone where they wrote none."""
    return prompts.compose(
        prompt,
        instructions.text("motion"),
        limit=model.prompt_limit,
        unit=model.prompt_unit,
        needed=True,
        languages=model.languages,
    )
