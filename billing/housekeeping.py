"""What the clock does for credits now and then."""

from __future__ import annotations

from datetime import datetime, timedelta

from billing import purchases, reconcile
from billing.models import StripeEvent
from billing.stripe import gateway, inbox

PATIENCE = timedelta(minutes=20)
"""After which an unpaid order is looked at without being told to."""
BODIES_KEPT = timedelta(days=90)
BATCH = 50


def sweep(*, now: datetime) -> None:
    """Give back what nobody works for any more, forget what people wrote on Stripe's page, and, where buying
    is on, handle messages that were left and look at orders of which no message came."""
    reconcile.release_abandoned(now=now)
    forget_bodies(now=now)
    if gateway.is_on():
        inbox.handle_left(now=now, limit=BATCH)
        purchases.look_at_unpaid(before=now - PATIENCE, now=now, limit=BATCH)


def forget_bodies(*, now: datetime) -> int:
    """Messages name the buyer: what was handled long ago keeps only what it was about."""
    old = StripeEvent.objects.filter(received_at__lt=now - BODIES_KEPT, processed_at__isnull=False)
    return old.exclude(body="").update(body="")
