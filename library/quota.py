"""How much a person keeps here: what is in the library, and whatever may still arrive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.formats import number_format

from library.models import Asset, Ingest, Ticket

KIB = 1024


@dataclass(frozen=True)
class Use:
    """Bytes of originals that are kept, bytes that may still come, and how many uploads those are."""

    kept: int
    coming: int
    uploads: int

    @property
    def left(self) -> int:
        """Bytes for which there is room. Less than none, if the quota was made smaller meanwhile."""
        return int(settings.STORAGE_QUOTA_BYTES) - self.kept - self.coming


def use(by: Any) -> Use:
    """What somebody uses, in one query."""
    kept = Asset.objects.filter(owner=OuterRef("pk")).values("owner").values(total=Sum("size"))
    coming = _coming().filter(owner=OuterRef("pk")).values("owner")
    row = (
        get_user_model()
        ._base_manager.filter(pk=by.pk)
        .values_list(
            Coalesce(Subquery(kept), 0),
            Coalesce(Subquery(coming.values(total=Sum("size"))), 0),
            Coalesce(Subquery(coming.values(number=Count("pk"))), 0),
        )
        .get()
    )
    return Use(*map(int, row))


def hold(by: Any) -> None:
    """Until the transaction ends nobody else counts for this person, so that two uploads do not share one
    room. Their rows elsewhere can be written meanwhile."""
    get_user_model()._base_manager.select_for_update(no_key=True).get(pk=by.pk)


def _coming() -> QuerySet[Ticket]:
    """Uploads that are open, and those that have arrived and are not read yet."""
    unread = Ingest.objects.filter(pk=OuterRef("pk")).exclude(key="")
    return Ticket.objects.filter(Q(completed_at=None) | Exists(unread))


def amount(size: int) -> str:
    """Bytes in words, with one digit after the point at most."""
    number, unit = size / KIB, "KB"
    for larger in ("MB", "GB"):
        if number >= KIB:
            number, unit = number / KIB, larger
    return f"{number_format(f'{number:.1f}'.removesuffix('.0'))} {unit}"
