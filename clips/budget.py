"""AI motion for a budget: which photos of a project it would go to, and asking for it."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import BooleanField, Exists, OuterRef, QuerySet
from django.utils.translation import ngettext

from billing import ledger, pricing
from billing import queries as billing_queries
from clips import ranking, takes
from clips.models import Clip, Take
from clips.ranking import Photo
from echoes.kernel.errors import EchoesError
from jobs.states import LIVE, State
from library.models import Kind
from projects import projects
from projects.models import Project
from providers import consent, registry
from providers.registry import MotionModel

MADE = LIVE | {State.SUCCEEDED}


class CostsMore(EchoesError):
    """What was chosen costs something else than what was agreed to."""

    code = "costs_more"

    def __init__(self, *, photos: int, cost: int) -> None:
        said = ngettext(
            "That is {count} photo for {credits}. Please look, and confirm once more.",
            "That is {count} photos for {credits}. Please look, and confirm once more.",
            photos,
        )
        super().__init__(said.format(count=photos, credits=ledger.credits(cost)))


@dataclass(frozen=True)
class Proposal:
    """`clips` are all photos that have no take of this model, in the order of the film; `chosen` are those
    that it would be spent on."""

    model: MotionModel
    clips: tuple[Clip, ...]
    chosen: frozenset[UUID]
    each: int  # credits
    balance: int

    @property
    def cost(self) -> int:
        return self.each * len(self.chosen)

    @property
    def left(self) -> int:
        """What would be left; below nothing where somebody chose more than there is."""
        return self.balance - self.cost

    @property
    def most(self) -> int:
        """What all of them would cost."""
        return self.each * len(self.clips)


def offered(project: Project | None = None) -> list[MotionModel]:
    """The models that cost credits and have a price; with a project, those that can make its clips."""
    paid = registry.paid_motion()
    if project:
        paid = [model for model in paid if model.can_make(seconds=project.seconds, aspect=project.aspect)]
    priced = pricing.priced([model.slug for model in paid]) if paid else set()
    return [model for model in paid if model.slug in priced]


def propose(
    *,
    project: Project,
    model: MotionModel,
    credits: int | None = None,
    chosen: Set[UUID] | None = None,
) -> Proposal:
    """What so many credits would bring to life: never for more than they, or than there are. Without a number
    the best third; with `chosen`, what somebody chose by hand. Raises NoPrice."""
    each = takes.price(project=project, model=model.slug)
    balance = billing_queries.balance(project.owner_id)
    photos = list(_photos(project, model.slug))
    still = tuple(clip for clip in photos if not clip.moves)
    if chosen is None:
        budget = each * -(-len(still) // 3) if credits is None else credits
        chosen = _best(photos, min(budget, balance) // each)
    return Proposal(model, still, frozenset(chosen & {clip.pk for clip in still}), each, balance)


@transaction.atomic
def bring(
    *, project: Project, model: MotionModel, chosen: Set[UUID], agreed: int, by: Any, now: datetime
) -> list[Take]:
    """A take by this model for each of these photos, for all of them or none. One that has such a take, or is
    no photo of this project any more, is left out: a form sent twice is paid once.

    Raises CostsMore if they cost more credits than `agreed`, NotEnoughCredits, NoPrice.
    """
    projects.touch(project_id=project.pk, now=now)  # first: the project is locked before its clips
    asked = _photos(project, model.slug).filter(pk__in=chosen, moves=False)
    clips = list(asked.select_for_update(of=("self",)))
    cost = sum(pricing.prices(model=model.slug, lengths=[clip.project.seconds for clip in clips]))
    if cost > agreed:
        raise CostsMore(photos=len(clips), cost=cost)
    return takes.request_each(clips=clips, by=by, now=now, model=model.slug)


def _photos(project: Project, model: str) -> QuerySet[Any]:
    """Those that may be sent, in the order of the film; `moves` says whether one has a take by this model, or
    one is being made."""
    made = Take.objects.filter(clip=OuterRef("pk"), model=model, state__in=MADE)
    photos = Clip.objects.present().filter(project=project, asset__kind=Kind.PHOTO).in_order()
    never = consent.subjects(owner=project.owner_id)
    photos = photos.exclude(asset__in=never).exclude(project__in=never)
    moves: Any = Exists(made, output_field=BooleanField())
    return photos.select_related("asset", "project").annotate(moves=moves)


def _best(photos: list[Any], count: int) -> frozenset[UUID]:
    if count >= len(photos):
        return frozenset(clip.pk for clip in photos if not clip.moves)
    return frozenset(islice(ranking.ranked(_described(photos)), count))


def _described(clips: list[Any]) -> list[Photo]:
    return [
        Photo(
            id=clip.pk,
            place=place,
            quality=ranking.quality(look=clip.asset.look, width=clip.asset.width, height=clip.asset.height),
            taken_at=clip.asset.taken_at,
            moves=clip.moves,
        )
        for place, clip in enumerate(clips)
    ]
