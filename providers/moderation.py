"""Before anything is paid for: words and picture are judged.

A picture is judged on this machine, by the packaged classifier, so that nothing more is sent than what was
asked for. Words are judged by a service where one is connected and open; that they go there is written down
like everything that leaves. The same is judged once. Where no service can judge, that is written to the log
and the order goes on: whoever makes it judges as well, and has nothing to do with a judge's trouble.
"""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from echoes.kernel import digests
from jobs import admission, remote
from jobs.remote import Refused
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
from providers.door import Parcel
from providers.models import Judgement, Model

log = logging.getLogger(__name__)


def check(order: Order, *, parcel: Parcel, now: datetime) -> None:
    """Raises jobs.remote.Refused for what must not be made. `parcel` is what goes along with the order."""
    if order.spec.capability == Capability.MODERATION:
        return
    words, pictures = _parts(order)
    judge = _judge_of_words(now=now) if words else None
    if judge and _is_flagged(judge, ModerationRequest(words=words), parcel, now=now):
        raise errors.refused("unsafe_words", detail="by our own moderation")
    judge = _judge_of_pictures() if pictures else None
    for picture in pictures:
        if judge and _is_flagged(judge, ModerationRequest(picture=picture), parcel, now=now):
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


def _judge_of_words(*, now: datetime) -> Model | None:
    shut = {Provider.LOCAL, *admission.closed(now=now)}
    usable = registry.usable(Capability.MODERATION)
    return next((model for model in usable if model.provider not in shut), None)


def _judge_of_pictures() -> Model | None:
    usable = registry.usable(Capability.MODERATION)
    return next((model for model in usable if model.provider == Provider.LOCAL), None)


def _is_flagged(judge: Model, request: ModerationRequest, parcel: Parcel, *, now: datetime) -> bool:
    digest = _digest(request)
    known = Judgement.objects.filter(digest=digest, model=judge.slug).first()
    if known:
        return known.flagged
    verdict = _verdict(judge, request, parcel, now=now)
    if verdict is None:
        return False
    Judgement.objects.get_or_create(
        digest=digest,
        model=judge.slug,
        defaults={"flagged": verdict.flagged, "unsure": verdict.unsure, "scores": verdict.scores},
    )
    return verdict.flagged


def _verdict(judge: Model, request: ModerationRequest, parcel: Parcel, *, now: datetime) -> Verdict | None:
    """Nothing where nobody can judge. What breaks on this machine is for whoever makes the order."""
    is_here = judge.provider == Provider.LOCAL
    if not is_here:
        parcel.shown_to(judge, now=now)
    try:
        verdict = _asked(judge, request)
    except (errors.Failed, Refused) as error:
        log.warning("%s does not judge: %s", judge.slug, error)
        return None
    except Exception as error:
        if is_here:
            raise
        log.warning("%s could not judge: %s: %s", judge.slug, type(error).__name__, error)
        remote.trouble(judge.provider, error, now=now)
        return None
    if not is_here:
        admission.succeeded(judge.provider, now=now)
    return verdict


def _asked(judge: Model, request: ModerationRequest) -> Verdict:
    with TemporaryDirectory() as folder:
        answer = registry.direct(judge.provider).answer(Order(judge.spec, request), folder=Path(folder))
    return Verdict.model_validate(answer.said)


def _digest(request: ModerationRequest) -> str:
    if request.picture is not None:
        return digests.of_file(request.picture.path)
    return hashlib.sha256(request.words.encode()).hexdigest()
