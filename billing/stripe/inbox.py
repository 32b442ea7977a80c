"""Stripe's messages: believed to be Stripe's, kept as they came, each handled once, in any order.

A message is a doorbell. It names an order, and the order is looked at (`billing.purchases.look_again`), so
it does not matter what else it says, whether it is late, repeated, or written in another version.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db.models import F, Q

from billing import purchases
from billing.models import StripeEvent
from billing.stripe import gateway
from billing.stripe.gateway import Told
from echoes.kernel import clock

log = logging.getLogger(__name__)

AT_WORK = timedelta(minutes=2)
MOST = 100
CONCERNING = ("checkout.session.", "charge.refund", "refund.", "charge.dispute.", "payment_intent.")


def receive(*, body: bytes, signature: str, now: datetime) -> StripeEvent:
    """Keep a message, unless it is there already. Raises Forged."""
    told = gateway.verified(body, signature)
    event, _ = StripeEvent.objects.get_or_create(
        event_id=told.id,
        defaults={
            "type": told.type[:80],
            "api_version": told.api_version[:40],
            "livemode": told.livemode,
            "body": body.decode(),
            "received_at": now,
        },
    )
    return event


def handle(event: StripeEvent, *, now: datetime) -> StripeEvent:
    """Do what a message asks for, unless somebody has or is at it. What goes wrong is written down, and the
    clock tries again: Stripe has done its part."""
    if not _claim(event, now=now):
        return event
    try:
        outcome, note = _follow(event, now=now)
    except Exception as error:  # the edge of the inbox: the message stays, and is tried again
        log.warning("the message %s could not be handled", event.event_id, exc_info=True)
        _note(event, claimed_until=None, note=f"{type(error).__name__}: {error}")
    else:
        _note(event, outcome=outcome, note=note, processed_at=clock.now(), claimed_until=None)
    event.refresh_from_db()
    return event


def again(event: StripeEvent, *, now: datetime) -> StripeEvent:
    """Staff have a message handled once more, however it ended."""
    _note(event, outcome="", processed_at=None, claimed_until=None)
    return handle(event, now=now)


def handle_left(*, now: datetime, limit: int) -> int:
    """Messages that nobody has handled to the end; gives how many were tried."""
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    left = list(StripeEvent.objects.filter(free, processed_at=None, attempts__lt=MOST).order_by("id")[:limit])
    for event in left:
        handle(event, now=now)
    return len(left)


def _claim(event: StripeEvent, *, now: datetime) -> bool:
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    rows = StripeEvent.objects.filter(free, pk=event.pk, processed_at=None)
    return bool(rows.update(claimed_until=now + AT_WORK, attempts=F("attempts") + 1))


def _follow(event: StripeEvent, *, now: datetime) -> tuple[str, str]:
    """The outcome and, where nothing was done, why."""
    told = gateway.read(event.body.encode())
    if not told.type.startswith(CONCERNING):
        return StripeEvent.Outcome.IGNORED, "does not concern us"
    if told.livemode != gateway.is_live():
        return StripeEvent.Outcome.IGNORED, "of the other mode, live or test"
    return _look(event, told, now=now)


def _look(event: StripeEvent, told: Told, *, now: datetime) -> tuple[str, str]:
    purchase = purchases.of(session=told.session, order=told.order, payment_intent=told.payment_intent)
    if purchase is None:
        return StripeEvent.Outcome.IGNORED, "about no order of ours"
    _note(event, purchase=purchase)
    purchases.look_again(purchase=purchase, now=now, session_id=told.session)
    return StripeEvent.Outcome.DONE, ""


def _note(event: StripeEvent, **fields: object) -> None:
    StripeEvent.objects.filter(pk=event.pk).update(**fields)
