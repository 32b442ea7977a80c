"""What providers ask of us, per job, delivered or not.

Before something is sent, the most that it may cost is written down; when the provider answers, what it did.
What is cancelled keeps the estimate where nobody says more. Call these outside the transaction that ends the
job, so that what they write stays when the job comes to nothing.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Sum

from billing.models import Cost


def record(*, reference: str, charge: str, model: str, usd: Decimal, delivered: bool, now: datetime) -> Cost:
    """Write a cost down once: the same charge of the same job a second time changes nothing."""
    cost, _ = Cost.objects.get_or_create(
        reference=reference,
        charge=charge,
        defaults={"model": model, "usd": usd, "delivered": delivered, "created_at": now},
    )
    return cost


def expect(
    *, reference: str, charge: str, model: str, usd: Decimal, user: Any, project: UUID | None, now: datetime
) -> Cost:
    """Write down the most that something may cost that is about to be sent."""
    cost, _ = Cost.objects.update_or_create(
        reference=reference,
        charge=charge,
        estimated=True,
        defaults={
            "model": model,
            "usd": usd,
            "delivered": False,
            "user": user,
            "project": project,
            "created_at": now,
        },
    )
    return cost


def revise(*, reference: str, charge: str, usd: Decimal) -> None:
    """The provider has said the most that it will ask."""
    Cost.objects.filter(reference=reference, charge=charge, estimated=True).update(usd=usd)


def settle(*, reference: str, charge: str, usd: Decimal | None) -> None:
    """The provider has answered: that is what it asks; with nothing said, what was expected stands. Saying
    so twice changes nothing."""
    expected = Cost.objects.filter(reference=reference, charge=charge, estimated=True)
    expected.update(**({"estimated": False} if usd is None else {"estimated": False, "usd": usd}))


def deliver(*, reference: str, charge: str) -> None:
    """What it paid for has arrived."""
    Cost.objects.filter(reference=reference, charge=charge, delivered=False).update(delivered=True)


def nothing_was_made(*, reference: str, charge: str) -> None:
    """What was expected was never asked for."""
    Cost.objects.filter(reference=reference, charge=charge, estimated=True).delete()


def spent(*, since: datetime, user: Any = None, project: UUID | None = None) -> Decimal:
    """US dollars since then, with what is expected: of everybody, a person, or a project."""
    rows = Cost.objects.filter(created_at__gte=since)
    if user is not None:
        rows = rows.filter(user=user)
    if project is not None:
        rows = rows.filter(project=project)
    found: Decimal | None = rows.aggregate(sum=Sum("usd"))["sum"]
    return found or Decimal(0)
