"""What nobody needs any more is thrown away: uploads that never came, work that a killed process left."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta

from django.conf import settings

from echoes.kernel.storage import base as storages
from library.models import Ticket

ABANDONED = timedelta(days=1)


def sweep(*, now: datetime) -> None:
    """Called by the clock now and then; doing it twice, or at two places at once, harms nothing."""
    _sweep_tickets(before=now - ABANDONED)
    _sweep_work(before=(now - ABANDONED).timestamp())


def _sweep_tickets(*, before: datetime) -> None:
    for ticket in Ticket.objects.filter(completed_at=None, created_at__lt=before)[:1000]:
        storages.get("photos").delete(ticket.key)
        ticket.delete()


def _sweep_work(*, before: float) -> None:
    if not settings.WORK_DIR.exists():
        return
    for path in settings.WORK_DIR.iterdir():
        if path.stat().st_mtime < before:
            shutil.rmtree(path, ignore_errors=True)
