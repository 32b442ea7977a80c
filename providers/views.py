"""The staff's pages about trials of models, in the admin's look."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from accounts.access import staff_with
from billing.models import Cost
from echoes.kernel import clock
from echoes.kernel.errors import EchoesError
from echoes.kernel.storage import base as storages
from jobs.states import LIVE
from providers import access, staff
from providers.forms import TrialForm
from providers.models import Model, Trial

# How a page shows what was made, by the ending of its name.
SHOWN = {
    **dict.fromkeys(("mp4", "mov", "webm"), "film"),
    **dict.fromkeys(("png", "jpg", "jpeg", "webp"), "picture"),
    **dict.fromkeys(("mp3", "wav", "flac", "m4a", "ogg"), "sound"),
}


@staff_with(access.TRY)
@require_POST
def try_out(request: HttpRequest, slug: str) -> HttpResponse:
    model = access.get_model_or_404(slug)
    form = TrialForm(request.POST)
    if not form.is_valid():
        wrong = " ".join(map(str, form.errors["words"]))
        messages.error(request, gettext("Words: {wrong}").format(wrong=wrong))
        return redirect("admin:providers_model_change", model.pk)
    try:
        trial = staff.try_out(model=model, words=form.cleaned_data["words"], by=request.user, now=clock.now())
    except EchoesError as refusal:
        messages.error(request, str(refusal))
        return redirect("admin:providers_model_change", model.pk)
    return redirect("providers:trial", trial.pk)


@staff_with(access.SEE_TRIAL)
@require_safe
def trial(request: HttpRequest, pk: UUID) -> HttpResponse:
    """While it goes on, the page asks for itself again; whoever reads with scripts gets the part alone."""
    found = access.get_trial_or_404(pk)
    facts = _facts(found)
    name = "_trial" if request.headers.get("HX-Request") else "trial"
    title = gettext("Trial of {model}").format(model=facts["model"] or found.model)
    return _page(request, name, title=title, **facts)


@staff_with(access.CHANGE)
@require_POST
def use_as_sample(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = access.get_trial_or_404(pk)
    try:
        model = staff.use_as_sample(trial=found, by=request.user)
        messages.success(request, gettext("People see this beside {model} from now on.").format(model=model))
    except (EchoesError, Model.DoesNotExist) as refusal:
        messages.error(request, str(refusal))
    return redirect("providers:trial", found.pk)


def _facts(found: Trial) -> dict[str, Any]:
    costs = list(Cost.objects.filter(reference=f"{found.kind}:{found.pk}").order_by("pk"))
    link = storages.get("photos").signed_url(found.key, now=clock.now().timestamp()) if found.key else ""
    return {
        "trial": found,
        "model": Model.objects.filter(pk=found.model).first(),
        "is_live": found.state in LIVE,
        "link": link,
        "shown": SHOWN.get(found.key.rpartition(".")[2].lower(), "file"),
        "said": json.dumps(found.said, indent=2, ensure_ascii=False) if found.said else "",
        "took": _took(found),
        "costs": costs,
        "sum": sum((cost.usd for cost in costs), Decimal(0)),
    }


def _took(found: Trial) -> float | None:
    """Seconds from the asking to the end, with the waiting in between."""
    end = found.finished_at or (clock.now() if found.state in LIVE else None)
    return round((end - found.created_at).total_seconds(), 1) if end else None


def _page(request: HttpRequest, name: str, **context: Any) -> HttpResponse:
    return render(request, f"admin/providers/{name}.html", {**admin.site.each_context(request), **context})
