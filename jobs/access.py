"""Who may see everybody's jobs: staff with a permission. Each kind's app decides what a customer sees."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import Http404
from django.shortcuts import get_object_or_404

from jobs import registry
from jobs.models import Job

VIEW = "jobs.view_jobevent"
CHANGE = "jobs.change_jobevent"


def get_job_or_404(kind: str, pk: UUID) -> Job:
    if kind not in settings.JOB_KINDS:
        raise Http404
    return get_object_or_404(registry.model(kind)._base_manager.select_related("owner"), pk=pk)
