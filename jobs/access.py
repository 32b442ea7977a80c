"""Who may see everybody's jobs: staff with a permission. Each kind's app decides what a customer sees."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache

from jobs import registry
from jobs.models import Job

VIEW = "jobs.view_jobevent"
CHANGE = "jobs.change_jobevent"

View = Callable[..., HttpResponseBase]


def staff_with(permission: str) -> Callable[[View], View]:
    """Let in staff who have the permission; whoever is signed out is sent to sign in, as everywhere."""

    def decorate(view: View) -> View:
        @never_cache
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            user = request.user
            if not (user.is_active and user.is_staff and user.has_perm(permission)):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def get_job_or_404(kind: str, pk: UUID) -> Job:
    if kind not in settings.JOB_KINDS:
        raise Http404
    return get_object_or_404(registry.model(kind)._base_manager.select_related("owner"), pk=pk)
