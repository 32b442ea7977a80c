"""Credits, holds and purchases for tests, made by the verbs of the product."""

from __future__ import annotations

import json
import uuid
from collections.abc import Set
from typing import Any

import stripe
from django.test import Client
from django.urls import reverse

from billing import ledger, purchases
from billing.models import Account, Hold, Pack, Purchase
from billing.movements import Kind
from echoes.kernel import clock
from tests.contracts.stripe import fake
from tests.contracts.stripe.fake import Fake

MODEL = "dream"


def all_live(ids: Set[str]) -> set[str]:
    """What the lab holds credits for never ends by itself."""
    return set(ids)


def give(account: Account, amount: int, *, kind: Kind = Kind.SHARE) -> None:
    """Credits from nowhere in particular."""
    ledger.grant(account=account, kind=kind, amount=amount, reference=uuid.uuid4().hex, now=clock.now())


def wanted(amount: int = 1, *, reference: str = "", redo_of: Hold | None = None) -> ledger.Wanted:
    name = reference or f"lab:{uuid.uuid4()}"
    return ledger.Wanted(reference=name, amount=amount, model=MODEL, title="beach.jpg", redo_of=redo_of)


def held(account: Account, amount: int = 1, **words: Any) -> Hold:
    return ledger.hold(account=account, wanted=wanted(amount, **words), now=clock.now())


def ordered(account: Account, pack: Pack, *, back: str = "") -> Purchase:
    """An order with a page on which it can be paid."""
    order = purchases.begin(order=uuid.uuid4(), account=account, pack=pack, back=back, now=clock.now())
    purchases.checkout(purchase=order, email="somebody@example.org")
    return order


def bought(stripe: Fake, account: Account, pack: Pack, **words: Any) -> Purchase:
    """An order that is paid and looked at."""
    order = ordered(account, pack)
    stripe.pay(order.session_id, **words)
    return purchases.look_again(purchase=order, now=clock.now())


def signed(event: Any, *, secret: str = fake.SECRET, timestamp: int | None = None) -> tuple[bytes, str]:
    """An event as it is sent: its bytes and its signature."""
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    header = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, timestamp)
    return body, header


def post(body: bytes, signature: str) -> Any:
    """As Stripe posts it."""
    address = reverse("billing:webhook")
    return Client().post(
        address, data=body, content_type="application/json", headers={"Stripe-Signature": signature}
    )


def play(event: Any, **words: Any) -> Any:
    return post(*signed(event, **words))
