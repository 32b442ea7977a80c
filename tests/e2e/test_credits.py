"""From the credits page to the page on which people pay, and back, with Stripe's test cards."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.billing.made import signed
from tests.contracts.stripe import fake
from tests.contracts.stripe.fake import Fake
from tests.e2e import product as products
from tests.e2e.product import ROOT, Product
from tests.e2e.test_first_film import sign_up, violations

pytestmark = pytest.mark.e2e
REDIS = 7


@pytest.fixture(scope="module")
def stripe() -> Iterator[Fake]:
    with fake.running() as running:
        yield running
        assert running.complaints == []


@pytest.fixture(scope="module")
def product(stripe: Fake, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Product]:
    """A product that sells, by a Stripe of ours which sends its messages there."""
    words = {
        "STRIPE_SECRET_KEY": fake.KEY,
        "STRIPE_WEBHOOK_SECRETS": fake.SECRET,
        "STRIPE_API_BASE": stripe.url,
    }
    with pytest.MonkeyPatch.context() as patched:
        for key, value in words.items():
            patched.setenv(key, value)
        with products.own(
            f"echoes_shop_{worker_id}",
            home=tmp_path_factory.mktemp("shop"),
            redis=lambda used: REDIS - used % REDIS,
        ) as shop:
            stripe.on_event = lambda event: threading.Thread(target=send, args=(shop, event)).start()
            yield shop
            stripe.on_event = lambda event: None
            reconcile(shop.environment["DATABASE_URL"])


def send(shop: Product, event: Any) -> None:
    body, signature = signed(event)
    headers = {"Stripe-Signature": signature, "Content-Type": "application/json"}
    request = urllib.request.Request(f"{shop.url}/stripe/webhook/", data=body, headers=headers)  # noqa: S310
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        assert answer.status == 200


def reconcile(database: str) -> None:
    """After all of it the books agree."""
    done = subprocess.run(
        [sys.executable, "manage.py", "reconcile"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.endswith("0 differences.\n"), done.stdout


def choose(page: Page, email: str) -> None:
    """Sign up, open the credits page by the header, and choose the smallest pack."""
    sign_up(page, email)
    page.get_by_role("link", name="Credits").click()
    expect(page.get_by_text("1 credit to spend")).to_be_visible()
    page.get_by_role("button", name="Buy for $5.00").click()
    expect(page.get_by_role("heading", name="A handful: 10 credits")).to_be_visible()


def pay(page: Page, card: str) -> None:
    page.get_by_label("Card number").fill(card)
    page.get_by_label("Expiration").fill("12 / 34")
    page.get_by_label("CVC").fill("123")
    page.get_by_role("button", name="Pay").click()


def expect_ten(page: Page) -> None:
    """Beside the one that everybody begins with."""
    expect(page.get_by_text("10 credits came in, and you have 11 now.")).to_be_visible()
    expect(page.get_by_text("11 credits to spend")).to_be_visible()
    expect(page.locator(".movement", has_text="Bought")).to_contain_text("+10")
    expect(page.get_by_role("link", name="Credits: 11")).to_be_visible()


def test_a_good_card_brings_credits(page: Page) -> None:
    choose(page, "buyer@example.org")
    pay(page, "4242 4242 4242 4242")
    expect_ten(page)
    expect(page.get_by_role("link", name="Receipt for A handful")).to_be_visible()
    assert violations(page) == []


def test_a_declined_card_charges_nothing(page: Page) -> None:
    choose(page, "declined@example.org")
    pay(page, "4000000000000002")
    expect(page.get_by_role("alert")).to_have_text("Your card was declined.")
    page.get_by_role("link", name="Back").click()
    expect(page.get_by_text("Nothing was bought, and nothing was charged.")).to_be_visible()
    expect(page.get_by_text("1 credit to spend")).to_be_visible()


def test_a_card_that_asks_for_proof_pays_once_it_has_it(page: Page) -> None:
    choose(page, "proof@example.org")
    pay(page, "4000002760003184")
    page.get_by_role("button", name="Fail").click()
    expect(page.get_by_role("alert")).to_contain_text("unable to authenticate")
    pay(page, "4000002760003184")
    page.get_by_role("button", name="Complete").click()
    expect_ten(page)


def test_money_that_comes_later_moves_the_open_page(page: Page, stripe: Fake) -> None:
    choose(page, "later@example.org")
    page.get_by_label("Pay from a bank account").check()
    page.get_by_role("button", name="Pay").click()
    expect(page.get_by_text("Your payment is on its way.")).to_be_visible()
    expect(page.locator("live-status")).to_have_attribute("data-state", "live")
    [session] = [
        thing for thing in stripe.things.values() if thing.get("customer_email") == "later@example.org"
    ]
    stripe.bank_pays(session["id"])
    expect(page.get_by_text("11 credits to spend")).to_be_visible()


def test_the_page_fits_a_telephone(page: Page, complaints: list[str]) -> None:
    """Nothing is wider than the screen. With SHOTS=folder it leaves pictures for people to look at."""
    choose(page, "narrow@example.org")
    pay(page, "4242424242424242")
    expect_ten(page)
    for width in (360, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        shots = os.environ.get("SHOTS")
        for scheme in ("light", "dark") if shots else ():
            complaints.clear()  # a picture of the whole page needs a style of the browser driver's own
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            page.screenshot(path=Path(str(shots)) / f"credits-{width}-{scheme}.png", full_page=True)
