"""Somebody leaves: what stands in the books stays, for nobody in particular."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from billing.models import Account, Hold, Purchase, StripeEvent


@transaction.atomic
def forget(*, user: Any, now: datetime) -> None:
    """Take out of the books what says who they were (settings.LEAVING). What is held for jobs that still
    run is given back when those end."""
    account = Account.objects.filter(user=user).first()
    if account is None:
        return
    StripeEvent.objects.filter(purchase__account=account).update(body="")
    Hold.objects.filter(account=account).update(title="", link="")
    Purchase.objects.filter(account=account).update(back="", receipt_url="", checkout_url="")
    Account.objects.filter(pk=account.pk).update(user=None)
