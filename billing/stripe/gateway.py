"""The one file that speaks with Stripe. It maps to frozen dataclasses and back, and knows no row's rules.

Whatever Stripe answers may be late: the SDK itself retries broken lines and 5xx, under one idempotency key.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from functools import cache
from typing import Any

import stripe
from django.conf import settings

from echoes.kernel.errors import EchoesError

log = logging.getLogger(__name__)

TIMEOUT = 20.0  # seconds
UNDISPUTED = frozenset(
    {"won", "prevented", "warning_needs_response", "warning_under_review", "warning_closed"}
)
"""The bank has not taken the money, or has given it back."""
UNREFUNDED = frozenset({"failed", "canceled"})


class BuyingIsOff(EchoesError):
    """Credits cannot be bought here: whoever runs this Echoes has not connected a payment service."""

    code = "buying_is_off"


class Unreachable(EchoesError):
    """The payment service does not answer. Nothing was charged. Please try again in a moment."""

    code = "payment_unreachable"
    permanent = False


class Refused(EchoesError):
    """The payment service did not accept this. Nothing was charged, and it has been written down."""

    code = "payment_refused"


class Forged(EchoesError):
    """This is not from Stripe."""

    code = "forged"


@dataclass(frozen=True)
class Checkout:
    """A page of Stripe's on which an order is paid."""

    id: str
    url: str


@dataclass(frozen=True)
class Session:
    """How a checkout stands. Money in the currency's smallest unit; `total` after promotion codes."""

    id: str
    order: str
    status: str  # open, complete, expired
    payment_status: str  # paid, unpaid, no_payment_required
    currency: str
    subtotal: int
    total: int
    payment_intent: str
    payment_failed: bool
    receipt_url: str
    money_moved_back: bool
    livemode: bool


@dataclass(frozen=True)
class Told:
    """What a message of Stripe's is about; what it says otherwise is not believed."""

    id: str
    type: str
    api_version: str
    livemode: bool
    session: str
    order: str
    payment_intent: str


def is_on() -> bool:
    """Whether anything can be bought here."""
    return bool(settings.STRIPE_SECRET_KEY)


def is_live() -> bool:
    """Whether real money moves."""
    return "_live_" in str(settings.STRIPE_SECRET_KEY)


def open_checkout(
    *,
    order: str,
    title: str,
    credits: str,
    amount: int,
    currency: str,
    email: str,
    success_url: str,
    cancel_url: str,
) -> Checkout:
    """A page on which this order can be paid. Asked for twice, it is the same page. Raises Unreachable."""
    metadata = {"order": order}
    params = {
        "mode": "payment",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": currency,
                    "unit_amount": amount,
                    "product_data": {"name": f"{title}: {credits}"},
                },
            }
        ],
        "client_reference_id": order,
        "customer_email": email,
        "metadata": metadata,
        # Not copied by Stripe: a refund or a dispute could not be traced to its order.
        "payment_intent_data": {"metadata": metadata},
        "allow_promotion_codes": True,
        "success_url": success_url,
        "cancel_url": cancel_url,
    }
    options = {"idempotency_key": f"order-{order}"}
    made = _ask(lambda client: client.v1.checkout.sessions.create(params=params, options=options))
    return Checkout(made.id, made.url or "")


def session(session_id: str) -> Session:
    """How a checkout stands now. Raises Unreachable."""
    expand = {"expand": ["payment_intent.latest_charge"]}
    found = _ask(lambda client: client.v1.checkout.sessions.retrieve(session_id, params=expand))
    intent = found.payment_intent
    charge: Any = intent.latest_charge if intent else None
    return Session(
        id=found.id,
        order=_order(found),
        status=found.status or "",
        payment_status=found.payment_status,
        currency=found.currency or "",
        subtotal=found.amount_subtotal or 0,
        total=found.amount_total or 0,
        payment_intent=intent.id if intent else "",
        payment_failed=bool(intent) and intent.status in {"requires_payment_method", "canceled"},
        receipt_url=(charge.receipt_url or "") if charge else "",
        money_moved_back=bool(charge) and bool(charge.amount_refunded or charge.disputed),
        livemode=found.livemode,
    )


def refunded(payment_intent: str) -> int:
    """How much of a payment has been refunded, or is about to be. Raises Unreachable."""
    params = {"payment_intent": payment_intent, "limit": 100}
    found = _ask(lambda client: client.v1.refunds.list(params=params))
    return sum(refund.amount for refund in found.data if refund.status not in UNREFUNDED)


def disputed(payment_intent: str) -> int:
    """How much of a payment the bank has taken back, for now or for good. Raises Unreachable."""
    params = {"payment_intent": payment_intent, "limit": 100}
    found = _ask(lambda client: client.v1.disputes.list(params=params))
    return sum(dispute.amount for dispute in found.data if dispute.status not in UNDISPUTED)


def order_of(payment_intent: str) -> str:
    """The order that a payment is for, or nothing when it is none of ours. Raises Unreachable."""
    return _order(_ask(lambda client: client.v1.payment_intents.retrieve(payment_intent)))


def verified(body: bytes, signature: str) -> Told:
    """What a message is about, once it is known to be Stripe's; while a secret is exchanged there are two.
    Raises Forged."""
    for secret in settings.STRIPE_WEBHOOK_SECRETS:
        try:
            stripe.WebhookSignature.verify_header(body, signature, secret, stripe.Webhook.DEFAULT_TOLERANCE)
        except (stripe.SignatureVerificationError, ValueError):
            continue
        return read(body)
    raise Forged


def read(body: bytes) -> Told:
    """Only the names of things are read, so the version in which it was written does not matter."""
    try:
        said = json.loads(body)
        about = said["data"]["object"]
        kind = about.get("object", "")
        intent = about["id"] if kind == "payment_intent" else about.get("payment_intent")
        return Told(
            id=str(said["id"]),
            type=str(said["type"]),
            api_version=str(said.get("api_version") or ""),
            livemode=bool(said["livemode"]),
            session=str(about["id"]) if kind == "checkout.session" else "",
            order=str((about.get("metadata") or {}).get("order", "")),
            payment_intent=str((intent or {}).get("id", "") if isinstance(intent, dict) else intent or ""),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Forged("This is signed, and yet it is no event.") from error


def _order(found: Any) -> str:
    return str(found.metadata["order"]) if found.metadata and "order" in found.metadata else ""


def _ask(question: Any) -> Any:
    if not is_on():
        raise BuyingIsOff
    try:
        return question(_client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE))
    except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as error:
        raise Unreachable from error
    except stripe.StripeError as error:
        log.error("Stripe did not accept a question: %s", error)
        raise Refused from error


@cache
def _client(key: str, base: str) -> Any:
    """One for the process: it is safe in threads, and keeps its lines open."""
    addresses: Any = {"api": base} if base else {}
    return stripe.StripeClient(
        key,
        base_addresses=addresses,
        max_network_retries=2,
        http_client=stripe.RequestsClient(timeout=TIMEOUT),
    )
