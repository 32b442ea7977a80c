"""What was earned and what it cost: credits that were captured, money that came in, dollars that providers
asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import TruncMonth

from billing import money
from billing.models import Account, Cost, Hold, Purchase

MONTHS = 12


@dataclass(frozen=True)
class Row:
    """One model in one month. `per_credit` is what a credit's worth of it cost us."""

    month: datetime
    model: str
    earned: int  # credits
    jobs: int
    redos: int
    cost: Decimal  # US dollars
    wasted: Decimal  # of them, for what came to nothing
    per_credit: Decimal | None


@dataclass(frozen=True)
class Totals:
    """What stands in the books today."""

    balances: int
    held: int
    owed: int
    sold: int
    income: list[str]


def by_month(*, now: datetime) -> list[Row]:
    """The last twelve months, the newest first."""
    since = (now - timedelta(days=31 * (MONTHS - 1))).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0
    )
    earned = {_key(row): row for row in _earned(since)}
    spent = {_key(row): row for row in _spent(since)}
    keys = sorted(set(earned) | set(spent), key=lambda key: (-key[0].timestamp(), key[1]))
    return [_row(key, earned.get(key, {}), spent.get(key, {})) for key in keys]


def totals() -> Totals:
    accounts = Account.objects.aggregate(balances=Sum("balance", default=0), owed=Sum("debt", default=0))
    held = Hold.objects.filter(status=Hold.Status.OPEN).aggregate(held=Sum("amount", default=0))
    paid = Purchase.objects.filter(status=Purchase.Status.PAID)
    kept = F("credits") - F("refunded_credits") - F("disputed_credits")
    income = paid.values("currency").annotate(kept=Sum(F("total") - F("refunded") - F("disputed")))
    return Totals(
        **accounts,
        **held,
        sold=paid.aggregate(sold=Sum(kept, default=0))["sold"],
        income=[money.label(row["kept"], row["currency"]) for row in income.order_by("currency")],
    )


def _earned(since: datetime) -> Iterable[Any]:
    captured = Hold.objects.filter(status=Hold.Status.CAPTURED, ended_at__gte=since)
    return (
        captured.annotate(month=TruncMonth("ended_at"))
        .values("month", "model")
        .annotate(earned=Sum("amount"), jobs=Count("pk"), free=Count("pk", filter=Q(amount=0)))
    )


def _spent(since: datetime) -> Iterable[Any]:
    return (
        Cost.objects.filter(created_at__gte=since)
        .annotate(month=TruncMonth("created_at"))
        .values("month", "model")
        .annotate(cost=Sum("usd"), wasted=Sum("usd", filter=Q(delivered=False), default=Decimal(0)))
    )


def _key(row: dict[str, Any]) -> tuple[datetime, str]:
    return row["month"], row["model"]


def _row(key: tuple[datetime, str], earned: dict[str, Any], spent: dict[str, Any]) -> Row:
    cost, credits = spent.get("cost", Decimal(0)), earned.get("earned", 0)
    return Row(
        month=key[0],
        model=key[1],
        earned=credits,
        jobs=earned.get("jobs", 0),
        redos=earned.get("free", 0),
        cost=cost,
        wasted=spent.get("wasted", Decimal(0)),
        per_credit=cost / credits if credits else None,
    )
