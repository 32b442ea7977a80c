"""What the pages show of clips: frozen cards, read in a number of queries that does not grow with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, QuerySet, Subquery

from billing import pricing
from clips import takes
from clips.models import Clip, Take
from echoes.kernel import clock, shapes
from jobs.states import LIVE, State
from library import delivery
from library.models import Kind
from projects.models import Project
from providers import registry

CANCELLED = "This was stopped. Start it again whenever you like."


@dataclass(frozen=True)
class ClipCard:
    id: UUID
    position: int
    count: int
    name: str
    photo_url: str
    video_url: str
    state: str  # draft, generating, ready or error
    progress: int
    left: str  # about how long the take will still need, in words
    message: str
    approved: bool
    prompt: str
    take_id: UUID | None
    takes_count: int
    width: int
    height: int
    note: str
    is_video: bool  # it came as one: there is nothing to bring to life
    price: str


@dataclass(frozen=True)
class TakeCard:
    id: UUID
    number: int
    video_url: str
    poster_url: str
    chosen: bool
    prompt: str
    created_at: datetime
    state: str
    message: str
    note: str


@dataclass(frozen=True)
class Summary:
    total: int
    ready: int
    generating: int
    approved: int
    errors: int
    draft: int


def cards(project: Project, *, now: datetime) -> list[ClipCard]:
    """The cards of a project in the order of the film."""
    found = list(_with_latest(Clip.objects.present().filter(project=project)).in_order())
    latest = _latest_takes(found)
    links = _links(found, now=now)
    notes = _notes(found)
    return [
        _card(
            clip,
            latest.get(clip.pk),
            position=place,
            count=len(found),
            project=project,
            links=links,
            notes=notes,
            now=now,
        )
        for place, clip in enumerate(found, start=1)
    ]


def card(clip: Clip, *, now: datetime) -> ClipCard:
    """One clip's card, with its place in the film."""
    order = Clip.objects.present().filter(project=clip.project_id).in_order()
    ids = list(order.values_list("pk", flat=True))
    fresh = _with_latest(Clip.objects.filter(pk=clip.pk)).get()
    return _card(
        fresh,
        _latest_takes([fresh]).get(fresh.pk),
        position=ids.index(clip.pk) + 1 if clip.pk in ids else 0,
        count=len(ids),
        project=clip.project,
        links=_links([fresh], now=now),
        notes=_notes([fresh]),
        now=now,
    )


def summary(found: Iterable[ClipCard]) -> Summary:
    states = [card.state for card in found]
    return Summary(
        total=len(states),
        ready=states.count("ready"),
        generating=states.count("generating"),
        approved=sum(card.approved for card in found),
        errors=states.count("error"),
        draft=states.count("draft"),
    )


def take_cards(clip: Clip, *, now: datetime) -> list[TakeCard]:
    """Every take of a clip, the newest first."""
    found = list(clip.takes.order_by("-number"))
    poster = clip.asset.thumbnail
    links = delivery.urls_for("photos", [poster, *(take.key for take in found)], now=now)
    models = registry.motions(take.model for take in found)
    return [
        TakeCard(
            id=take.pk,
            number=take.number,
            video_url=links[take.key],
            poster_url=links[poster],
            chosen=take.pk == clip.chosen_id,
            prompt=take.prompt,
            created_at=take.created_at,
            state=_state(take),
            message=_message(take),
            note=models[take.model].note if take.model in models else "",
        )
        for take in found
    ]


def _with_latest(clips: Any) -> Any:
    newest = Take.objects.filter(clip=OuterRef("pk")).order_by("-number").values("pk")[:1]
    return clips.select_related("asset", "chosen").annotate(
        latest_id=Subquery(newest), takes_count=Count("takes")
    )


def _latest_takes(clips: list[Any]) -> dict[UUID, Take]:
    takes: QuerySet[Take] = Take.objects.filter(pk__in=[clip.latest_id for clip in clips])
    return {take.clip_id: take for take in takes}


def _links(clips: Iterable[Any], *, now: datetime) -> dict[str, str]:
    """To everything that the cards of these clips show, signed in one go."""
    keys = [key for clip in clips for key in (clip.asset.thumbnail, clip.chosen.key if clip.chosen else "")]
    return delivery.urls_for("photos", keys, now=now)


def _notes(clips: Iterable[Any]) -> dict[str, str]:
    """By whom the takes are made that these clips show: one query at most."""
    models = registry.motions(clip.chosen.model for clip in clips if clip.chosen)
    return {slug: model.note for slug, model in models.items()}


def _card(
    clip: Any,
    latest: Take | None,
    *,
    position: int,
    count: int,
    project: Project,
    links: Mapping[str, str],
    notes: Mapping[str, str],
    now: datetime,
) -> ClipCard:
    size = shapes.size(project.aspect)
    shown = clip.chosen
    return ClipCard(
        id=clip.pk,
        position=position,
        count=count,
        name=clip.asset.name,
        photo_url=links[clip.asset.thumbnail],
        video_url=links[shown.key] if shown else "",
        state=_clip_state(clip, latest),
        progress=latest.progress if latest else 0,
        left=clock.left_words(latest.seconds_left(now=now)) if latest else "",
        message=_message(latest) if latest else "",
        approved=clip.approved,
        prompt=clip.prompt,
        take_id=latest.pk if latest else None,
        takes_count=clip.takes_count,
        width=size.width,
        height=size.height,
        note=notes.get(shown.model, "") if shown else "",
        is_video=clip.asset.kind == Kind.VIDEO,
        price=pricing.label(takes.price(project=project)),
    )


def _clip_state(clip: Clip, latest: Take | None) -> str:
    """A clip is what its latest take is; a stopped or failed redo leaves the earlier take standing."""
    if latest and latest.state in LIVE:
        return "generating"
    if clip.chosen_id:
        return "ready"
    return _state(latest) if latest else "draft"


def _state(take: Take) -> str:
    if take.state in LIVE:
        return "generating"
    return {State.SUCCEEDED: "ready", State.FAILED: "error"}.get(State(take.state), "draft")


def _message(take: Take) -> str:
    return CANCELLED if take.state == State.CANCELLED else take.error_message
