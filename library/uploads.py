"""Files come in by ticket: straight from the browser to storage, then read in a sandbox by a job.

A small file is sent as a whole, by a form. A large one is sent in parts: links for some parts at a time, each
for exactly its bytes; what storage says has arrived is what counts, so anybody can go on where it stopped.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.formats import number_format
from django.utils.translation import gettext

from echoes.kernel.errors import EchoesError
from echoes.kernel.storage import base as storages
from jobs import fairness, lifecycle
from library import quota
from library.models import Ingest, Kind, Ticket

STORE = "photos"
MAX_NAME = 200
MAX_OPEN_TICKETS = 1000
LINKS_AT_ONCE = 100
NO_TAGS: Mapping[int, str] = MappingProxyType({})


class Refused(EchoesError):
    """This file cannot be uploaded."""

    code = "refused"


class NotArrived(EchoesError):
    """The file has not arrived. Please send it again."""

    code = "not_arrived"


class Ended(EchoesError):
    """This upload has ended. Please send the file again."""

    code = "ended"


# ---- from a browser -------------------------------------------------------------------------


def start(
    *, name: str, size: int, content_type: str, kind: str, by: Any, now: datetime
) -> tuple[Ticket, storages.Ticket | None]:
    """A ticket for one file, and the form that sends it; none for a large one, which is sent by `links`. Only
    its size is believed here, and storage holds it to that."""
    ticket = _new_ticket(name=name, size=size, content_type=content_type, kind=kind, by=by, now=now)
    if size < storages.PARTS_FROM:
        form = storages.get(STORE).ticket(
            ticket.key, content_type=content_type, max_bytes=size, now=now.timestamp()
        )
        return ticket, form
    try:
        ticket.multipart = storages.get(STORE).create_multipart(ticket.key, content_type=content_type)
    except BaseException:  # nothing can come by it, so it takes nobody's room
        ticket.delete()
        raise
    ticket.save(update_fields=["multipart"])
    return ticket, None


def links(*, ticket: Ticket, numbers: Collection[int], now: datetime) -> dict[int, str]:
    """Where to PUT these parts, {number: link}, for an hour."""
    if ticket.completed_at:
        raise Ended(gettext("This file has arrived already."))
    sizes = _sizes(ticket)
    for number in numbers:
        _require_part(number, sizes)
    if len(numbers) > LINKS_AT_ONCE:
        said = gettext("Ask for at most {count} parts at a time.")
        raise Refused(said.format(count=LINKS_AT_ONCE), code="too_many")
    Ticket.objects.filter(pk=ticket.pk).update(active_at=now)
    wanted = {number: sizes[number] for number in sorted(numbers)}
    return storages.get(STORE).part_urls(ticket.key, ticket.multipart, sizes=wanted, now=now.timestamp())


def arrived(ticket: Ticket) -> dict[int, storages.Part]:
    """The parts that storage has, {number: part}, in order; none for a file that is sent as a whole. Raises
    Ended."""
    if not ticket.multipart:
        return {}
    try:
        return storages.get(STORE).parts(ticket.key, ticket.multipart)
    except storages.Missing:
        raise Ended from None


@transaction.atomic
def complete(
    *, ticket: Ticket, by: Any, now: datetime, project: UUID | None = None, tags: Mapping[int, str] = NO_TAGS
) -> Ingest:
    """The browser says that the file is there: read it. Saying so twice gives the same job. Tags of parts,
    {number: tag}, need not be told; those that are must be the ones that storage has."""
    locked = _locked(ticket)
    if locked.completed_at:
        return Ingest.objects.get(pk=locked.pk)
    _require_arrived(locked, tags)
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
        priority=fairness.SOON,
    )
    return lifecycle.enqueue(job, by=by)


@transaction.atomic
def give_up(*, ticket: Ticket, now: datetime) -> None:
    """The file will not come: throw away what has arrived of it. A form still works for a while, so its
    ticket stays, and counts, until `library.housekeeping` has looked for what came by it."""
    locked = _locked(ticket)
    if locked.completed_at:
        raise Refused(gettext("This file has arrived already."), code="arrived")
    discard(locked)
    if locked.multipart:
        locked.delete()
    else:
        locked.given_up_at = now
        locked.save(update_fields=["given_up_at"])


def discard(ticket: Ticket) -> None:
    """Throw away what storage has by this ticket, if there is anything."""
    if ticket.multipart:
        storages.get(STORE).abort_multipart(ticket.key, ticket.multipart)
    storages.get(STORE).delete(ticket.key)


# ---- from this machine ----------------------------------------------------------------------


def bring(*, path: Path, kind: str, by: Any, now: datetime, project: UUID | None = None) -> Ingest:
    """A file of this machine, by the same way as an upload; raises Refused."""
    ticket = _new_ticket(name=path.name, size=path.stat().st_size, content_type="", kind=kind, by=by, now=now)
    storages.get(STORE).put(ticket.key, path)
    return complete(ticket=ticket, by=by, now=now, project=project)


# ---- what the job does first ----------------------------------------------------------------


def assemble(job: Ingest) -> None:
    """Make one object of what came in parts: of gigabytes that takes too long for a request. Done again after
    a crash it changes nothing."""
    ticket = Ticket.objects.filter(pk=job.pk).exclude(multipart="").first()
    if ticket is None:
        return
    store = storages.get(STORE)
    try:
        parts = store.parts(ticket.key, ticket.multipart)
    except storages.Missing:
        return  # it was made; if not, whoever reads it says so
    store.complete_multipart(ticket.key, ticket.multipart, [parts[number].tag for number in sorted(parts)])


# ---- how a ticket is made and checked -------------------------------------------------------


@transaction.atomic
def _new_ticket(*, name: str, size: int, content_type: str, kind: str, by: Any, now: datetime) -> Ticket:
    _check(name=name, size=size, kind=kind)
    quota.hold(by)
    _require_room(size, quota.use(by))
    number = uuid.uuid4()
    return Ticket.objects.create(
        id=number,
        owner=by,
        kind=kind,
        name=clean_name(name),
        key=f"{by.pk}/incoming/{number}",
        size=size,
        content_type=content_type,
        created_at=now,
    )


def _check(*, name: str, size: int, kind: str) -> None:
    if kind not in Kind.values:
        raise Refused(gettext("Echoes takes photos, videos and music."), code="unknown_kind")
    if not name.strip():
        raise Refused(gettext("This file has no name."), code="no_name")
    if size <= 0:
        raise Refused(gettext("This file is empty."), code="empty")
    limit = settings.VIDEO_MAX_BYTES if kind == Kind.VIDEO else settings.UPLOAD_MAX_BYTES
    if size > limit:
        said = gettext("This file is larger than {limit}.")
        raise Refused(said.format(limit=quota.amount(limit)), code="too_large")


def _require_room(size: int, use: quota.Use) -> None:
    if use.uploads >= MAX_OPEN_TICKETS:
        said = gettext("Too many uploads at once. Please let some finish first.")
        raise Refused(said, code="too_many")
    if size <= use.left:
        return
    all_of_it = quota.amount(settings.STORAGE_QUOTA_BYTES)
    if use.left <= 0:
        raise Refused(gettext("Your storage of {all} is full.").format(all=all_of_it), code="no_room")
    said = gettext("Your storage of {all} has room for {left} more, and this file has {size}.")
    left, wanted = quota.amount(use.left), quota.amount(size)
    raise Refused(said.format(all=all_of_it, left=left, size=wanted), code="no_room")


def _locked(ticket: Ticket) -> Ticket:
    """The ticket as it is now, ours until the transaction ends; raises Ended."""
    found = Ticket.objects.select_for_update().filter(pk=ticket.pk, given_up_at=None).first()
    if found is None:
        raise Ended
    return found


def _sizes(ticket: Ticket) -> dict[int, int]:
    if not ticket.multipart:
        raise Refused(gettext("This file is sent as a whole, not in parts."), code="no_parts")
    return storages.part_sizes(ticket.size)


def _require_part(number: int, sizes: Mapping[int, int]) -> None:
    if number not in sizes:
        said = gettext("This file has the parts 1 to {last}.")
        raise Refused(said.format(last=len(sizes)), code="no_such_part")


def _require_arrived(ticket: Ticket, tags: Mapping[int, str]) -> None:
    if ticket.multipart:
        _require_parts(ticket, tags)
        return
    try:
        size = storages.get(STORE).size(ticket.key)
    except storages.Missing:
        raise NotArrived from None
    if ticket.size and size != ticket.size:
        said = gettext("{some} of {all} bytes have arrived. Please send the file again.")
        some, all_of_it = (number_format(each, force_grouping=True) for each in (size, ticket.size))
        raise NotArrived(said.format(some=some, all=all_of_it))


def _require_parts(ticket: Ticket, tags: Mapping[int, str]) -> None:
    sizes, there = _sizes(ticket), arrived(ticket)
    whole = [number for number, size in sizes.items() if number in there and there[number].size == size]
    if len(whole) < len(sizes):
        said = gettext("{some} of {all} parts have arrived. Please send the rest.")
        raise NotArrived(said.format(some=len(whole), all=len(sizes)))
    for number, tag in tags.items():
        _require_part(number, sizes)
        if there[number].tag != tag.strip('"'):
            said = gettext("Part {number} is not the one that has arrived. Please send it again.")
            raise NotArrived(said.format(number=number))


def clean_name(name: str) -> str:
    """The last part of a path without control characters; any script is welcome."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(sign for sign in last if sign.isprintable()).strip()
    return (shown or "photo")[-MAX_NAME:]
