"""The budget slider under a hand, on a keyboard and on a telephone, where a model costs credits."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests import pictures
from tests.e2e import product as products
from tests.e2e.product import ROOT, Product
from tests.e2e.test_first_film import READY_SECONDS, begin, drop, sign_up, violations, wait_until_ready

pytestmark = pytest.mark.e2e
REDIS = 3
PRICE = """
from billing.models import Price
Price.objects.update_or_create(model={model!r}, defaults={{"credits": {credits}}})
"""
GIVE = """
from accounts.models import User
from billing import ledger
from billing.movements import Kind
from echoes.kernel import clock
account = ledger.account_of(User.objects.get(email={email!r}))
ledger.grant(account=account, kind=Kind.SHARE, amount={amount}, reference={email!r}, now=clock.now())
"""


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Product]:
    with products.own(
        f"echoes_budget_{worker_id}",
        home=tmp_path_factory.mktemp("budget"),
        redis=lambda used: REDIS - used % REDIS,
        settings={"DJANGO_SETTINGS_MODULE": "tests.e2e.priced"},
    ) as running:
        say(running, PRICE.format(model="dream", credits=2))
        yield running


def say(product: Product, code: str) -> None:
    """Something that only staff could do, to the product's own rows."""
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", code]
    subprocess.run(command, cwd=ROOT, env=dict(product.environment), check=True, capture_output=True)


def film(page: Page, tmp_path: Path, email: str, *, photos: int = 3) -> Locator:
    """A film of so many photos; gives the part of its page that proposes."""
    sign_up(page, email)
    begin(page, "Summer")
    drop(page, [pictures.jpeg(tmp_path / f"{number}.jpg", seed=number) for number in range(photos)])
    wait_until_ready(page, photos)
    return page.locator("#budget")


def test_proposes_counts_and_brings_to_life(page: Page, product: Product, tmp_path: Path) -> None:
    budget = film(page, tmp_path, "budget@example.org")
    expect(budget).to_contain_text("of 3 photos, 0 credits; you have 1")
    say(product, GIVE.format(email="budget@example.org", amount=4))
    page.reload()
    expect(budget).to_contain_text("1 of 3 photos, 2 credits; you have 5")

    slider = budget.get_by_role("slider", name="What it may cost")
    slider.focus()
    slider.press("Home")
    expect(budget).to_contain_text("0 of 3 photos, 0 credits; you have 5")
    slider.press("ArrowRight")
    slider.press("ArrowRight")
    expect(budget).to_contain_text("2 of 3 photos, 4 credits; you have 5")
    expect(slider).to_be_focused()
    assert violations(page) == []

    budget.get_by_role("checkbox", checked=True).first.uncheck()
    expect(budget).to_contain_text("1 of 3 photos, 2 credits; you have 5")
    slider.press("ArrowRight")
    expect(budget.get_by_role("checkbox", checked=True)).to_have_count(2)
    for box in budget.get_by_role("checkbox").all():
        box.check()
    budget.get_by_role("button", name="Bring 3 to life · 6 credits").click()
    expect(budget.get_by_role("alert")).to_contain_text("This takes 6 credits, and you have 5.")
    expect(budget.get_by_role("checkbox", checked=True)).to_have_count(3)

    budget.get_by_role("checkbox").first.uncheck()
    budget.get_by_role("button", name="Bring 2 to life · 4 credits").click()
    expect(budget.get_by_role("alert")).to_have_text("2 photos are being brought to life.")
    expect(budget).to_contain_text("0 of 1 photo, 0 credits; you have 1")
    made = page.get_by_role("article").locator(".clip__note", has_text="Made by Dream")
    expect(made).to_have_count(2, timeout=READY_SECONDS * 1000)


def test_the_slider_fits_a_telephone(
    page: Page, product: Product, tmp_path: Path, complaints: list[str]
) -> None:
    """Nothing is wider than the screen. With SHOTS=folder it leaves pictures for people to look at."""
    budget = film(page, tmp_path, "narrow-budget@example.org")
    say(product, GIVE.format(email="narrow-budget@example.org", amount=4))
    page.reload()
    for width in (360, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        expect(budget).to_contain_text("1 of 3 photos, 2 credits; you have 5")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        shots = os.environ.get("SHOTS")
        for scheme in ("light", "dark") if shots else ():
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            page.screenshot(path=Path(str(shots)) / f"budget-{width}-{scheme}.png", full_page=True)
            complaints.clear()  # a picture of the whole page needs a style of the browser driver's own


def test_another_model_has_another_price(page: Page, product: Product, tmp_path: Path) -> None:
    budget = film(page, tmp_path, "models@example.org", photos=1)
    say(product, GIVE.format(email="models@example.org", amount=6))
    say(product, PRICE.format(model="vision", credits=3))
    page.reload()
    expect(budget).to_contain_text("1 of 1 photo, 2 credits; you have 7")
    budget.get_by_label("Made by").select_option("Vision")
    expect(budget).to_contain_text("1 of 1 photo, 3 credits; you have 7")
    expect(budget.get_by_role("slider")).to_have_attribute("max", "3")
    budget.get_by_role("button", name="Bring 1 to life · 3 credits").click()
    expect(budget.locator(".budget__notice")).to_have_text("1 photo is being brought to life.")
    expect(page.get_by_text("Made by Vision")).to_have_count(1, timeout=READY_SECONDS * 1000)


def test_a_tick_is_not_undone_by_an_answer_that_was_on_its_way(
    page: Page, product: Product, tmp_path: Path
) -> None:
    budget = film(page, tmp_path, "tick@example.org", photos=1)
    held: list[Route] = []
    address = re.compile("/clips/budget/")
    page.route(address, lambda route: held.append(route))
    page.evaluate(
        """() => { window.answered = new Promise((done) =>
             document.addEventListener("htmx:afterRequest", done, { once: true })); }"""
    )
    with page.expect_request(address):
        page.evaluate("document.getElementById('budget').dispatchEvent(new CustomEvent('live'))")
    budget.get_by_role("checkbox").check()
    held[0].continue_()
    page.evaluate("window.answered.then(() => true)")
    expect(budget.get_by_role("checkbox")).to_be_checked()
    page.unroute(address)


def test_works_as_plain_forms(page: Page, product: Product, tmp_path: Path, chromium: Browser) -> None:
    film(page, tmp_path, "plain@example.org", photos=1)
    say(product, GIVE.format(email="plain@example.org", amount=4))
    plain = chromium.new_context(java_script_enabled=False, storage_state=page.context.storage_state())
    other = plain.new_page()
    other.goto(page.url)
    other.get_by_label("Credits", exact=True).fill("0")
    other.get_by_role("button", name="Propose photos").click()
    expect(other.locator("#budget")).to_contain_text("0 of 1 photo, 0 credits; you have 5")
    proposal = other.locator("#budget")
    proposal.get_by_role("checkbox").check()
    proposal.get_by_role("button", name="to life").click()
    expect(other.locator("#toasts")).to_contain_text("That is 1 photo for 2 credits.")
    proposal.get_by_role("button", name="Bring 1 to life").click()
    expect(other.locator("#toasts")).to_contain_text("1 photo is being brought to life.")
    expect(other.get_by_role("link", name="Credits: 3")).to_be_visible()
    plain.close()
