"""What providers ask of us, per job, delivered or not."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from billing.models import Cost


def record(*, reference: str, charge: str, model: str, usd: Decimal, delivered: bool, now: datetime) -> Cost:
    """Write a cost down once: the same charge of the same job a second time changes nothing.

    Call it outside the transaction that ends the job, so that it stays when the job comes to nothing.
    """
    cost, _ = Cost.objects.get_or_create(
        reference=reference,
        charge=charge,
        defaults={"model": model, "usd": usd, "delivered": delivered, "created_at": now},
    )
    return cost
