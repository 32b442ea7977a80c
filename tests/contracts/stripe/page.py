"""The page on which people pay: plain forms, named as on Stripe's own."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.contracts.stripe.fake import Fake

Served = tuple[int, dict[str, str], bytes]


def serve(fake: Fake, method: str, path: str, form: dict[str, str]) -> Served:
    """The page of one session; what is posted to it pays, or says why not."""
    from tests.contracts.stripe.fake import BANK, Declined

    session_id = path.removeprefix("/pay/").strip("/")
    session = fake.things.get(session_id)
    if session is None:
        return 404, {}, b"There is no such page."
    if method == "GET":
        return _html(_form(session_id, fake))
    if form.get("proof") == "fail":
        return _html(_form(session_id, fake, "We are unable to authenticate your payment method."))
    card = BANK if form.get("method") == "bank" else form.get("cardNumber", "").replace(" ", "")
    proven = form.get("proof") == "complete"
    try:
        onward = fake.pay(session_id, card=card, promotion=form.get("promotionCode", ""), proven=proven)
    except Declined as declined:
        return _html(_form(session_id, fake, str(declined)))
    if onward == "challenge":
        return _html(_challenge(session_id, card))
    return 303, {"Location": onward}, b""


def _html(body: str) -> Served:
    head = '<meta charset="utf-8"><title>Checkout</title><link rel="icon" href="data:,">'
    text = f'<!doctype html><html lang="en">{head}<main>{body}</main>'
    return 200, {}, text.encode()


def _form(session_id: str, fake: Fake, trouble: str = "") -> str:
    session = fake.things[session_id]
    if session["status"] != "open":
        return "<h1>This page has expired</h1>"
    name = escape(fake.things[f"{session_id} intent"]["name"])
    price = f"{session['amount_total'] / 100:.2f} {session['currency'].upper()}"
    alert = f'<p role="alert">{escape(trouble)}</p>' if trouble else ""
    return f"""<h1>{name}</h1><p>{price}</p><p>{escape(session["customer_email"] or "")}</p>{alert}
<form method="post">
<label>Card number <input name="cardNumber" autocomplete="cc-number"></label>
<label>Expiration <input name="cardExpiry" autocomplete="cc-exp"></label>
<label>CVC <input name="cardCvc" autocomplete="cc-csc"></label>
<label>Promotion code <input name="promotionCode"></label>
<label><input type="checkbox" name="method" value="bank"> Pay from a bank account</label>
<button>Pay</button>
</form>
<p><a href="{escape(session["cancel_url"] or "")}">Back</a></p>"""


def _challenge(session_id: str, card: str) -> str:
    return f"""<h1>3D Secure 2 Test Page</h1>
<form method="post" action="/pay/{session_id}">
<input type="hidden" name="cardNumber" value="{escape(card)}">
<button name="proof" value="complete">Complete</button>
<button name="proof" value="fail">Fail</button>
</form>"""
