"""The list of what was sent to services, under a person's settings; the switch that keeps a photo here."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from echoes.kernel import clock
from library import access, sent
from providers import consent, registry


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    before = request.GET.get("before", "")
    found = sent.page(request.user, before=before, now=clock.now())
    context = {
        "sent": found,
        "before": before,
        "totals": sent.totals(request.user),
        "services": bool(registry.services()),
    }
    return render(request, "library/sent.html", context)


@require_safe
def summary(request: HttpRequest) -> HttpResponse:
    """A part of the settings; without script it leads to the page."""
    if not getattr(request, "htmx", False):
        return redirect("library:sent")
    context = {"totals": sent.totals(request.user), "services": bool(registry.services())}
    return render(request, "library/_sent_summary.html", context)


@require_POST
def withhold(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Never send this photo, or allow it again; then the list is shown where it was."""
    asset = access.get_asset_or_404(request.user, pk)
    if request.POST.get("never") == "1":
        consent.withhold(owner=request.user, what=consent.ASSET, subject=asset.pk, now=clock.now())
    else:
        consent.allow(owner=request.user, what=consent.ASSET, subject=asset.pk)
    before = request.POST.get("before", "")
    query = f"?{urlencode({'before': before})}" if before else ""
    return redirect(f"{reverse('library:sent')}{query}")
