"""Files come in by ticket: straight from the browser to storage, then read in a sandbox by a job."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from echoes.kernel.errors import EchoesError
from echoes.kernel.storage import base as storages
from echoes.kernel.storage.base import TICKET_SECONDS
from jobs import lifecycle
from library.models import Ingest, Kind, Ticket

MAX_NAME = 200
MAX_OPEN_TICKETS = 1000


class Refused(EchoesError):
    """This file cannot be uploaded."""

    code = "refused"


class NotArrived(EchoesError):
    """The file has not arrived. Please send it again."""

    code = "not_arrived"


def start(
    *, name: str, size: int, content_type: str, kind: str, by: Any, now: datetime
) -> tuple[Ticket, storages.Ticket]:
    """A ticket for one file. Only its size is believed here, and storage holds it to that."""
    _check(name=name, size=size, kind=kind)
    fresh = now - timedelta(seconds=TICKET_SECONDS)
    if Ticket.objects.filter(owner=by, completed_at=None, created_at__gt=fresh).count() >= MAX_OPEN_TICKETS:
        raise Refused("Too many uploads at once. Please let some finish first.", code="too_many")
    ticket = _new_ticket(name=name, kind=kind, by=by, now=now)
    permission = storages.get("photos").ticket(
        ticket.key,
        content_type=content_type or "application/octet-stream",
        max_bytes=settings.UPLOAD_MAX_BYTES,
        now=now.timestamp(),
    )
    return ticket, permission


@transaction.atomic
def complete(*, ticket: Ticket, by: Any, now: datetime, project: UUID | None = None) -> Ingest:
    """The browser says that the file is there: read it. Saying so twice gives the same job."""
    locked = Ticket.objects.select_for_update().get(pk=ticket.pk)
    if locked.completed_at:
        return Ingest.objects.get(pk=locked.pk)
    if not storages.get("photos").exists(locked.key):
        raise NotArrived
    locked.completed_at = now
    locked.save(update_fields=["completed_at"])
    job = Ingest(
        id=locked.pk,
        owner=by,
        media_kind=locked.kind,
        name=locked.name,
        key=locked.key,
        project=project,
        created_at=locked.created_at,
    )
    return lifecycle.enqueue(job, by=by)


def bring(*, path: Path, kind: str, by: Any, now: datetime, project: UUID | None = None) -> Ingest:
    """A file of this machine, by the same way as an upload; raises Refused."""
    _check(name=path.name, size=path.stat().st_size, kind=kind)
    ticket = _new_ticket(name=path.name, kind=kind, by=by, now=now)
    storages.get("photos").put(ticket.key, path)
    return complete(ticket=ticket, by=by, now=now, project=project)


def _check(*, name: str, size: int, kind: str) -> None:
    if kind not in Kind.values:
        raise Refused("Echoes takes photos, videos and music.", code="unknown_kind")
    if not name.strip():
        raise Refused("This file has no name.", code="no_name")
    if size <= 0:
        raise Refused("This file is empty.", code="empty")
    if size > settings.UPLOAD_MAX_BYTES:
        limit = settings.UPLOAD_MAX_BYTES // (1024 * 1024)
        raise Refused(f"This file is larger than {limit} MB.", code="too_large")


def _new_ticket(*, name: str, kind: str, by: Any, now: datetime) -> Ticket:
    number = uuid.uuid4()
    return Ticket.objects.create(
        id=number,
        owner=by,
        kind=kind,
        name=clean_name(name),
        key=f"{by.pk}/incoming/{number}",
        created_at=now,
    )


def clean_name(name: str) -> str:
    """The last part of a path without control characters; any script is welcome."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(sign for sign in last if sign.isprintable()).strip()
    return (shown or "photo")[-MAX_NAME:]
