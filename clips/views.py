"""Fragments of the project page that show and change clips; without script each form leads back to it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_POST

from billing import ledger
from clips import access, answers, clips, queries, sequence, takes, trimming, undo
from clips.cards import TakeCard
from clips.forms import ApprovalForm, OrderForm, PositionForm, TakeForm, TrimForm
from echoes.kernel import clock
from library import access as library_access
from library import api
from library.models import Kind
from projects import access as project_access
from projects.models import Project


@require_GET
def grid(request: HttpRequest, pk: UUID) -> HttpResponse:
    return answers.grid(request, project_access.get_project_or_404(request.user, pk))


@require_GET
def reading(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How many files are being read, alone: the empty page asks whenever one of them moves."""
    project = project_access.get_project_or_404(request.user, pk)
    if not answers.is_fragment(request):
        return redirect("projects:show", project.pk)
    context = {"project": project, "reading": queries.reading(project)}
    return render(request, "projects/_reading.html", context)


@require_GET
def card(request: HttpRequest, pk: UUID) -> HttpResponse:
    return answers.card(request, access.get_clip_or_404(request.user, pk))


@require_GET
def take_list(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Every take; with `with`, that one beside the one that is used."""
    clip = access.get_clip_or_404(request.user, pk)
    found = queries.take_cards(clip, now=clock.now())
    context = {
        "clip": queries.card(clip, now=clock.now()),
        "takes": found,
        "pair": _pair(found, request.GET.get("with", "")),
        "project": clip.project,
    }
    return render(request, "clips/_takes.html", context)


def _pair(found: list[TakeCard], other: str) -> list[TakeCard]:
    """In the order in which they were made; nothing where there are not two."""
    pair = [take for take in found if take.video_url and (take.chosen or str(take.id) == other)]
    return pair[::-1] if len(pair) == 2 else []


@require_POST
def animate(request: HttpRequest, pk: UUID) -> HttpResponse:
    clip = access.get_clip_or_404(request.user, pk)
    asked = answers.clean(TakeForm(request.POST))
    prompt = asked["prompt"] if "prompt" in request.POST else None
    model = asked["model"] or takes.LOCAL
    try:
        takes.request(
            clip=clip, by=request.user, now=clock.now(), prompt=prompt, model=model, seed=asked["seed"]
        )
    except ledger.NotEnoughCredits as error:
        return answers.short(request, clip, error, prompt=prompt)
    return answers.card(request, clip)


@require_POST
def cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    clip = access.get_clip_or_404(request.user, pk)
    takes.cancel_live(clip=clip, by=request.user, now=clock.now())
    return answers.card(request, clip)


@require_POST
def approve(request: HttpRequest, pk: UUID) -> HttpResponse:
    clip = access.get_clip_or_404(request.user, pk)
    clips.approve(clip=clip, approved=answers.clean(ApprovalForm(request.POST))["approved"], now=clock.now())
    return answers.card(request, clip, changed=True)


@require_POST
def choose_take(request: HttpRequest, pk: UUID, take: UUID) -> HttpResponse:
    clip = access.get_clip_or_404(request.user, pk)
    takes.choose(clip=clip, take=access.get_take_or_404(clip, take), now=clock.now())
    return answers.card(request, clip, changed=True)


@require_POST
def trim(request: HttpRequest, pk: UUID) -> HttpResponse:
    clip = access.get_clip_or_404(request.user, pk)
    asked = answers.clean(TrimForm(request.POST))
    begins, ends = (0, trimming.LONGEST) if asked["whole"] else (asked["begins"], asked["ends"])
    trimming.trim(clip=clip, begins=begins, ends=ends, now=clock.now())
    return answers.card(request, clip, changed=True)


@require_POST
def move(request: HttpRequest, pk: UUID) -> HttpResponse:
    clip = access.get_clip_or_404(request.user, pk)
    asked = answers.clean(PositionForm(request.POST))
    clips.move(clip=clip, position=asked["position"], along=asked["along"], now=clock.now())
    return answers.grid(request, clip.project)


@require_POST
def remove(request: HttpRequest, pk: UUID) -> HttpResponse:
    clip = access.get_clip_or_404(request.user, pk)
    clips.remove(clip=clip, by=request.user, now=clock.now())
    return answers.grid(request, clip.project, undo=undo.of_removal(clip))


@require_POST
def restore(request: HttpRequest, pk: UUID) -> HttpResponse:
    clip = access.get_removed_clip_or_404(request.user, pk)
    clips.restore(clip=clip, by=request.user, now=clock.now())
    return answers.grid(request, clip.project)


@require_POST
def animate_all(request: HttpRequest, pk: UUID) -> HttpResponse:
    project = project_access.get_project_or_404(request.user, pk)
    clips.animate_all(project=project, by=request.user, now=clock.now())
    return answers.grid(request, project)


@require_POST
def approve_all(request: HttpRequest, pk: UUID) -> HttpResponse:
    project = project_access.get_project_or_404(request.user, pk)
    under = [each for fold in queries.folds(project) for each in fold.under]
    changed = clips.approve_all(project=project, now=clock.now(), but=under)
    said = ngettext("{count} clip is in the film now.", "{count} clips are in the film now.", len(changed))
    words = said.format(count=len(changed))
    if under:
        words += " " + gettext("Of those that look alike, only the best.")
    told = undo.of_choice(words, project=project, act="leave", chosen=changed)
    return answers.grid(request, project, undo=told)


@require_POST
def order(request: HttpRequest, pk: UUID) -> HttpResponse:
    """By the time taken, shuffled, or as it was before one of the two."""
    project = project_access.get_project_or_404(request.user, pk)
    asked = answers.clean(OrderForm(request.POST))
    if asked["how"] == "put":
        sequence.put(project=project, order=asked["order"], now=clock.now())
        return answers.grid(request, project)
    arrange = sequence.shuffle if asked["how"] == "shuffle" else sequence.by_time
    before = arrange(project=project, now=clock.now())
    return answers.grid(request, project, undo=_of_order(project, asked["how"], before))


def _of_order(project: Project, how: str, before: sequence.Order) -> undo.Undo:
    if before == sequence.present(project):
        return undo.Undo(gettext("The clips stand in that order already."))
    shuffled = how == "shuffle"
    words = gettext("The clips are shuffled.") if shuffled else gettext("The oldest photo comes first now.")
    return undo.of_order(words, project=project, before=before)


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
