"""What the sheet of a clip asks for while it is open: ideas, and whether its photo may be sent. The answers
change parts of the sheet and leave it open; without script each form leads back to the project."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from clips import access, clips, glances, queries
from clips.models import Clip
from echoes.kernel import clock
from providers import consent


@require_http_methods(["GET", "HEAD", "POST"])
def ideas(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The chips; a POST asks for a closer look at the photo."""
    clip = access.get_clip_or_404(request.user, pk)
    if request.method == "POST":
        glances.ask(clip=clip, by=request.user, now=clock.now())
    return _part(request, clip, "clips/_ideas.html")


@require_POST
def withhold(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Never send this photo, or allow it again."""
    clip = access.get_clip_or_404(request.user, pk)
    if request.POST.get("never") == "1":
        consent.withhold(owner=request.user, what=consent.ASSET, subject=clip.asset_id, now=clock.now())
    else:
        consent.allow(owner=request.user, what=consent.ASSET, subject=clip.asset_id)
    clips.announce(clip.project)
    return _part(request, clip, "clips/_choice.html", swapped=True)


def _part(request: HttpRequest, clip: Clip, template: str, *, swapped: bool = False) -> HttpResponse:
    if not getattr(request, "htmx", False):
        return redirect("projects:show", clip.project_id)
    context = {"clip": queries.card(clip, now=clock.now()), "project": clip.project, "swapped": swapped}
    return render(request, template, context)
