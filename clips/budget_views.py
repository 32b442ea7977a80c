"""The part of a project's page that proposes AI motion for a budget. Without script its forms lead back."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_POST

from billing import ledger
from billing import queries as billing_queries
from clips import access, budget
from clips.answers import NotUnderstood, is_fragment
from clips.budget import Proposal
from clips.forms import BudgetForm, ChoiceForm
from echoes.kernel import clock
from library import delivery
from projects import access as project_access
from projects.models import Project
from providers import registry
from providers.registry import MotionModel


@dataclass(frozen=True)
class Thumb:
    id: UUID
    name: str
    url: str
    chosen: bool


@require_GET
def show(request: HttpRequest, pk: UUID) -> HttpResponse:
    project = project_access.get_project_or_404(request.user, pk)
    if not is_fragment(request):
        return redirect(f"{reverse('projects:show', args=[project.pk])}?{request.GET.urlencode()}#budget")
    if "credits" in request.GET:
        _forget(request, project)
    return _section(request, project)


@require_POST
def bring(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A choice that cannot be carried out is kept until it can, or another budget is looked at."""
    project = project_access.get_project_or_404(request.user, pk)
    chosen = access.get_choice_or_404(project, request.POST.getlist("clip"))
    form = ChoiceForm(request.POST)
    if not form.is_valid():
        raise NotUnderstood
    model, agreed = _model(project, form.cleaned_data["model"]), form.cleaned_data["cost"]
    try:
        made = budget.bring(
            project=project, model=model, chosen=chosen, agreed=agreed, by=request.user, now=clock.now()
        )
    except budget.CostsMore as error:
        keep(request, project, model, chosen)
        return _told(request, project, str(error))
    except ledger.NotEnoughCredits as error:
        keep(request, project, model, chosen)
        return _short(request, project, error)
    _forget(request, project)
    return _told(request, project, _words(len(made), chosen), credits=0)


def page(
    request: HttpRequest, project: Project, *, now: datetime, credits: int | None = None
) -> dict[str, Any]:
    """What the section shows; nothing of it where no model costs credits. `credits` comes before what the
    address says, and that before what somebody chose by hand and could not pay."""
    models = budget.offered(project)
    if not models:
        return {"project": project, "budget": None}
    asked = _asked(request)
    wanted = asked["credits"] if credits is None else credits
    kept = request.session.get(_key(project), {}) if wanted is None else {}
    slug = kept.get("model") or asked["model"]
    proposal = budget.propose(
        project=project,
        model=next((model for model in models if model.slug == slug), models[0]),
        credits=wanted,
        chosen=frozenset(map(UUID, kept["clips"])) if kept else None,
    )
    value = min(proposal.cost if wanted is None else wanted, proposal.most)
    return {
        "project": project,
        "budget": proposal,
        "budget_models": models,
        "budget_asked": value,
        "budget_asked_words": ledger.credits(value),
        "budget_kept": bool(kept),
        "budget_thumbs": _thumbs(proposal, now=now),
        "each_words": ledger.credits(proposal.each),
        "cost_words": ledger.credits(proposal.cost),
    }


def _section(request: HttpRequest, project: Project, **words: Any) -> HttpResponse:
    context = page(request, project, now=clock.now(), credits=words.pop("credits", None)) | words
    return render(request, "clips/_budget.html", context)


def _told(
    request: HttpRequest, project: Project, sentence: str, *, credits: int | None = None
) -> HttpResponse:
    if is_fragment(request):
        return _section(request, project, notice=sentence, credits=credits)
    messages.info(request, sentence)
    return redirect(_address(project, credits=credits))


def _short(request: HttpRequest, project: Project, error: ledger.NotEnoughCredits) -> HttpResponse:
    short = billing_queries.short(error, back=_address(project))
    if is_fragment(request):
        return _section(request, project, short=short)
    return render(request, "billing/short.html", {"short": short}, status=402)


def _address(project: Project, *, credits: int | None = None) -> str:
    query = "" if credits is None else f"?credits={credits}"
    return f"{reverse('projects:show', args=[project.pk])}{query}#budget"


def _asked(request: HttpRequest) -> dict[str, Any]:
    """From the address; what cannot be understood there was not said."""
    form = BudgetForm(request.GET)
    form.is_valid()
    return {name: form.cleaned_data.get(name) for name in ("credits", "model")}


def _model(project: Project, slug: str) -> MotionModel:
    """One that is offered. Raises UnknownModel."""
    found = next((model for model in budget.offered(project) if model.slug == slug), None)
    if found is None:
        raise registry.UnknownModel
    return found


def _thumbs(proposal: Proposal, *, now: datetime) -> list[Thumb]:
    links = delivery.urls_for("photos", [clip.asset.thumbnail for clip in proposal.clips], now=now)
    return [
        Thumb(clip.pk, clip.asset.name, links[clip.asset.thumbnail], clip.pk in proposal.chosen)
        for clip in proposal.clips
    ]


def _words(made: int, chosen: Set[UUID]) -> str:
    if made:
        said = ngettext(
            "{count} photo is being brought to life.", "{count} photos are being brought to life.", made
        )
        return said.format(count=made)
    if chosen:
        return gettext("These are being brought to life already.")
    return gettext("Please choose at least one photo.")


def _key(project: Project) -> str:
    return f"budget:{project.pk}"


def keep(request: HttpRequest, project: Project, model: MotionModel, chosen: Set[UUID]) -> None:
    """What somebody chose stands in the section until it can be paid."""
    request.session[_key(project)] = {"model": model.slug, "clips": sorted(map(str, chosen))}


def _forget(request: HttpRequest, project: Project) -> None:
    request.session.pop(_key(project), None)


def _is_fragment(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", False))
