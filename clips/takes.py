"""Takes: asking for one, choosing among them."""

from __future__ import annotations

import random
from collections.abc import Collection, Set
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q
from django.urls import reverse

from billing import ledger, pricing
from billing.models import Hold
from clips.models import Clip, Take
from echoes.kernel import digests, media_time
from echoes.kernel.errors import EchoesError
from jobs import lifecycle
from jobs.states import LIVE, WANTED, State
from library.models import Asset, Kind
from projects import projects
from projects.models import Project
from providers import consent, registry
from providers.registry import MotionModel

KIND = Take.kind
LOCAL = registry.LOCAL
MAX_PROMPT = 500
# Of a video; who wants more of it can cut it and bring the pieces.
MOST_SECONDS = 30
PAID = 10
"""The priority of work that somebody pays for."""
SEEDS = 2**31


class NotReady(EchoesError):
    """This take is not ready yet."""

    code = "not_ready"


@transaction.atomic
def request(
    *,
    clip: Clip,
    by: Any,
    now: datetime,
    prompt: str | None = None,
    model: str = LOCAL,
    seed: int | None = None,
) -> Take:
    """Ask for a new take of a clip. While one is being made, that one is given back.

    The same recipe is made once: a take with the same digest that exists already is given back, and chosen.
    Its price is held in the transaction that asks for it. Raises NoPrice, NotEnoughCredits, UnknownModel,
    TooLong, WrongShape, consent.NotSent.
    """
    projects.touch(project_id=clip.project_id, now=now)  # first: the project is locked before its clips
    locked = Clip.objects.select_for_update(of=("self",)).select_related("project", "asset").get(pk=clip.pk)
    if live := locked.takes.filter(state__in=WANTED).first():
        return live
    if prompt is not None:
        locked.prompt = clean_prompt(prompt)
        locked.save(update_fields=["prompt"])
    number = (locked.takes.aggregate(last=Max("number"))["last"] or 0) + 1
    seed = random.randrange(SEEDS) if seed is None else seed
    take = _recipe(locked, by=by, model=registry.motion(model), seed=seed, number=number)
    _check([take], project=locked.project, by=by)
    if made := locked.takes.filter(digest=take.digest, state=State.SUCCEEDED).first():
        return _choose(locked, made)
    _hold([take], model=model, by=by, now=now)
    return lifecycle.enqueue(take, by=by)


def price(*, project: Project, model: str = LOCAL) -> int:
    """What a take of this project's clips costs, in credits: what `request` holds. Raises NoPrice."""
    return pricing.price(model=model, seconds=project.seconds)


def request_each(*, clips: list[Clip], by: Any, now: datetime, model: str = LOCAL) -> list[Take]:
    """Ask for a take of each of these clips of one project, whose rows are locked; as many queries for many
    as for one. Raises what `request` raises, NotEnoughCredits where not all of them can be paid."""
    numbers = dict(Take.objects.filter(clip__in=clips).values_list("clip").annotate(last=Max("number")))
    made_by = registry.motion(model)
    asked = [
        _recipe(clip, by=by, model=made_by, seed=random.randrange(SEEDS), number=numbers.get(clip.pk, 0) + 1)
        for clip in clips
    ]
    if asked:
        _check(asked, project=clips[0].project, by=by)
    _hold(asked, model=model, by=by, now=now)
    return lifecycle.enqueue_all(asked, by=by)


@transaction.atomic
def choose(*, clip: Clip, take: Take, now: datetime) -> Take:
    """Show this take instead; raises NotReady."""
    if take.state != State.SUCCEEDED:
        raise NotReady
    projects.touch(project_id=clip.project_id, now=now)
    return _choose(clip, take)


def as_filmed(take: Take, *, asset: Asset) -> bool:
    """Whether this machine would film it again as it is: neither the model nor the photo has changed since.
    What a service made is never made again for another shape; its file is cut."""
    model = registry.MOTION.get(take.model)
    if model is None:
        return False
    return take.digest == digests.of_recipe(_described(take, model, sha256=asset.sha256))


def free_redos(*, clips: Collection[Any], seconds: int) -> set[tuple[UUID, str]]:
    """Clips, and models of which one more take of so many seconds would cost nothing: what `request` would
    find for each. Two queries at most."""
    made = Take.objects.filter(clip__in=clips, seconds__gte=seconds, state=State.SUCCEEDED)
    rows = list(made.exclude(hold=None).values_list("clip", "model", "hold"))
    if not rows:
        return set()
    free = ledger.redoable(holds=[hold for _, _, hold in rows])
    return {(clip, model) for clip, model, hold in rows if hold in free}


def living(ids: Set[str]) -> set[str]:
    """Of these takes, those that have not ended (see settings.HOLDERS)."""
    return {str(pk) for pk in Take.objects.filter(pk__in=ids, state__in=LIVE).values_list("pk", flat=True)}


@transaction.atomic
def keep_prompt(*, clip: Clip, prompt: str) -> None:
    """What somebody wrote stays written, though the take could not be asked for."""
    Clip.objects.filter(pk=clip.pk).update(prompt=clean_prompt(prompt))


def clean_prompt(prompt: str) -> str:
    return " ".join(prompt.split())[:MAX_PROMPT]


def latest(clip: Clip) -> Take | None:
    """The take that was asked for last."""
    return clip.takes.order_by("-number").first()


def _choose(clip: Clip, take: Take) -> Take:
    if clip.chosen_id != take.pk:
        Clip.objects.filter(pk=clip.pk).update(chosen=take, approved=False)
    return take


def _hold(takes: list[Take], *, model: str, by: Any, now: datetime) -> None:
    """Hold what these new takes cost, all of it or nothing; a paid take's one redo is free."""
    costs = pricing.prices(model=model, lengths=[take.seconds for take in takes])
    if not any(costs):
        return
    title = registry.motion(model).title
    wanted = [_wanted(take, cost, title) for take, cost in zip(takes, costs, strict=True)]
    if len(takes) == 1 and (paid := _free_redo(takes[0])):
        wanted = [replace(wanted[0], amount=0, redo_of=paid)]
    holds = ledger.hold_each(account=ledger.account_of(by), wanted=wanted, now=now)
    for take, hold in zip(takes, holds, strict=True):
        take.hold, take.priority = hold, PAID


def _wanted(take: Take, cost: int, made_by: str) -> ledger.Wanted:
    return ledger.Wanted(
        reference=f"{KIND}:{take.pk}",
        amount=cost,
        model=take.model,
        title=f"{take.clip.asset.name}, {take.seconds} s, {made_by}",
        link=f"{reverse('projects:show', args=[take.project_id])}#clip-{take.clip_id}",
    )


def _free_redo(take: Take) -> Hold | None:
    """The paid hold of an earlier take of this clip, as long and by the same model, not redone yet."""
    earlier = take.clip.takes.filter(model=take.model, seconds__gte=take.seconds, state=State.SUCCEEDED)
    return ledger.free_redo(holds=list(earlier.values_list("hold", flat=True)), model=take.model)


def _check(takes: list[Take], *, project: Project, by: Any) -> None:
    """Whether a service may and can make these, before anybody holds credits for them."""
    remote = [take for take in takes if take.service]
    if not remote:
        return
    registry.row(remote[0].model)
    registry.motion(remote[0].model).check(seconds=project.seconds, aspect=project.aspect)
    withheld = consent.withheld(owner=by, subjects=[project.pk, *(take.clip.asset_id for take in remote)])
    if withheld:
        raise consent.NotSent


def _recipe(clip: Clip, *, by: Any, model: MotionModel, seed: int, number: int) -> Take:
    project = clip.project
    take = Take(
        owner=by,
        clip=clip,
        project=project,
        number=number,
        prompt=clip.prompt,
        seed=seed,
        aspect=project.aspect,
        fps=project.fps,
        seconds=project.seconds,
    )
    if clip.asset.kind == Kind.VIDEO:
        model = registry.MOTION[registry.FOOTAGE]
        _of_footage(take, clip.asset)
    _made_by(take, model)
    take.digest = digests.of_recipe(_described(take, model, sha256=clip.asset.sha256))
    return take


def _made_by(take: Take, model: MotionModel) -> None:
    take.model = model.slug
    if model.provider:
        take.service, take.lane, take.expected_seconds = model.provider, model.slug, model.expected_seconds


def _of_footage(take: Take, video: Asset) -> None:
    """A video moves already: its take is the video itself, in whole seconds, and there is one such take."""
    whole = int(media_time.ticks_to_seconds(video.duration))
    take.seed, take.prompt = 0, ""
    take.seconds = max(1, min(whole, MOST_SECONDS))


def _described(take: Take, model: MotionModel, *, sha256: str) -> dict[str, Any]:
    """Everything that the take is made from."""
    return {
        "model": model.slug,
        "version": model.load_version(),
        "photo": sha256,  # or the video
        "prompt": take.prompt,
        "seed": take.seed,
        "aspect": take.aspect,
        "fps": take.fps,
        "seconds": take.seconds,
    }


def cancel_live(*, clip: Clip, by: Any, now: datetime) -> None:
    """Stop what is being made of this clip."""
    for take in clip.takes.filter(Q(state__in=LIVE)):
        lifecycle.cancel(take, by=by, now=now)
