"""Before anything is paid for: words and picture are judged.

A picture is judged on this machine, by the packaged classifier, so that nothing more is sent than what was
asked for. Words are judged by a service where one is connected. The same is judged once. Where nobody can
judge, that is written to the log and the order goes on: services judge for themselves as well.
"""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from tempfile import TemporaryDirectory

from echoes.kernel import digests
from jobs.remote import NotNow, Refused
from providers import errors, registry
from providers.capabilities import (
    Capability,
    ImageRequest,
    ModerationRequest,
    MotionRequest,
    MusicRequest,
    Order,
    Picture,
    Verdict,
)
from providers.connections import Provider
from providers.models import Judgement, Model

log = logging.getLogger(__name__)


def check(order: Order) -> None:
    """Raises jobs.remote.Refused for what must not be made."""
    if order.spec.capability == Capability.MODERATION:
        return
    words, pictures = _parts(order)
    if words and _is_flagged(_judge_of_words(), ModerationRequest(words=words)):
        raise errors.refused("unsafe_words", detail="by our own moderation")
    for picture in pictures:
        if _is_flagged(_judge_of_pictures(), ModerationRequest(picture=picture)):
            raise errors.refused("unsafe_picture", detail="by our own moderation")


def _parts(order: Order) -> tuple[str, tuple[Picture, ...]]:
    match order.request:
        case MotionRequest(prompt=prompt, picture=picture):
            return prompt, (picture,)
        case ImageRequest(prompt=prompt, references=references, control=control):
            return prompt, (*references, *([control] if control else []))
        case MusicRequest(prompt=prompt):
            return prompt, ()
    return "", ()


def _judge_of_words() -> Model | None:
    usable = registry.usable(Capability.MODERATION)
    return next((model for model in usable if model.provider != Provider.LOCAL), None)


def _judge_of_pictures() -> Model | None:
    usable = registry.usable(Capability.MODERATION)
    return next((model for model in usable if model.provider == Provider.LOCAL), None)


def _is_flagged(judge: Model | None, request: ModerationRequest) -> bool:
    if judge is None:
        return False
    digest = _digest(request)
    known = Judgement.objects.filter(digest=digest, model=judge.slug).first()
    return (known or _judged(judge, request, digest)).flagged


def _judged(judge: Model, request: ModerationRequest, digest: str) -> Judgement:
    try:
        with TemporaryDirectory() as folder:
            order = Order(judge.spec, request)
            said = registry.direct(judge.provider).answer(order, folder=Path(folder)).said
        verdict = Verdict.model_validate(said)
    except (errors.Failed, Refused, NotNow) as error:
        log.warning("nobody could judge: %s", error)
        return Judgement(flagged=False, unsure=True)
    found, _ = Judgement.objects.get_or_create(
        digest=digest,
        model=judge.slug,
        defaults={"flagged": verdict.flagged, "unsure": verdict.unsure, "scores": verdict.scores},
    )
    return found


def _digest(request: ModerationRequest) -> str:
    if request.picture is not None:
        return digests.of_file(request.picture.path)
    return hashlib.sha256(request.words.encode()).hexdigest()
