"""What the addresses of clips answer: the grid or a card to a page with script, else the way back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from billing import ledger, pricing
from billing import queries as billing_queries
from clips import queries, takes
from clips import undo as undos
from clips.models import Clip
from clips.undo import Undo
from echoes.kernel import clock
from echoes.kernel.errors import EchoesError
from projects.models import Project


class NotUnderstood(EchoesError):
    """That was not understood. Please try again."""

    code = "not_understood"


def page(project: Project, *, now: datetime) -> dict[str, Any]:
    """What the grid shows; the project page includes the same fragment with the same context."""
    board = queries.board(project, now=now)
    summary = board.summary
    price_all = pricing.label(takes.price(project=project) * (summary.draft + summary.errors))
    return {
        "project": project,
        "clips": board.clips,
        "summary": summary,
        "options": board.options,
        "price_all": price_all,
    }


def grid(request: HttpRequest, project: Project, *, undo: Undo | None = None, **words: Any) -> HttpResponse:
    if not is_fragment(request):
        if undo:
            undos.keep(request, project, undo)
        return redirect("projects:show", project.pk)
    context = page(project, now=clock.now()) | {"told": undo} | words
    return render(request, "clips/_grid.html", context)


def card(request: HttpRequest, clip: Clip, *, changed: bool = False) -> HttpResponse:
    if not is_fragment(request):
        return redirect("projects:show", clip.project_id)
    context = {"clip": queries.card(clip, now=clock.now()), "project": clip.project}
    response = render(request, "clips/_card.html", context)
    if changed:
        response["HX-Trigger"] = "project:changed"
    return response


def short(
    request: HttpRequest, clip: Clip, error: ledger.NotEnoughCredits, *, prompt: str | None
) -> HttpResponse:
    """Not enough credits: what was written is kept, and the place where it was asked offers a pack."""
    if prompt is not None:
        takes.keep_prompt(clip=clip, prompt=prompt)
    back = f"{reverse('projects:show', args=[clip.project_id])}#clip-{clip.pk}"
    offer = billing_queries.short(error, back=back)
    if not is_fragment(request):
        return render(request, "billing/short.html", {"short": offer}, status=402)
    context = {"clip": queries.card(clip, now=clock.now()), "project": clip.project, "short": offer}
    return render(request, "clips/_card.html", context)


def clean(form: Any) -> dict[str, Any]:
    """Raises NotUnderstood."""
    if not form.is_valid():
        raise NotUnderstood(" ".join(str(error[0]) for error in form.errors.values()))
    cleaned: dict[str, Any] = form.cleaned_data
    return cleaned


def is_fragment(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", False))
