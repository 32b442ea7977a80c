"""Forms that change a project. Its pages are composed in `echoes.pages`."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from echoes.kernel import clock
from projects import access, projects
from projects.forms import ProjectForm, TitleForm


@require_POST
def create(request: HttpRequest) -> HttpResponse:
    form = ProjectForm(request.POST)
    form.full_clean()
    chosen = getattr(form, "cleaned_data", {})
    made = projects.create(
        title=chosen.get("title", ""),
        aspect=chosen.get("aspect") or "16:9",
        by=request.user,
        now=clock.now(),
    )
    return redirect("projects:show", made.pk)


@require_POST
def rename(request: HttpRequest, pk: UUID) -> HttpResponse:
    project = access.get_project_or_404(request.user, pk)
    form = TitleForm(request.POST)
    if form.is_valid():
        projects.rename(project=project, title=form.cleaned_data["title"], now=clock.now())
    if getattr(request, "htmx", False):
        return render(request, "projects/_title.html", {"project": project})
    return redirect("projects:show", project.pk)


@require_POST
def withhold(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Never send anything of this project, or allow it again."""
    project = access.get_project_or_404(request.user, pk)
    never = request.POST.get("never") == "1"
    projects.keep_here(project=project, never=never, now=clock.now())
    if getattr(request, "htmx", False):
        context = {"project": project, "services": True, "project_withheld": never}
        return render(request, "projects/_privacy.html", context)
    return redirect("projects:show", project.pk)


@require_POST
def delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    project = access.get_project_or_404(request.user, pk)
    projects.remove(project=project, now=clock.now())
    words = gettext("“{title}” is removed.").format(title=project.title)
    messages.info(request, words, extra_tags=f"undo:{project.pk}")
    return redirect("projects:dashboard")


@require_POST
def restore(request: HttpRequest, pk: UUID) -> HttpResponse:
    project = access.get_removed_project_or_404(request.user, pk)
    projects.restore(project=project)
    return redirect("projects:show", project.pk)
