"""Fragments of the project page that show and change clips; without script each form leads back to it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from billing import ledger, pricing
from billing import queries as billing_queries
from clips import access, clips, queries, takes
from clips.forms import ApprovalForm, PositionForm, TakeForm
from clips.models import Clip
from echoes.kernel import clock
from echoes.kernel.errors import EchoesError
from library import access as library_access
from library import api
from library.models import Kind
from projects import access as project_access
from projects.models import Project


class NotUnderstood(EchoesError):
    """That was not understood. Please try again."""

    code = "not_understood"


@require_GET
def grid(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _grid(request, project_access.get_project_or_404(request.user, pk))


@require_GET
def card(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _card(request, access.get_clip_or_404(request.user, pk))


@require_GET
def take_list(request: HttpRequest, pk: UUID) -> HttpResponse:
    clip = access.get_clip_or_404(request.user, pk)
    found = queries.take_cards(clip, now=clock.now())
    context = {"clip": queries.card(clip, now=clock.now()), "takes": found, "project": clip.project}
    return render(request, "clips/_takes.html", context)


@require_POST
def animate(request: HttpRequest, pk: UUID) -> HttpResponse:
    clip = access.get_clip_or_404(request.user, pk)
    asked = _clean(TakeForm(request.POST))
    prompt = asked["prompt"] if "prompt" in request.POST else None
    model = asked["model"] or takes.LOCAL
    try:
        takes.request(
            clip=clip, by=request.user, now=clock.now(), prompt=prompt, model=model, seed=asked["seed"]
        )
    except ledger.NotEnoughCredits as error:
        return _short(request, clip, error, prompt=prompt)
    return _card(request, clip)


@require_POST
def cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    clip = access.get_clip_or_404(request.user, pk)
    takes.cancel_live(clip=clip, by=request.user, now=clock.now())
    return _card(request, clip)


@require_POST
def approve(request: HttpRequest, pk: UUID) -> HttpResponse:
    clip = access.get_clip_or_404(request.user, pk)
    clips.approve(clip=clip, approved=_clean(ApprovalForm(request.POST))["approved"], now=clock.now())
    return _card(request, clip, changed=True)


@require_POST
def choose_take(request: HttpRequest, pk: UUID, take: UUID) -> HttpResponse:
    clip = access.get_clip_or_404(request.user, pk)
    takes.choose(clip=clip, take=access.get_take_or_404(clip, take), now=clock.now())
    return _card(request, clip, changed=True)


@require_POST
def move(request: HttpRequest, pk: UUID) -> HttpResponse:
    clip = access.get_clip_or_404(request.user, pk)
    clips.move(clip=clip, position=_clean(PositionForm(request.POST))["position"], now=clock.now())
    return _grid(request, clip.project)


@require_POST
def remove(request: HttpRequest, pk: UUID) -> HttpResponse:
    clip = access.get_clip_or_404(request.user, pk)
    clips.remove(clip=clip, by=request.user, now=clock.now())
    return _grid(request, clip.project, removed=clip)


@require_POST
def restore(request: HttpRequest, pk: UUID) -> HttpResponse:
    clip = access.get_removed_clip_or_404(request.user, pk)
    clips.restore(clip=clip, by=request.user, now=clock.now())
    return _grid(request, clip.project)


@require_POST
def animate_all(request: HttpRequest, pk: UUID) -> HttpResponse:
    project = project_access.get_project_or_404(request.user, pk)
    clips.animate_all(project=project, by=request.user, now=clock.now())
    return _grid(request, project)


@require_POST
def approve_all(request: HttpRequest, pk: UUID) -> HttpResponse:
    project = project_access.get_project_or_404(request.user, pk)
    clips.approve_all(project=project, now=clock.now())
    return _grid(request, project)


@require_POST
@api.json_errors
def photo_start(request: HttpRequest, pk: UUID) -> JsonResponse:
    """A ticket for a photo that will join this project."""
    project = project_access.get_project_or_404(request.user, pk)

    def complete(ticket: UUID) -> str:
        return reverse("clips:photo_complete", args=[project.pk, ticket])

    return api.start(request, kind=Kind.PHOTO, complete=complete)


@require_POST
@api.json_errors
def photo_complete(request: HttpRequest, pk: UUID, ticket: UUID) -> JsonResponse:
    project = project_access.get_project_or_404(request.user, pk)
    found = library_access.get_ticket_or_404(request.user, ticket)
    ingest = clips.bring(
        project=project, ticket=found, by=request.user, now=clock.now(), tags=api.tags(request)
    )
    return api.described(ingest, status=202)


def page(project: Project, *, now: Any) -> dict[str, Any]:
    """What the grid shows; the project page includes the same fragment with the same context."""
    found = queries.cards(project, now=now)
    summary = queries.summary(found)
    price_all = pricing.label(takes.price(project=project) * (summary.draft + summary.errors))
    return {"project": project, "clips": found, "summary": summary, "price_all": price_all}


def _grid(request: HttpRequest, project: Project, *, removed: Clip | None = None) -> HttpResponse:
    if not _is_fragment(request):
        return redirect("projects:show", project.pk)
    context = page(project, now=clock.now()) | {"removed": removed}
    return render(request, "clips/_grid.html", context)


def _card(request: HttpRequest, clip: Clip, *, changed: bool = False) -> HttpResponse:
    if not _is_fragment(request):
        return redirect("projects:show", clip.project_id)
    context = {"clip": queries.card(clip, now=clock.now()), "project": clip.project}
    response = render(request, "clips/_card.html", context)
    if changed:
        response["HX-Trigger"] = "project:changed"
    return response


def _short(
    request: HttpRequest, clip: Clip, error: ledger.NotEnoughCredits, *, prompt: str | None
) -> HttpResponse:
    """Not enough credits: what was written is kept, and the place where it was asked offers a pack."""
    if prompt is not None:
        takes.keep_prompt(clip=clip, prompt=prompt)
    back = f"{reverse('projects:show', args=[clip.project_id])}#clip-{clip.pk}"
    short = billing_queries.short(error, back=back)
    if not _is_fragment(request):
        return render(request, "billing/short.html", {"short": short}, status=402)
    context = {"clip": queries.card(clip, now=clock.now()), "project": clip.project, "short": short}
    return render(request, "clips/_card.html", context)


def _is_fragment(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", False))


def _clean(form: Any) -> dict[str, Any]:
    if not form.is_valid():
        raise NotUnderstood(" ".join(str(error[0]) for error in form.errors.values()))
    cleaned: dict[str, Any] = form.cleaned_data
    return cleaned
