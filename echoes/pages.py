"""The two pages that are made of several apps: the dashboard, and a project with its clips."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from clips import budget_views
from clips import views as clip_views
from compiler import queries as film_queries
from echoes import dashboard as cards
from echoes.kernel import clock, shapes
from projects import access
from projects.forms import ProjectForm
from projects.models import Project
from providers import consent, registry


@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    search = "".join(sign for sign in request.GET.get("q", "") if sign.isprintable()).strip()[:100]
    page = cards.page(request.user, number=request.GET.get("page", "1"), search=search, now=now)
    context = {
        "cards": page.object_list,
        "page_obj": page,
        "search": search,
        "films": film_queries.recent_films(request.user, now=now),
        "aspects": shapes.CHOICES,
        "form": ProjectForm(),
    }
    return render(request, "projects/dashboard.html", context)


@require_safe
def project_films(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The films of a project alone: its page asks for them whenever one of them moves."""
    found = access.get_project_or_404(request.user, pk)
    if not getattr(request, "htmx", False):
        return redirect("projects:show", found.pk)
    context = {"project": found, "films": film_queries.films_of(found, now=clock.now())}
    return render(request, "projects/_films.html", context)


@require_safe
def project(request: HttpRequest, pk: UUID) -> HttpResponse:
    now = clock.now()
    found = access.get_project_or_404(request.user, pk)
    context = {
        **clip_views.page(found, now=now),
        **budget_views.page(request, found, now=now),
        "films": film_queries.films_of(found, now=now),
        "uploads_url": reverse("clips:photos", args=[found.pk]),
        "aspects": shapes.CHOICES,
        **_privacy(found),
    }
    return render(request, "projects/show.html", context)


def _privacy(found: Project) -> dict[str, bool]:
    """Whether there are services to which something could be sent, and whether that is forbidden."""
    if not registry.services():
        return {"services": False, "project_withheld": False}
    never = consent.withheld(owner=found.owner_id, subjects=[found.pk])
    return {"services": True, "project_withheld": found.pk in never}
