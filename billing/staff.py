"""What staff do to somebody's credits: through the ledger, and written into the admin's log as well."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils.translation import gettext

from billing import ledger
from billing.models import Account, Entry, StripeEvent
from billing.stripe import inbox


@transaction.atomic
def adjust(*, account: Account, amount: int, reason: str, token: UUID, by: Any, now: datetime) -> Entry:
    """Give, or take with a minus. The same form sent twice counts once. Raises NotEnoughCredits."""
    before = Entry.objects.filter(account=account).count()
    entry = ledger.adjust(
        account=account, amount=amount, reason=reason, reference=f"staff:{token}", by=by, now=now
    )
    if Entry.objects.filter(account=account).count() > before:
        text = gettext("{amount} credits: {reason}")
        log(account, text.format(amount=f"{amount:+d}", reason=reason), by=by)
    return entry


def replay(*, event: StripeEvent, by: Any, now: datetime) -> StripeEvent:
    """Have a message of Stripe's handled once more; that can change nothing that is right already."""
    log(event, gettext("Handled again."), by=by)
    return inbox.again(event, now=now)


def log(row: models.Model, message: str, *, by: Any) -> None:
    LogEntry.objects.create(
        user=by,
        content_type=ContentType.objects.get_for_model(type(row)),
        object_id=str(row.pk),
        object_repr=str(row)[:200],
        action_flag=CHANGE,
        change_message=message,
    )
