"""What the pages show of clips: frozen cards, read in a number of queries that does not grow with them."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext

from billing import pricing
from clips import bursts, facts, glances, ideas, offers, takes
from clips.bursts import Fold
from clips.cards import Board, ClipCard, Folded, Ideas, Privacy, TakeCard, Trim, Usual
from clips.facts import Facts
from clips.models import Clip, Glance, Placement, Take
from clips.trimming import STEP
from echoes.kernel import clock, shapes
from jobs.states import AT_PROVIDER, LIVE, State
from library import delivery
from library.models import Kind
from projects.models import Project
from providers import registry
from providers.connections import Provider
from providers.models import Model


def board(project: Project, *, now: datetime) -> Board:
    """The cards of a project in the order of the film, and what they share."""
    found = list(_with_latest(Clip.objects.present().filter(project=project)).in_order())
    latest = _latest_takes(found)
    shared = facts.of(project, found, latest, now=now)
    folds = bursts.by_clip(bursts.folds([bursts.shot(clip) for clip in found]))
    made = [
        _card(
            clip,
            latest.get(clip.pk),
            position=place,
            count=len(found),
            fold=folds.get(clip.pk),
            project=project,
            shared=shared,
            now=now,
        )
        for place, clip in enumerate(found, start=1)
    ]
    return Board(made, shared.options)


def cards(project: Project, *, now: datetime) -> list[ClipCard]:
    return board(project, now=now).clips


def card(clip: Clip, *, now: datetime) -> ClipCard:
    """One clip's card, with its place in the film."""
    order = list(_shown(clip.project_id))
    ids = [each.pk for each in order]
    folds = bursts.by_clip(bursts.folds([bursts.shot(each) for each in order]))
    fresh = _with_latest(Clip.objects.filter(pk=clip.pk)).get()
    latest = _latest_takes([fresh])
    return _card(
        fresh,
        latest.get(fresh.pk),
        position=ids.index(clip.pk) + 1 if clip.pk in ids else 0,
        count=len(ids),
        fold=folds.get(clip.pk),
        project=clip.project,
        shared=facts.of(clip.project, [fresh], latest, now=now),
        now=now,
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
            note=models[take.model].made_by if take.model in models else "",
            is_ai=take.model in models and models[take.model].is_ai,
        )
        for take in found
    ]


def reading(project: Project) -> int:
    """How many files are with us, but are no clips yet. One query."""
    return Placement.objects.filter(project=project, state__in=LIVE).count()


def folds(project: Project) -> list[Fold]:
    """The clips of a project that show nearly the same. One query."""
    return bursts.folds([bursts.shot(clip) for clip in _shown(project.pk)])


def _shown(project: UUID) -> QuerySet[Clip]:
    """In the order of the film, with no more of their assets than tells which are alike."""
    found = Clip.objects.present().filter(project=project).in_order().select_related("asset")
    assets = [f"asset__{name}" for name in ("look", "width", "height", "taken_at")]
    return found.only("approved", "position", "created_at", *assets)


def _with_latest(clips: Any) -> Any:
    newest = Take.objects.filter(clip=OuterRef("pk")).order_by("-number").values("pk")[:1]
    return clips.select_related("asset", "chosen").annotate(
        latest_id=Subquery(newest), takes_count=Count("takes")
    )


def _latest_takes(clips: list[Any]) -> dict[UUID, Take]:
    takes: QuerySet[Take] = Take.objects.filter(pk__in=[clip.latest_id for clip in clips])
    return {take.clip_id: take for take in takes}


def _card(
    clip: Any,
    latest: Take | None,
    *,
    position: int,
    count: int,
    fold: Fold | None,
    project: Project,
    shared: Facts,
    now: datetime,
) -> ClipCard:
    size = shapes.size(project.aspect)
    shown = clip.chosen
    privacy = _privacy(clip, project, shared)
    options = offers.for_clip(shared.options, clip, latest, free=shared.free, withheld=privacy.withheld)
    state = _clip_state(clip, latest)
    usual = _usual(latest, now=now) if latest and state == "generating" else None
    return ClipCard(
        id=clip.pk,
        position=position,
        count=count,
        name=clip.asset.name,
        photo_url=shared.links[clip.asset.thumbnail],
        video_url=shared.links[shown.key] if shown else "",
        state=state,
        progress=max(latest.progress, usual.progress if usual else 0) if latest else 0,
        left=clock.left_words(latest.seconds_left(now=now)) if latest else "",
        message=_message(latest) if latest else "",
        approved=clip.approved,
        prompt=clip.prompt,
        take_id=latest.pk if latest else None,
        takes_count=clip.takes_count,
        width=size.width,
        height=size.height,
        note=_note(clip, latest, state, shared),
        is_ai=bool(shown) and shown.model in shared.models and shared.models[shown.model].is_ai,
        by_service=bool(latest and latest.service),
        is_video=clip.asset.kind == Kind.VIDEO,
        moves=tuple(sorted(shared.moves.get(clip.pk, ()))),
        price=pricing.label(takes.price(project=project)),
        options=options,
        makers=_makers(shared),
        trouble=offers.trouble(clip, latest, options),
        privacy=privacy,
        ideas=_ideas(clip, privacy, shared, now=now),
        fold=_folded(clip.pk, fold) if fold else None,
        trim=_trim(clip) if shown else None,
        usual=usual,
    )


def _usual(take: Take, *, now: datetime) -> Usual | None:
    """While it is with the service, and where somebody knows how long that takes."""
    if take.phase not in AT_PROVIDER or not take.submitted_at or not take.expected_seconds:
        return None
    passed = (now - take.submitted_at).total_seconds()
    return Usual(take.expected_seconds, max(0, round(passed)))


def _trim(clip: Any) -> Trim:
    take = clip.chosen
    first, last = clip.trim_start, take.frames - clip.trim_end
    return Trim(*(round(Fraction(frames * STEP, take.fps)) for frames in (take.frames, first, last)))


def _folded(clip: UUID, fold: Fold) -> Folded | None:
    """Nothing for one that hides none and is not hidden, as where all that are alike are in the film."""
    is_under = clip in fold.under
    hidden = len(fold.under) if clip == fold.top else 0
    return Folded(fold.top, hidden, is_under) if is_under or hidden else None


def _note(clip: Any, latest: Take | None, state: str, shared: Facts) -> str:
    """Who made what is shown, or who makes it; empty where there is nothing to say yet, and where it was this
    machine, as it goes without saying."""
    if state == "generating" and latest and latest.service:
        maker = shared.models.get(latest.model)
        title = maker.title if maker else Provider(latest.service).label
        if latest.phase in AT_PROVIDER:
            return gettext("{title} is at work").format(title=title)
        return gettext("Waiting for {title}").format(title=title)
    made_by = shared.models.get(clip.chosen.model) if clip.chosen else None
    return made_by.made_by if made_by and made_by.slug != takes.LOCAL else ""


def _privacy(clip: Any, project: Project, shared: Facts) -> Privacy:
    return Privacy(
        asked=shared.services,
        photo_withheld=clip.asset_id in shared.withheld,
        project_withheld=project.pk in shared.withheld,
    )


def _makers(shared: Facts) -> tuple[tuple[str, str, bool], ...]:
    found = {option.service: option.maker for option in shared.options if option.service}
    return tuple((service, maker, service not in shared.told) for service, maker in found.items())


def _ideas(clip: Any, privacy: Privacy, shared: Facts, *, now: datetime) -> Ideas:
    asset, glance = clip.asset, shared.glances.get(clip.asset_id)
    seen = glance if glance and glance.state == State.SUCCEEDED else None
    is_open = glance is None or glances.is_stale(glance, now=now)
    eyes = shared.eyes if is_open and not privacy.withheld else None
    return Ideas(
        words=ideas.of(
            look=asset.look, width=asset.width, height=asset.height, better=seen.ideas if seen else ()
        ),
        seen=seen.description if seen else "",
        seen_by=_seen_by(seen, shared.eyes),
        glance=glance.pk if glance and glance.state in LIVE else None,
        failed=glance is not None and glance.state == State.FAILED,
        eyes=str(Provider(eyes.provider).label) if eyes else "",
        by_itself=eyes is not None and eyes.provider in shared.told,
    )


def _seen_by(seen: Glance | None, eyes: Model | None) -> str:
    """The service that looked, or this machine in its place."""
    if seen is None or eyes is None:
        return ""
    return str(Provider(eyes.provider).label) if seen.seen_by == eyes.slug else gettext("This machine")


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
    if take.state == State.CANCELLED:
        return gettext("This was stopped. Start it again whenever you like.")
    return take.error_message
