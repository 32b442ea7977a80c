"""What nobody needs any more is thrown away: uploads that never came, what a killed process left, exports of
last week, and objects that no row knows."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from echoes.kernel.storage import base as storages
from echoes.kernel.storage.local import PARTS
from library import exports, reconciling
from library.models import Ingest, Ticket

ABANDONED = timedelta(days=1)


def sweep(*, now: datetime) -> None:
    """Called by the clock now and then; doing it twice, or at two places at once, harms nothing."""
    _sweep_tickets(before=now - ABANDONED)
    _sweep_arrived(before=now - ABANDONED)
    exports.sweep(now=now)
    for folder in (settings.WORK_DIR, settings.MEDIA_DIR / PARTS):
        _sweep_folder(folder, before=(now - ABANDONED).timestamp())
    reconciling.sweep(now=now)


def _sweep_tickets(*, before: datetime) -> None:
    for ticket in Ticket.objects.filter(completed_at=None, created_at__lt=before)[:1000]:
        storages.get("photos").delete(ticket.key)
        ticket.delete()


def _sweep_arrived(*, before: datetime) -> None:
    """A worker that dies between the end of an ingest and the deletion leaves the upload behind."""
    for job in Ingest.objects.filter(finished_at__lt=before).exclude(key="")[:1000]:
        job.discard_arrived()


def _sweep_folder(folder: Path, *, before: float) -> None:
    for path in folder.iterdir() if folder.exists() else ():
        if path.stat().st_mtime >= before:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
