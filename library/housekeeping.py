"""What nobody needs any more is thrown away: uploads that never came, what a killed process left, exports of
last week, and objects that no row knows."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce

from echoes.kernel.storage.local import PARTS
from library import exports, reconciling, uploads
from library.models import Ingest, Ticket

ABANDONED = timedelta(days=1)
# A form works for ten minutes, and who began to send it then may take a while.
FORMS_HAVE_COME = timedelta(hours=1)


def sweep(*, now: datetime) -> None:
    """Called by the clock now and then; doing it twice, or at two places at once, harms nothing."""
    _sweep_tickets(now=now)
    _sweep_arrived(before=now - ABANDONED)
    exports.sweep(now=now)
    for folder in (settings.WORK_DIR, settings.MEDIA_DIR / PARTS):
        _sweep_folder(folder, before=(now - ABANDONED).timestamp())
    reconciling.sweep(now=now)


def _sweep_tickets(*, now: datetime) -> None:
    """Those by which nothing has moved for a day, and those that were given up. A completed one may have let
    in a file once more, after its own was read."""
    idle = Q(idle_since__lt=now - ABANDONED) | Q(given_up_at__lt=now - FORMS_HAVE_COME)
    unread = Ingest.objects.filter(pk=OuterRef("pk")).exclude(key="")
    since = Coalesce("active_at", "created_at")
    for ticket in Ticket.objects.annotate(idle_since=since).filter(idle, ~Exists(unread))[:1000]:
        _sweep_ticket(ticket)


@transaction.atomic
def _sweep_ticket(ticket: Ticket) -> None:
    """Unless somebody does something with it at this moment."""
    same = {"pk": ticket.pk, "completed_at": ticket.completed_at, "active_at": ticket.active_at}
    if Ticket.objects.select_for_update(skip_locked=True).filter(**same).exists():
        uploads.discard(ticket)
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
