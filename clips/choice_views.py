"""One form for all clips that are chosen on the project's page; its buttons say what becomes of them. Without
script it leads back there, and where it would cost something, to the section that says how much."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from billing import ledger
from billing import queries as billing_queries
from clips import access, answers, budget, budget_views, choice, clips, takes, undo
from clips.forms import ActForm
from echoes.kernel import clock
from projects import access as project_access
from projects.models import Project
from providers import registry
from providers.registry import MotionModel

Chosen = frozenset[UUID]
DONE = "choice:done"
"""Said to the page: what was chosen need not stay chosen."""


@require_POST
def act(request: HttpRequest, pk: UUID) -> HttpResponse:
    project = project_access.get_project_or_404(request.user, pk)
    chosen = access.get_choice_or_404(project, request.POST.getlist("clip"))
    asked = answers.clean(ActForm(request.POST))
    if not chosen:
        return answers.grid(request, project, undo=undo.Undo(gettext("Please choose at least one clip.")))
    return ACTS[asked["act"]](request, project, chosen, asked)


def _approve(request: HttpRequest, project: Project, chosen: Chosen, asked: dict[str, Any]) -> HttpResponse:
    approved = asked["act"] == "approve"
    found = choice.approve(project=project, chosen=chosen, approved=approved, now=clock.now())
    if asked["quiet"]:
        return answers.grid(request, project)
    words = _approved_words(len(found.changed), found.waiting, approved)
    back = "leave" if approved else "approve"
    return _done(request, project, undo.of_choice(words, project=project, act=back, chosen=found.changed))


def _approved_words(changed: int, waiting: int, approved: bool) -> str:
    words = _changed_words(changed, approved)
    if not waiting:
        return words
    wait = ngettext(
        "{count} clip is not ready yet, and can be approved then.",
        "{count} clips are not ready yet, and can be approved then.",
        waiting,
    ).format(count=waiting)
    return f"{words} {wait}" if changed else wait


def _changed_words(changed: int, approved: bool) -> str:
    if not changed:
        if approved:
            return gettext("These are in the film already.")
        return gettext("These are out of the film already.")
    if approved:
        said = ngettext("{count} clip is in the film now.", "{count} clips are in the film now.", changed)
    else:
        said = ngettext(
            "{count} clip is out of the film now.", "{count} clips are out of the film now.", changed
        )
    return said.format(count=changed)


def _remove(request: HttpRequest, project: Project, chosen: Chosen, asked: dict[str, Any]) -> HttpResponse:
    removed = choice.remove(project=project, chosen=chosen, by=request.user, now=clock.now())
    words = gettext("These were removed already.")
    if removed:
        said = ngettext("{count} clip is removed.", "{count} clips are removed.", len(removed))
        words = said.format(count=len(removed))
    return _done(request, project, undo.of_choice(words, project=project, act="restore", chosen=removed))


def _restore(request: HttpRequest, project: Project, chosen: Chosen, asked: dict[str, Any]) -> HttpResponse:
    choice.restore(project=project, chosen=chosen, by=request.user, now=clock.now())
    return answers.grid(request, project)


def _bring(request: HttpRequest, project: Project, chosen: Chosen, asked: dict[str, Any]) -> HttpResponse:
    slug = asked["model"] or takes.LOCAL
    if slug == takes.LOCAL:
        made = clips.animate_all(project=project, by=request.user, now=clock.now(), chosen=chosen)
        return _brought(request, project, made)
    return _bring_by(request, project, chosen, _model(project, slug), agreed=asked["cost"] or 0)


def _bring_by(
    request: HttpRequest, project: Project, chosen: Chosen, model: MotionModel, *, agreed: int
) -> HttpResponse:
    """A choice that cannot be carried out is kept: in its own bar, or in the section of the budget."""
    try:
        made = budget.bring(
            project=project, model=model, chosen=chosen, agreed=agreed, by=request.user, now=clock.now()
        )
    except budget.CostsMore as error:
        if answers.is_fragment(request):
            return _refused(request, project, model, notice=str(error))
        budget_views.keep(request, project, model, chosen)
        messages.info(request, str(error))
        return redirect(f"{reverse('projects:show', args=[project.pk])}#budget")
    except ledger.NotEnoughCredits as error:
        return _short(request, project, model, error)
    clips.announce(project)
    return _brought(request, project, len(made))


def _brought(request: HttpRequest, project: Project, made: int) -> HttpResponse:
    words = gettext("These are brought to life already, or may not be sent.")
    if made:
        words = ngettext(
            "{count} photo is being brought to life.", "{count} photos are being brought to life.", made
        ).format(count=made)
    return _done(request, project, undo.Undo(words))


def _short(
    request: HttpRequest, project: Project, model: MotionModel, error: ledger.NotEnoughCredits
) -> HttpResponse:
    short = billing_queries.short(error, back=reverse("projects:show", args=[project.pk]))
    if answers.is_fragment(request):
        return _refused(request, project, model, short=short)
    return render(request, "billing/short.html", {"short": short}, status=402)


def _refused(request: HttpRequest, project: Project, model: MotionModel, **words: Any) -> HttpResponse:
    """The clips as they are, what is chosen stays chosen, and the bar says why, with the prices of now."""
    return answers.grid(request, project, bar=True, bar_model=model.slug, **words)


def _done(request: HttpRequest, project: Project, told: undo.Undo) -> HttpResponse:
    response = answers.grid(request, project, undo=told)
    response["HX-Trigger"] = DONE
    return response


def _model(project: Project, slug: str) -> MotionModel:
    """One that is offered. Raises UnknownModel."""
    found = next((model for model in budget.offered(project) if model.slug == slug), None)
    if found is None:
        raise registry.UnknownModel
    return found


ACTS: dict[str, Callable[[HttpRequest, Project, Chosen, dict[str, Any]], HttpResponse]] = {
    "approve": _approve,
    "leave": _approve,
    "bring": _bring,
    "remove": _remove,
    "restore": _restore,
}
