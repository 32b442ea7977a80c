"""The page of a film, and what can be done with one. Without script each form leads back to the page."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from compiler import access, film_page, films, posters
from compiler.models import Film
from echoes.kernel import clock
from echoes.kernel.errors import EchoesError
from jobs import lifecycle

OURS = "ours"
"""What stands in a form for our own choice of a picture."""


class NotUnderstood(EchoesError):
    """That was not understood. Please try again."""

    code = "not_understood"


class MomentForm(forms.Form):
    """A cell of the film's sheet, `ours`, or a frame, which counts more than the cell beside it."""

    cell = forms.RegexField(r"^(\d{1,3}|ours)$", required=False)
    frame = forms.IntegerField(min_value=0, max_value=10_000_000, required=False)


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
def again(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Make the film of what is chosen in the project now."""
    found = access.get_film_or_404(request.user, pk)
    aspect = found.timeline["aspect"]
    made = films.make(project=found.project, by=request.user, now=clock.now(), including=aspect)
    return redirect("compiler:film", next(each for each in made if each.timeline["aspect"] == aspect).pk)


@require_POST
def poster(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Choose the picture that stands for the film."""
    found = access.get_film_or_404(request.user, pk)
    form = MomentForm(request.POST)
    if not form.is_valid() or not any(value not in ("", None) for value in form.cleaned_data.values()):
        raise NotUnderstood
    cell, frame = form.cleaned_data["cell"], form.cleaned_data["frame"]
    is_cell = frame is None and cell != OURS
    posters.choose(
        film=found, by=request.user, now=clock.now(), cell=int(cell) if is_cell else None, frame=frame
    )
    return _film_or_back(request, found, to="#picture")


@require_POST
def delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = access.get_film_or_404(request.user, pk)
    films.remove(film=found, by=request.user, now=clock.now())
    said = gettext("The film “{title}” is removed.").format(title=found.title)
    messages.info(request, said, extra_tags=f"film:{found.pk}")
    return redirect("projects:show", found.project_id)


@require_POST
def restore(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = access.get_removed_film_or_404(request.user, pk)
    return redirect("compiler:film", films.restore(film=found).pk)


def _film(request: HttpRequest, found: Film, template: str) -> HttpResponse:
    return render(request, template, film_page.page(found, now=clock.now()))


def _film_or_back(request: HttpRequest, found: Film, *, to: str = "") -> HttpResponse:
    if getattr(request, "htmx", False):
        found.refresh_from_db()
        return _film(request, found, "compiler/_film.html")
    return redirect(reverse("compiler:film", args=[found.pk]) + to)
