"""How long the history of ended jobs is kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from jobs import registry
from jobs.models import JobEvent
from jobs.states import LIVE

KEPT = timedelta(days=90)
BATCH = 5_000


def sweep(*, now: datetime) -> int:
    """Remove old events of jobs that have ended or are gone; gives how many, at most BATCH of each kind."""
    removed = 0
    for model in registry.models():
        alive = model._base_manager.filter(pk=OuterRef("job_id"), state__in=LIVE)
        old = JobEvent.objects.filter(~Exists(alive), kind=model.kind, at__lt=now - KEPT)
        removed += JobEvent.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:BATCH])).delete()[0]
    return removed
