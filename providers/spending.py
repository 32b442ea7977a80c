"""What was spent at services in the last thirty days, beside each limit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext

from billing import costs
from billing.models import Cost
from providers.caps import PERIOD
from providers.models import Cap

NONE = Decimal(0)


@dataclass(frozen=True)
class Spent:
    """`who` has spent so much, with what is expected: for a limit of each, the one who has spent most."""

    cap: Cap
    usd: Decimal
    who: str = ""

    @property
    def share(self) -> Decimal:
        """Of the limit; nothing may be spent under a limit of nothing, so that one is used up by anything."""
        return self.usd / self.cap.usd if self.cap.usd else Decimal(self.usd > 0)


def beside_caps(*, now: datetime) -> list[Spent]:
    """As many queries for many limits as for one of each kind."""
    since = now - PERIOD
    caps = list(Cap.objects.select_related("user").order_by("scope", "user"))
    own = [cap.user_id for cap in caps if cap.user_id]
    theirs = _by("user", Cost.objects.filter(created_at__gte=since, user__in=own)) if own else {}
    return [_spent(cap, since, own, theirs) for cap in caps]


def _spent(cap: Cap, since: datetime, own: list[int], theirs: dict[Any, Decimal]) -> Spent:
    rows = Cost.objects.filter(created_at__gte=since)
    if cap.user_id:
        return Spent(cap, theirs.get(cap.user_id, NONE), str(cap.user))
    match cap.scope:
        case Cap.Scope.PERSON:
            who, usd = _most("user", rows.exclude(user=None).exclude(user__in=own))
            person = get_user_model().objects.filter(pk=who).first() if who else None
            return Spent(cap, usd, str(person or ""))
        case Cap.Scope.PROJECT:
            who, usd = _most("project", rows.exclude(project=None))
            return Spent(cap, usd, gettext("project {id}").format(id=who) if who else "")
    return Spent(cap, costs.spent(since=since), gettext("everybody together"))


def _by(column: str, rows: QuerySet[Cost]) -> dict[Any, Decimal]:
    return dict(rows.order_by().values_list(column).annotate(sum=Sum("usd")))


def _most(column: str, rows: QuerySet[Cost]) -> tuple[Any, Decimal]:
    found = rows.order_by().values_list(column).annotate(sum=Sum("usd")).order_by("-sum").first()
    return found or (None, NONE)
