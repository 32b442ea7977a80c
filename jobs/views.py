"""The staff's pages about jobs, in the admin's look."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.access import staff_with
from echoes.kernel import clock
from echoes.kernel.errors import EchoesError
from jobs import access, queries, staff
from jobs import overview as engine
from jobs.forms import FilterForm
from jobs.models import Job
from jobs.states import State


@staff_with(access.VIEW)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    return _page(request, "overview", title=gettext("Jobs"), overview=engine.overview(now=clock.now()))


@staff_with(access.VIEW)
@require_safe
def all_jobs(request: HttpRequest) -> HttpResponse:
    form = FilterForm(request.GET)
    page = queries.jobs_page(form.wanted(), before=request.GET.get("before", ""), now=clock.now())
    return _page(request, "all", title=gettext("All jobs"), form=form, page=page)


@staff_with(access.VIEW)
@require_safe
def show(request: HttpRequest, kind: str, pk: UUID) -> HttpResponse:
    job = access.get_job_or_404(kind, pk)
    facts = queries.job_facts(job, now=clock.now())
    may_change = request.user.has_perm(access.CHANGE)
    return _page(request, "job", title=f"{kind} {str(pk)[:8]}", job=job, facts=facts, may_change=may_change)


@staff_with(access.CHANGE)
@require_POST
def retry(request: HttpRequest, kind: str, pk: UUID) -> HttpResponse:
    return _act(request, access.get_job_or_404(kind, pk), staff.retry)


@staff_with(access.CHANGE)
@require_POST
def cancel(request: HttpRequest, kind: str, pk: UUID) -> HttpResponse:
    return _act(request, access.get_job_or_404(kind, pk), staff.cancel)


SAID = {
    State.QUEUED: gettext_lazy("It is in the queue again."),
    State.CANCELLED: gettext_lazy("It is cancelled."),
    State.CANCELLING: gettext_lazy("Its worker has been asked to stop."),
}


def _act(request: HttpRequest, job: Job, verb: Callable[..., Job]) -> HttpResponse:
    """A refusal is shown on the job's own page, wherever the button was."""
    try:
        moved = verb(job=job, by=request.user, now=clock.now())
        messages.success(request, str(SAID[State(moved.state)]))
    except EchoesError as refusal:
        messages.error(request, str(refusal))
    return redirect("jobs:show", job.kind, job.pk)


def _page(request: HttpRequest, name: str, **context: Any) -> HttpResponse:
    return render(request, f"admin/jobs/{name}.html", {**admin.site.each_context(request), **context})
