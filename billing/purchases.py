"""Buying: from the click to the credits, and back again when the money goes back.

1. `begin` writes the order down, with the price of that moment.
2. `checkout` asks Stripe for a page on which it is paid.
3. `look_again` asks Stripe how it stands and makes the account agree with that. The page that people come
   back to, every message of Stripe's and the clock call it, in any order and as often as they like.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse

from billing import ledger, rewards
from billing.models import Account, Pack, Purchase
from billing.movements import Kind
from billing.stripe import gateway
from billing.stripe.gateway import Session
from echoes.kernel.errors import EchoesError

log = logging.getLogger(__name__)

TRIES = 10
UNPAID = (Purchase.Status.OPEN, Purchase.Status.PENDING)


class Overtaken(EchoesError):
    """Somebody else looked at this purchase at the same time, again and again."""

    code = "overtaken"
    permanent = False


class NotYours(EchoesError):
    """This order is not yours."""

    code = "not_yours"


class Over(EchoesError):
    """This order has ended. Please choose your credits again."""

    code = "over"


def begin(*, order: UUID, account: Account, pack: Pack, back: str, now: datetime) -> Purchase:
    """Write an order down. The same form sent twice is one order; raises NotYours."""
    purchase, _ = Purchase.objects.get_or_create(
        pk=order,
        defaults={
            "account": account,
            "pack": pack,
            "title": pack.title,
            "credits": pack.credits,
            "amount": pack.amount,
            "currency": pack.currency,
            "back": back,
            "created_at": now,
        },
    )
    if purchase.account_id != account.pk:
        raise NotYours
    return purchase


def checkout(*, purchase: Purchase, email: str) -> str:
    """The address at which it is paid. Raises BuyingIsOff, Unreachable, Over."""
    if purchase.status != Purchase.Status.OPEN:
        raise Over
    if not purchase.checkout_url:
        page = gateway.open_checkout(
            order=str(purchase.pk),
            title=purchase.title,
            credits=ledger.credits(purchase.credits),
            amount=purchase.amount,
            currency=purchase.currency,
            email=email,
            success_url=_address("billing:bought", purchase),
            cancel_url=_address("billing:left", purchase),
        )
        Purchase.objects.filter(pk=purchase.pk).update(session_id=page.id, checkout_url=page.url)
        purchase.session_id, purchase.checkout_url = page.id, page.url
    return purchase.checkout_url


def look_again(*, purchase: Purchase, now: datetime, session_id: str = "") -> Purchase:
    """Ask Stripe how an order stands, and make the account agree.

    No row is locked while Stripe is asked. Whoever was asked before somebody else wrote is asked again, so
    what is written last was also learned last. Raises Unreachable, Overtaken.
    """
    for _ in range(TRIES):
        purchase.refresh_from_db()
        if not (session_id or purchase.session_id):
            return purchase
        found = gateway.session(session_id or purchase.session_id)
        back = _money_back(purchase, found)
        if _write(purchase, found, back, now=now):
            return purchase
    raise Overtaken


def look_at_unpaid(*, before: datetime, now: datetime, limit: int) -> int:
    """What Stripe's messages should have told long ago; gives how many orders were looked at."""
    waiting = Purchase.objects.filter(status__in=UNPAID, created_at__lt=before).exclude(session_id="")
    due = list(waiting.order_by(F("looked_at").asc(nulls_first=True))[:limit])
    for purchase in due:
        Purchase.objects.filter(pk=purchase.pk).update(looked_at=now)
        try:
            look_again(purchase=purchase, now=now)
        except EchoesError as error:  # one order that cannot be looked at keeps no other waiting
            log.warning("purchase %s could not be looked at: %s", purchase.pk, error)
    return len(due)


def of(*, session: str, order: str, payment_intent: str) -> Purchase | None:
    """The purchase that a message is about; nothing where it is about somebody else's shop."""
    if found := _named(order) or _of_session(session) or _of_payment(payment_intent):
        return found
    return _named(gateway.order_of(payment_intent)) if payment_intent else None


def _named(order: str) -> Purchase | None:
    try:
        return Purchase.objects.filter(pk=UUID(order)).first()
    except ValueError:
        return None


def _of_session(session: str) -> Purchase | None:
    return Purchase.objects.filter(session_id=session).first() if session else None


def _of_payment(payment_intent: str) -> Purchase | None:
    return Purchase.objects.filter(payment_intent=payment_intent).first() if payment_intent else None


def _address(name: str, purchase: Purchase) -> str:
    return f"{settings.PUBLIC_URL}{reverse(name, args=[purchase.pk])}"


def _money_back(purchase: Purchase, found: Session) -> tuple[int, int]:
    """What was refunded and what was disputed; Stripe is asked where something may have moved."""
    if not found.payment_intent or not (found.money_moved_back or purchase.refunded or purchase.disputed):
        return 0, 0
    return gateway.refunded(found.payment_intent), gateway.disputed(found.payment_intent)


@transaction.atomic
def _write(purchase: Purchase, found: Session, back: tuple[int, int], *, now: datetime) -> bool:
    """False when somebody wrote since `purchase` was read, and so may know more."""
    seen = purchase.looks
    locked = Purchase.objects.select_for_update(of=("self",)).select_related("account").get(pk=purchase.pk)
    if locked.looks != seen:
        return False
    locked.looks, locked.looked_at = seen + 1, now
    _fulfil(locked, found, now=now)
    if locked.status == Purchase.Status.PAID:
        _take_back(locked, *back, now=now)
    locked.save()
    purchase.__dict__.update(locked.__dict__)
    return True


def _fulfil(purchase: Purchase, found: Session, *, now: datetime) -> None:
    """The state of the order follows the session; the credits are granted by our own order, once."""
    if purchase.status == Purchase.Status.PAID:
        purchase.receipt_url = found.receipt_url or purchase.receipt_url
        return
    purchase.session_id, purchase.payment_intent = found.id, found.payment_intent
    purchase.status = _status(purchase, found)
    if purchase.status == Purchase.Status.UNFIT:
        purchase.note = f"{found.subtotal} {found.currency} for order {found.order}, live: {found.livemode}"
        log.error("the payment of purchase %s does not fit it: %s", purchase.pk, purchase.note)
    if purchase.status == Purchase.Status.PAID:
        purchase.paid_at, purchase.total, purchase.receipt_url = now, found.total, found.receipt_url
        _grant(purchase, now=now)


def _status(purchase: Purchase, found: Session) -> str:
    fits = (found.order, found.currency, found.subtotal, found.livemode) == (
        str(purchase.pk),
        purchase.currency,
        purchase.amount,
        gateway.is_live(),
    )
    if found.status == "expired":
        return Purchase.Status.EXPIRED
    if found.status != "complete":
        return Purchase.Status.OPEN
    if not fits:
        return Purchase.Status.UNFIT
    if found.payment_status in {"paid", "no_payment_required"}:
        return Purchase.Status.PAID
    return Purchase.Status.FAILED if found.payment_failed else Purchase.Status.PENDING


def _grant(purchase: Purchase, *, now: datetime) -> None:
    ledger.grant(
        account=purchase.account,
        kind=Kind.PURCHASE,
        amount=purchase.credits,
        reference=f"purchase:{purchase.pk}",
        purchase=purchase,
        now=now,
    )
    if purchase.total:
        rewards.bought_first(purchase=purchase, now=now)


def _take_back(purchase: Purchase, refunded: int, disputed: int, *, now: datetime) -> None:
    """The share of the credits follows the share of the money, rounded in the customer's favour."""
    purchase.refunded = min(refunded, purchase.total)
    purchase.disputed = min(disputed, purchase.total - purchase.refunded)
    by_refund = _share(purchase, purchase.refunded)
    by_dispute = _share(purchase, purchase.refunded + purchase.disputed) - by_refund
    changes = (
        (Kind.REFUND, by_refund - purchase.refunded_credits),
        (Kind.CHARGEBACK, by_dispute - purchase.disputed_credits),
    )
    purchase.refunded_credits, purchase.disputed_credits = by_refund, by_dispute
    for kind, change in sorted(changes, key=_giving_first):
        _move(purchase, kind, change, now=now)
    if by_refund + by_dispute == purchase.credits:
        rewards.undone(purchase=purchase, now=now)


def _share(purchase: Purchase, money: int) -> int:
    return purchase.credits * money // purchase.total if purchase.total else 0


def _giving_first(change: tuple[Kind, int]) -> int:
    """A dispute that becomes a refund goes from one cause to the other, and nothing is owed between."""
    return change[1]


def _move(purchase: Purchase, kind: Kind, change: int, *, now: datetime) -> None:
    words: dict[str, Any] = {
        "account": purchase.account,
        "amount": abs(change),
        "reference": f"purchase:{purchase.pk}:{kind}:{purchase.looks}",
        "purchase": purchase,
        "now": now,
    }
    if change > 0:
        ledger.take_back(kind=kind, **words)
    elif change < 0:
        ledger.grant(kind=Kind.RESTORED, **words)
