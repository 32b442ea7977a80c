"""What the cards of some clips of one project share, read once: a number of queries that does not grow with
them, and hardly any where no service is connected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from billing import pricing
from clips import budget, glances, offers, takes
from clips.models import Glance, Take
from clips.offers import Option
from library import delivery
from projects.models import Project
from providers import consent, registry
from providers.connections import Provider
from providers.models import Disclosure, Model
from providers.registry import MotionModel


@dataclass(frozen=True)
class Facts:
    """`models` are those that made or make the takes of these clips; `services` says that something could be
    sent at all; `moves` says by which models each has a take, where more than one is offered; `told` are the
    services to which something of this person's went before."""

    options: tuple[Option, ...]
    models: Mapping[str, MotionModel]
    links: Mapping[str, str]
    free: Set[tuple[UUID, str]]
    moves: Mapping[UUID, Set[str]]
    withheld: Set[UUID]
    services: bool
    told: Set[str]
    eyes: Model | None
    glances: Mapping[UUID, Glance]


def of(project: Project, clips: Sequence[Any], latest: Mapping[UUID, Take], *, now: datetime) -> Facts:
    """Of these clips, with `asset` and `chosen` at hand, and their latest takes."""
    services, eyes = bool(registry.services()), glances.eyes()
    options = _options(project, now=now)
    assets = [clip.asset_id for clip in clips]
    return Facts(
        options=options,
        models=registry.motions(_slugs(clips, latest)),
        links=_links(clips, now=now),
        free=takes.free_redos(clips=clips, seconds=project.seconds) if len(options) > 1 else frozenset(),
        moves=_moves(clips) if len(options) > 1 else {},
        withheld=consent.withheld(owner=project.owner_id, subjects=[project.pk, *assets])
        if services
        else frozenset(),
        services=services,
        told=_told(project.owner_id) if services else frozenset(),
        eyes=eyes,
        glances=_glances(assets, eyes) if eyes else {},
    )


def _options(project: Project, *, now: datetime) -> tuple[Option, ...]:
    """The free camera move first, then what services offer for films like this."""
    models = [registry.motion(registry.LOCAL), *budget.offered(project)]
    if len(models) == 1:
        return (offers.option(models[0], credits=0, sample=""),)
    prices = pricing.price_list(models=[model.slug for model in models], seconds=project.seconds)
    samples = delivery.urls_for("photos", [model.sample for model in models], now=now)
    return tuple(
        offers.option(model, credits=prices[model.slug], sample=samples[model.sample])
        for model in models
        if model.slug in prices
    )


def _slugs(clips: Iterable[Any], latest: Mapping[UUID, Take]) -> set[str]:
    shown = {clip.chosen.model for clip in clips if clip.chosen}
    return shown | {take.model for take in latest.values()}


def _links(clips: Iterable[Any], *, now: datetime) -> dict[str, str]:
    """To everything that the cards of these clips show, signed in one go."""
    keys = [key for clip in clips for key in (clip.asset.thumbnail, clip.chosen.key if clip.chosen else "")]
    return delivery.urls_for("photos", keys, now=now)


def _moves(clips: Iterable[Any]) -> dict[UUID, set[str]]:
    found: dict[UUID, set[str]] = defaultdict(set)
    made = Take.objects.filter(clip__in=clips, state__in=budget.MADE)
    for clip, model in made.values_list("clip", "model"):
        found[clip].add(model)
    return found


def _told(owner: Any) -> frozenset[str]:
    sent = Disclosure.objects.filter(owner=owner, provider__in=Provider.values)
    return frozenset(sent.order_by().values_list("provider", flat=True).distinct())


def _glances(assets: Iterable[UUID], eyes: Model) -> dict[UUID, Glance]:
    found = Glance.objects.filter(asset__in=assets, model=eyes.slug)
    return {glance.asset_id: glance for glance in found}
