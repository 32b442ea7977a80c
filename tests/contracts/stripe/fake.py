"""A Stripe of ours, over real HTTP: as much of it as Echoes uses, in the version that the SDK speaks.

Requests are held to the SDK's own declarations (`shapes`), keys and versions are asked for, idempotency keys
are remembered, and people pay on a page that knows Stripe's test cards. Events are written down; a test plays
them as it likes, or `on_event` sends them.

    with fake.running() as stripe: settings.STRIPE_API_BASE = stripe.url
"""

from __future__ import annotations

import itertools
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import stripe
from stripe.params import DisputeListParams, PaymentIntentRetrieveParams, RefundCreateParams, RefundListParams
from stripe.params.checkout import SessionCreateParams, SessionExpireParams, SessionRetrieveParams

from tests.contracts.stripe import page, shapes

KEY = "sk_test_of_ours"
SECRET = "whsec_of_ours"

GOOD = "4242424242424242"
CHALLENGED = frozenset({"4000002760003184", "4000000000003220", "4000002500003155"})
DISPUTED = "4000000000000259"
REFUND_FAILS = "4000000000005126"
DECLINED = {
    "4000000000000002": ("card_declined", "Your card was declined."),
    "4000000000009995": ("card_declined", "Your card has insufficient funds."),
    "4000000000000069": ("expired_card", "Your card has expired."),
    "4000000000000127": ("incorrect_cvc", "Your card's security code is incorrect."),
    "4000000000000119": ("processing_error", "An error occurred while processing your card."),
}
BANK = "bank debit"
RESOURCES = {
    "checkout.session": stripe.checkout.Session,
    "payment_intent": stripe.PaymentIntent,
    "charge": stripe.Charge,
    "refund": stripe.Refund,
    "dispute": stripe.Dispute,
}

Thing = dict[str, Any]


class Refusal(Exception):
    """An answer of Stripe's that says no."""

    def __init__(self, status: int, kind: str, message: str, code: str = "") -> None:
        super().__init__(message)
        self.status, self.kind, self.code = status, kind, code


class Declined(Exception):
    """The bank does not pay with this card."""


@dataclass
class Fake:
    """What it knows. Every method may be called from any thread."""

    url: str = ""
    things: dict[str, Thing] = field(default_factory=dict)
    events: list[Thing] = field(default_factory=list)
    promotions: dict[str, int] = field(default_factory=lambda: {"HALF": 50, "FREE": 100})
    requests: list[tuple[str, str, Thing]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    remembered: dict[str, tuple[str, int, bytes]] = field(default_factory=dict)
    faults: list[int] = field(default_factory=list)
    on_event: Callable[[Thing], None] = lambda event: None
    lock: threading.RLock = field(default_factory=threading.RLock)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    # ---- what people and banks do ---------------------------------------------------------

    def pay(self, session_id: str, *, card: str = GOOD, promotion: str = "", proven: bool = False) -> str:
        """As on the page. Gives where the person is sent; raises Declined; `challenge` when the bank asks."""
        with self.lock:
            session = self.things[session_id]
            if session["status"] != "open":
                raise Declined("This page has expired.")
            if card in DECLINED:
                raise Declined(DECLINED[card][1])
            if card in CHALLENGED and not proven:
                return "challenge"
            self._discount(session, promotion)
            self._complete(session, card)
            return str(session["success_url"])

    def bank_pays(self, session_id: str) -> None:
        """A payment that was on its way arrives."""
        with self.lock:
            session = self.things[session_id]
            intent = self.things[session["payment_intent"]]
            self._charge(intent, BANK)
            session["payment_status"] = "paid"
            self.tell("checkout.session.async_payment_succeeded", session)

    def bank_refuses(self, session_id: str) -> None:
        with self.lock:
            session = self.things[session_id]
            self.things[session["payment_intent"]]["status"] = "requires_payment_method"
            self.tell("checkout.session.async_payment_failed", session)

    def expire(self, session_id: str) -> Thing:
        with self.lock:
            session = self.things[session_id]
            if session["status"] != "open":
                raise Refusal(400, "invalid_request_error", "Only open sessions can be expired.")
            session.update(status="expired", url=None)
            self.tell("checkout.session.expired", session)
            return session

    def refund(self, payment_intent: str, amount: int | None = None) -> Thing:
        with self.lock:
            charge = self._charge_of(payment_intent)
            left = charge["amount"] - charge["amount_refunded"]
            amount = left if amount is None else amount
            if not 0 < amount <= left:
                raise Refusal(400, "invalid_request_error", "Refund amount is greater than what is left.")
            refund = self._new(
                "refund",
                "re",
                amount=amount,
                charge=charge["id"],
                payment_intent=payment_intent,
                currency=charge["currency"],
                status="succeeded",
                metadata={},
                reason=None,
            )
            self._count_refunds(charge)
            self.tell("refund.created", refund)
            self.tell("charge.refunded", charge)
            return refund

    def refund_fails(self, refund_id: str) -> None:
        """The customer's bank sends the money back to us."""
        with self.lock:
            refund = self.things[refund_id]
            refund["status"] = "failed"
            self._count_refunds(self.things[refund["charge"]])
            self.tell("refund.failed", refund)

    def dispute(self, payment_intent: str, *, amount: int | None = None, inquiry: bool = False) -> Thing:
        with self.lock:
            charge = self._charge_of(payment_intent)
            dispute = self._new(
                "dispute",
                "du",
                amount=charge["amount"] if amount is None else amount,
                charge=charge["id"],
                payment_intent=payment_intent,
                currency=charge["currency"],
                status="warning_needs_response" if inquiry else "needs_response",
                reason="fraudulent",
                metadata={},
            )
            charge["disputed"] = True
            self.tell("charge.dispute.created", dispute)
            if not inquiry:
                self.tell("charge.dispute.funds_withdrawn", dispute)
            return dispute

    def close_dispute(self, dispute_id: str, *, won: bool) -> None:
        with self.lock:
            dispute = self.things[dispute_id]
            dispute["status"] = "won" if won else "lost"
            self.tell("charge.dispute.closed", dispute)
            if won:
                self.tell("charge.dispute.funds_reinstated", dispute)

    def tell(self, kind: str, about: Thing) -> Thing:
        """Write an event down and have it sent."""
        event = {
            "id": f"evt_{next(self.numbers):08d}",
            "object": "event",
            "api_version": stripe.api_version,
            "created": int(time.time()),
            "type": kind,
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "data": {"object": json.loads(json.dumps(about))},
        }
        self.events.append(event)
        self.on_event(event)
        return event

    # ---- what programs ask ----------------------------------------------------------------

    def answer(self, method: str, path: str, params: Thing) -> Thing:
        for verb, pattern, declared, name in ROUTES:
            match = re.fullmatch(pattern, path)
            if verb == method and match:
                self._insist(declared, params)
                with self.lock:
                    answer: Thing = getattr(self, f"_{name}")(params, *match.groups())
                    return answer
        raise Refusal(404, "invalid_request_error", f"Unrecognized request URL ({method}: {path}).")

    def _insist(self, declared: Any, params: Thing) -> None:
        wrong = list(shapes.request(params, declared))
        if wrong:
            self.complaints.extend(wrong)
            raise Refusal(400, "invalid_request_error", wrong[0], "parameter_unknown")

    def _create_session(self, params: Thing) -> Thing:
        [line] = params["line_items"]
        price, metadata = line["price_data"], params.get("payment_intent_data", {}).get("metadata", {})
        amount = int(price["unit_amount"]) * int(line["quantity"])
        session = self._new(
            "checkout.session",
            "cs_test",
            mode=params["mode"],
            status="open",
            payment_status="unpaid",
            amount_subtotal=amount,
            amount_total=amount,
            total_details={"amount_discount": 0, "amount_tax": 0, "amount_shipping": 0},
            currency=price["currency"],
            payment_intent=None,
            client_reference_id=params.get("client_reference_id"),
            customer_email=params.get("customer_email"),
            metadata=params.get("metadata", {}),
            success_url=params.get("success_url"),
            cancel_url=params.get("cancel_url"),
            allow_promotion_codes=params.get("allow_promotion_codes") == "true",
            expires_at=int(time.time()) + 86_400,
            payment_method_types=["card"],
        )
        session["url"] = f"{self.url}/pay/{session['id']}"
        self.things[f"{session['id']} intent"] = {
            "metadata": metadata,
            "name": price["product_data"]["name"],
        }
        return session

    def _retrieve_session(self, params: Thing, session_id: str) -> Thing:
        session = dict(self._thing(session_id))
        if "payment_intent.latest_charge" in params.get("expand", []) and session["payment_intent"]:
            intent = dict(self.things[session["payment_intent"]])
            if intent["latest_charge"]:
                intent["latest_charge"] = self.things[intent["latest_charge"]]
            session["payment_intent"] = intent
        return session

    def _expire_session(self, params: Thing, session_id: str) -> Thing:
        self._thing(session_id)
        return self.expire(session_id)

    def _retrieve_intent(self, params: Thing, intent: str) -> Thing:
        return self._thing(intent)

    def _create_refund(self, params: Thing) -> Thing:
        amount = params.get("amount")
        return self.refund(params["payment_intent"], int(amount) if amount else None)

    def _list_refunds(self, params: Thing) -> Thing:
        return self._list("refund", params)

    def _list_disputes(self, params: Thing) -> Thing:
        return self._list("dispute", params)

    def _list(self, kind: str, params: Thing) -> Thing:
        found = [thing for thing in self.things.values() if thing.get("object") == kind]
        wanted = [thing for thing in found if thing["payment_intent"] == params.get("payment_intent")]
        return {"object": "list", "data": wanted, "has_more": False, "url": f"/v1/{kind}s"}

    def _thing(self, name: str) -> Thing:
        if name not in self.things:
            raise Refusal(404, "invalid_request_error", f"No such object: '{name}'", "resource_missing")
        return self.things[name]

    # ---- what follows from what -----------------------------------------------------------

    def _discount(self, session: Thing, promotion: str) -> None:
        if not promotion:
            return
        if promotion not in self.promotions or not session["allow_promotion_codes"]:
            raise Declined("This code is invalid.")
        off = session["amount_subtotal"] * self.promotions[promotion] // 100
        session["total_details"]["amount_discount"] = off
        session["amount_total"] = session["amount_subtotal"] - off

    def _complete(self, session: Thing, card: str) -> None:
        session.update(status="complete", url=None)
        if not session["amount_total"]:
            session["payment_status"] = "no_payment_required"
            self.tell("checkout.session.completed", session)
            return
        intent = self._new(
            "payment_intent",
            "pi",
            amount=session["amount_total"],
            currency=session["currency"],
            status="processing",
            metadata=self.things[f"{session['id']} intent"]["metadata"],
            latest_charge=None,
        )
        session["payment_intent"] = intent["id"]
        if card != BANK:
            self._charge(intent, card)
            session["payment_status"] = "paid"
        self.tell("checkout.session.completed", session)
        if card == DISPUTED:
            self.dispute(intent["id"])

    def _charge(self, intent: Thing, card: str) -> None:
        charge = self._new(
            "charge",
            "ch",
            amount=intent["amount"],
            amount_refunded=0,
            currency=intent["currency"],
            disputed=False,
            refunded=False,
            paid=True,
            status="succeeded",
            payment_intent=intent["id"],
            metadata=intent["metadata"],
            receipt_url=f"{self.url}/receipts/{intent['id']}",
        )
        intent.update(status="succeeded", latest_charge=charge["id"])
        self.tell("payment_intent.succeeded", intent)
        self.tell("charge.succeeded", charge)

    def _charge_of(self, payment_intent: str) -> Thing:
        return self.things[self.things[payment_intent]["latest_charge"]]

    def _count_refunds(self, charge: Thing) -> None:
        refunds = self._list("refund", {"payment_intent": charge["payment_intent"]})["data"]
        charge["amount_refunded"] = sum(each["amount"] for each in refunds if each["status"] != "failed")
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]

    def _new(self, kind: str, prefix: str, **fields: Any) -> Thing:
        with self.lock:
            thing = {"id": f"{prefix}_{next(self.numbers):08d}", "object": kind, "created": int(time.time())}
            if kind in ("checkout.session", "payment_intent", "charge"):
                thing["livemode"] = False
            thing |= fields
            wrong = list(shapes.answer(thing, RESOURCES[kind]))
            assert not wrong, wrong
            self.things[str(thing["id"])] = thing
            return thing


ROUTES: tuple[tuple[str, str, Any, str], ...] = (
    ("POST", "/v1/checkout/sessions", SessionCreateParams, "create_session"),
    ("GET", "/v1/checkout/sessions/([^/]+)", SessionRetrieveParams, "retrieve_session"),
    ("POST", "/v1/checkout/sessions/([^/]+)/expire", SessionExpireParams, "expire_session"),
    ("GET", "/v1/payment_intents/([^/]+)", PaymentIntentRetrieveParams, "retrieve_intent"),
    ("POST", "/v1/refunds", RefundCreateParams, "create_refund"),
    ("GET", "/v1/refunds", RefundListParams, "list_refunds"),
    ("GET", "/v1/disputes", DisputeListParams, "list_disputes"),
)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fake: Fake

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""

    def _serve(self, method: str) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if parts.path.startswith("/pay/"):
            status, headers, content = page.serve(self.fake, method, parts.path, dict(parse_qsl(body)))
            return self._send(status, content, {"Content-Type": "text/html; charset=utf-8", **headers})
        if parts.path.startswith("/receipts/"):
            return self._send(200, b"<h1>Receipt</h1>", {"Content-Type": "text/html"})
        return self._send_json(*self._answer(method, parts.path, parts.query if method == "GET" else body))

    def _answer(self, method: str, path: str, form: str) -> tuple[int, bytes, dict[str, str]]:
        key = self.headers.get("Idempotency-Key", "")
        with self.fake.lock:
            try:
                if replayed := self._replayed(method, key, path + form):
                    return replayed
                if self.fake.faults:
                    raise Refusal(self.fake.faults.pop(0), "api_error", "It broke.")
                answer = self._asked(method, path, nested(parse_qsl(form, keep_blank_values=True)))
                status, body = 200, json.dumps(answer).encode()
            except Refusal as refusal:
                error = {"type": refusal.kind, "message": str(refusal), "code": refusal.code or None}
                status, body = refusal.status, json.dumps({"error": error}).encode()
            if method == "POST" and key and status < 500:
                self.fake.remembered.setdefault(key, (path + form, status, body))
            return status, body, {}

    def _asked(self, method: str, path: str, params: Thing) -> Thing:
        if self.headers.get("Authorization") != f"Bearer {KEY}":
            raise Refusal(401, "invalid_request_error", "Invalid API Key provided.")
        if self.headers.get("Stripe-Version") != stripe.api_version:
            raise Refusal(400, "invalid_request_error", "Another version than the SDK's.")
        self.fake.requests.append((method, path, params))
        return self.fake.answer(method, path, params)

    def _replayed(self, method: str, key: str, asked: str) -> tuple[int, bytes, dict[str, str]] | None:
        if method != "POST" or key not in self.fake.remembered:
            return None
        before, status, body = self.fake.remembered[key]
        if before != asked:
            raise Refusal(400, "idempotency_error", "Keys for idempotent requests can only be used once.")
        return status, body, {"Idempotent-Replayed": "true"}

    def _send_json(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self._send(status, body, {"Content-Type": "application/json", "Request-Id": "req_1", **headers})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def nested(pairs: list[tuple[str, str]]) -> Thing:
    """`line_items[0][price_data][currency]=usd` as the mapping and the lists that it means."""
    root: Thing = {}
    for name, value in pairs:
        steps = re.findall(r"[^\[\]]+", name)
        place = root
        for step in steps[:-1]:
            place = place.setdefault(step, {})
        place[steps[-1]] = value
    return {name: _lists(value) for name, value in root.items()}


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(name.isdigit() for name in value):
        return [_lists(value[name]) for name in sorted(value, key=int)]
    return {name: _lists(each) for name, each in value.items()}


@contextmanager
def running() -> Iterator[Fake]:
    """A Stripe on a port of its own."""
    fake = Fake()
    handler = type("BoundHandler", (Handler,), {"fake": fake})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
