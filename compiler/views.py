"""The finish page, the preview's document, and the page of a film."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clips import queries as clip_queries
from compiler import access, films, making, queries
from compiler.forms import LENGTHS, FinishForm
from compiler.models import Film, Finish
from compiler.presets import TRANSITIONS
from echoes.kernel import clock
from jobs import lifecycle
from library import tracks
from projects import access as project_access
from projects.models import Project


@require_http_methods(["GET", "HEAD", "POST"])
def finish(request: HttpRequest, pk: UUID) -> HttpResponse:
    project = project_access.get_project_or_404(request.user, pk)
    if request.method == "POST":
        return _save_finish(request, project)
    form = FinishForm(initial=_initial(project), shelf=tracks.visible_to(request.user))
    return _finish_page(request, project, form)


@require_GET
def preview(request: HttpRequest, pk: UUID) -> JsonResponse:
    project = project_access.get_project_or_404(request.user, pk)
    document = queries.preview(project=project, finish=films.finish_of(project), now=clock.now())
    response = JsonResponse(document)
    response["Cache-Control"] = "private, no-store"
    return response


@require_GET
def shelf(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The shelf of music again, for a page on which a track has just become ready."""
    project = project_access.get_project_or_404(request.user, pk)
    form = FinishForm(initial=_initial(project), shelf=tracks.visible_to(request.user))
    context = {"project": project, "form": form, "tracks": queries.shelf(request.user, now=clock.now())}
    return render(request, "compiler/_shelf.html", context)


@require_GET
def film(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _film(request, access.get_film_or_404(request.user, pk), "compiler/film.html")


@require_GET
def film_fragment(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _film(request, access.get_film_or_404(request.user, pk), "compiler/_film.html")


@require_POST
def cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = access.get_film_or_404(request.user, pk)
    lifecycle.cancel(found, by=request.user, now=clock.now())
    return _film_or_back(request, found)


@require_POST
def retry(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = access.get_film_or_404(request.user, pk)
    made = films.retry(film=found, by=request.user, now=clock.now())
    return _film_or_back(request, made)


@require_POST
def delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = access.get_film_or_404(request.user, pk)
    films.remove(film=found, by=request.user, now=clock.now())
    return redirect("projects:show", found.project_id)


def _save_finish(request: HttpRequest, project: Project) -> HttpResponse:
    form = FinishForm(request.POST, shelf=tracks.visible_to(request.user))
    if not form.is_valid():
        return _finish_page(request, project, form, status=422)
    chosen = form.cleaned_data
    now = clock.now()
    films.save_finish(
        project=project,
        title=chosen["title"],
        subtitle=chosen["subtitle"],
        transition=chosen["transition"],
        transition_frames=form.transition_frames(fps=project.fps),
        track=chosen["music"],
        volume=chosen["volume"],
        now=now,
    )
    if "make" in request.POST:
        made = films.make(project=project, by=request.user, now=now)
        return redirect("compiler:film", made[0].pk)
    if getattr(request, "htmx", False):
        return render(request, "compiler/_estimate.html", _estimate(project, now=now))
    return redirect("compiler:finish", project.pk)


def _finish_page(
    request: HttpRequest, project: Project, form: FinishForm, *, status: int = 200
) -> HttpResponse:
    now = clock.now()
    tracks.ensure_catalogue(by=request.user)
    approved = [card for card in clip_queries.cards(project, now=now) if card.approved]
    context = {
        "project": project,
        "form": form,
        "tracks": queries.shelf(request.user, now=now),
        "transitions": TRANSITIONS,
        "lengths": LENGTHS,
        "approved": approved,
        "preview_url": reverse("compiler:preview", args=[project.pk]),
        "uploads_url": reverse("library:uploads"),
        "films": queries.films_of(project, now=now),
        **_estimate(project, now=now),
    }
    return render(request, "compiler/finish.html", context, status=status)


def _estimate(project: Project, *, now: datetime) -> dict[str, Any]:
    """What the film would be. Its pieces are begun meanwhile, so that `Make film` has little left to do."""
    clips = films.approved_clips(project)
    if not clips:
        return {"estimate_label": ""}
    finish = films.finish_of(project)
    timeline = films.timeline_of(project=project, finish=finish, clips=clips)
    making.ahead(project=project, finish=finish, clips=clips, now=now)
    return {"estimate_label": queries.estimate(timeline)}


def _initial(project: Project) -> dict[str, Any]:
    chosen: Finish = films.finish_of(project)
    seconds = f"{chosen.transition_frames / project.fps:g}"
    known = {value for value, _ in LENGTHS}
    return {
        "title": chosen.title,
        "subtitle": chosen.subtitle,
        "transition": chosen.transition,
        "transition_seconds": seconds if seconds in known else "0.5",
        "music": chosen.track_id,
        "volume": chosen.volume,
    }


def _film(request: HttpRequest, found: Film, template: str) -> HttpResponse:
    return render(request, template, {"film": queries.film_view(found, now=clock.now())})


def _film_or_back(request: HttpRequest, found: Film) -> HttpResponse:
    if getattr(request, "htmx", False):
        found.refresh_from_db()
        return _film(request, found, "compiler/_film.html")
    return redirect("compiler:film", found.pk)
