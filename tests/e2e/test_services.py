"""AI services as people meet them: simulated ones, on real addresses, behind the whole product."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests import pictures
from tests.contracts.openai import fake as openais
from tests.contracts.openai.fake import OpenAI
from tests.contracts.runway import fake as runways
from tests.contracts.runway.fake import Runway
from tests.e2e import product as products
from tests.e2e.product import Product
from tests.e2e.test_budget import GIVE, say
from tests.e2e.test_first_film import READY_SECONDS, begin, clips, drop, sign_up, violations, wait_until_ready

pytestmark = pytest.mark.e2e
REDIS = 6
QUICK = """
from providers.models import Model
Model.objects.filter(slug="runway-gen4-turbo").update(expected_seconds=1)
"""
TROUBLE = {"status": "FAILED", "failureCode": "INTERNAL.BAD_OUTPUT.CODE01"}
SAMPLE = """
from clips.models import Take
from providers.models import Model
take = Take.objects.get(owner__email={email!r})
Model.objects.filter(slug="runway-gen4-turbo").update(sample=take.key)
"""
LOST = """
from clips.models import Clip, Take
Clip.objects.filter(project__owner__email={email!r}).update(chosen=None)
Take.objects.filter(owner__email={email!r}, model="local").delete()
"""
DRAWN = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
AT_MOST = READY_SECONDS * 1000


@pytest.fixture(scope="module")
def runway() -> Iterator[Runway]:
    with runways.running(seconds=2) as running:
        yield running
        assert running.violations == []


@pytest.fixture(scope="module")
def openai() -> Iterator[OpenAI]:
    with openais.running() as running:
        yield running
        assert running.violations == []


@pytest.fixture(scope="module")
def product(
    tmp_path_factory: pytest.TempPathFactory, worker_id: str, runway: Runway, openai: OpenAI
) -> Iterator[Product]:
    with products.own(
        f"echoes_services_{worker_id}",
        home=tmp_path_factory.mktemp("services"),
        redis=lambda used: REDIS - used % REDIS,
        settings={
            "DJANGO_SETTINGS_MODULE": "echoes.settings",  # those of the tests know no keys
            "RUNWAYML_API_SECRET": runways.KEY,
            "RUNWAYML_BASE_URL": runway.url,
            "OPENAI_API_KEY": openais.KEY,
            "OPENAI_BASE_URL": openai.url,
        },
    ) as running:
        say(running, QUICK)
        yield running


def film(page: Page, product: Product, tmp_path: Path, email: str, *, photos: int = 1) -> Locator:
    """A film of so many photos, by somebody with credits; gives its first card."""
    sign_up(page, email)
    say(product, GIVE.format(email=email, amount=20))
    begin(page, "Summer")
    drop(page, [pictures.jpeg(tmp_path / f"{number}.jpg", seed=number) for number in range(photos)])
    wait_until_ready(page, photos)
    return clips(page).first


def sheet(card: Locator) -> Locator:
    card.get_by_role("button", name="Redo").click()
    found = card.get_by_role("dialog")
    expect(found).to_be_visible()
    return found


def shoot(page: Page, name: str, complaints: list[str]) -> None:
    """With SHOTS=folder: a picture for people to look at, in both themes."""
    shots = os.environ.get("SHOTS")
    for scheme in ("light", "dark") if shots else ():
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
        page.evaluate(DRAWN)
        page.screenshot(path=Path(str(shots)) / f"{name}-{scheme}.png")
        page.evaluate(DRAWN)
        complaints.clear()  # a picture needs a style of the browser driver's own


def test_a_photo_comes_to_life_by_a_service_and_the_list_says_so(
    page: Page, product: Product, runway: Runway, tmp_path: Path, complaints: list[str]
) -> None:
    card = film(page, product, tmp_path, "service@example.org")
    expect(page.get_by_text("Simulated AI services: Runway, OpenAI.")).to_be_visible()
    say(product, SAMPLE.format(email="service@example.org"))
    page.reload()
    words = sheet(card)
    expect(words.get_by_role("radio", name="Camera move")).to_be_checked()
    expect(words.get_by_role("button", name="Make another take · free")).to_be_visible()
    turbo = words.get_by_role("radio", name="Runway Gen-4 Turbo")
    turbo.hover()
    page.wait_for_function("() => !document.querySelector('.sheet:popover-open video').paused")
    turbo.check()
    expect(words.get_by_role("button", name="Make another take · 2 credits")).to_be_visible()
    expect(words.get_by_text("goes to Runway")).to_be_visible()
    for width in (360, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert words.evaluate("sheet => sheet.scrollWidth <= sheet.clientWidth")
        shoot(page, f"sheet-{width}", complaints)
    words.get_by_label("How should this photo move?").fill("waves roll in")
    words.get_by_role("button", name="Make another take").click()
    expect(card.get_by_text(re.compile("Runway Gen-4 Turbo")).first).to_be_visible()
    expect(card.get_by_text("Made by Runway Gen-4 Turbo")).to_be_visible(timeout=AT_MOST)
    expect(card.locator(".clip__line .ai")).to_have_text("AI")
    shoot(page, "made", complaints)

    again = sheet(card)
    expect(again.get_by_role("radio", name="Runway Gen-4 Turbo")).to_be_checked()
    expect(again.get_by_role("button", name="Make another take · free, your one redo")).to_be_visible()
    expect(again.get_by_text("A copy of the photo goes to Runway.")).to_be_visible()
    again.get_by_role("link", name="What was sent").first.click()
    expect(page.get_by_role("heading", name="What was sent")).to_be_visible()
    # The words were judged, and ideas were had of the photo, by another service.
    expect(page.locator(".sent__line")).to_have_count(3)
    line = page.locator(".sent__line", has_text="to Runway")
    expect(line).to_contain_text("0.jpg to Runway")
    expect(line).to_contain_text("waves roll in")
    expect(line).to_contain_text("simulated")
    for width in (360, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        shoot(page, f"sent-{width}", complaints)
    line.get_by_role("button", name="Never again").click()
    expect(line.get_by_role("button", name="Never sent again")).to_be_visible()
    line.get_by_role("link", name="Summer").click()
    expect(clips(page).first.get_by_title("Never sent to AI")).to_be_visible()


def test_a_failed_redo_says_why_and_what_helps(
    page: Page, product: Product, runway: Runway, tmp_path: Path, complaints: list[str]
) -> None:
    card = film(page, product, tmp_path, "failed@example.org")
    runway.fates += [dict(TROUBLE) for _ in range(2)]
    words = sheet(card)
    words.get_by_role("radio", name="Runway Gen-4 Turbo").check()
    words.get_by_role("button", name="Make another take").click()
    expect(card.get_by_role("alert")).to_contain_text("The new take did not work.", timeout=AT_MOST)
    expect(card.get_by_role("alert")).to_contain_text("You were not charged.")
    shoot(page, "failed", complaints)
    card.get_by_role("button", name="What now?").click()
    again = card.get_by_role("dialog")
    expect(again.get_by_text(re.compile("Last time: "))).to_be_visible()
    expect(again.get_by_role("radio", name="Runway Gen-4 Turbo")).to_be_checked()
    expect(page.get_by_role("link", name="Credits: 21")).to_be_visible()

    say(product, LOST.format(email="failed@example.org"))  # nothing is left to show
    page.reload()
    expect(card.get_by_role("alert")).to_contain_text("You were not charged.")
    for width in (360, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        card.scroll_into_view_if_needed()
        shoot(page, f"error-{width}", complaints)
    expect(card.get_by_role("button", name="Another model")).to_be_visible()
    expect(card.get_by_role("button", name="Try again · 2 credits")).to_be_visible()
    card.get_by_role("button", name="Camera move · free").click()
    expect(card).to_have_attribute("data-state", "ready", timeout=AT_MOST)
    expect(card.locator(".clip__note")).to_have_text("")


def test_ideas_come_into_the_open_sheet(page: Page, product: Product, tmp_path: Path) -> None:
    card = film(page, product, tmp_path, "ideas@example.org", photos=2)
    words = sheet(card)
    words.get_by_label("How should this photo move?").fill("half a sent")
    words.get_by_role("button", name="Ideas from a closer look").click()
    expect(words.get_by_text("OpenAI sees:")).to_be_visible(timeout=AT_MOST)
    expect(words).to_be_visible()
    expect(words.get_by_label("How should this photo move?")).to_have_value("half a sent")
    idea = words.locator("[data-suggest]").first
    idea.click()
    told = idea.get_attribute("data-suggest") or "?"
    expect(words.get_by_label("How should this photo move?")).to_have_value(told)

    page.reload()  # who knows to whom a photo goes need not say it twice
    other = sheet(clips(page).nth(1))
    expect(other.get_by_text("OpenAI sees:")).to_be_visible(timeout=AT_MOST)


def test_what_is_never_sent_has_no_models_and_a_shield(
    page: Page, product: Product, openai: OpenAI, tmp_path: Path, complaints: list[str]
) -> None:
    card = film(page, product, tmp_path, "never@example.org", photos=2)
    asked = len(openai.calls)
    words = sheet(card)
    words.get_by_label("How should this photo move?").fill("half a sent")
    words.get_by_role("checkbox", name="Never send this photo to AI").press("Space")
    expect(words.get_by_text("AI models are not offered, since this photo is never sent.")).to_be_visible()
    expect(words.get_by_role("radio")).to_have_count(0)
    expect(words.get_by_role("button", name="Ideas from a closer look")).to_have_count(0)
    expect(words.get_by_label("How should this photo move?")).to_have_value("half a sent")
    page.keyboard.press("Escape")
    expect(card.get_by_title("Never sent to AI")).to_be_visible()
    expect(page.locator("#budget")).to_contain_text("of 1 photo,")
    shoot(page, "never", complaints)
    project = page.get_by_role("checkbox", name="Never send anything of this project to AI")
    project.check()
    expect(page.get_by_text("Its photos are not sent to any service")).to_be_visible()
    expect(clips(page).nth(1).get_by_title("Never sent to AI")).to_be_visible()
    expect(page.locator("#budget .budget")).to_have_count(0)
    assert len(openai.calls) == asked


def test_works_as_plain_forms(page: Page, product: Product, tmp_path: Path, chromium: Browser) -> None:
    film(page, product, tmp_path, "plain-service@example.org")
    plain = chromium.new_context(java_script_enabled=False, storage_state=page.context.storage_state())
    other = plain.new_page()
    other.goto(page.url)
    words = sheet(clips(other).first)
    words.get_by_role("radio", name="Runway Gen-4 Turbo").check()
    expect(words.get_by_text("goes to Runway")).to_be_visible()
    words.get_by_role("button", name="Make another take").click()
    expect(clips(other).first).to_contain_text("Runway Gen-4 Turbo")
    expect(clips(page).first.get_by_text("Made by Runway Gen-4 Turbo")).to_be_visible(timeout=AT_MOST)
    plain.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_part_is_accessible(product: Product, chromium: Browser, tmp_path: Path, scheme: str) -> None:
    with ExitStack() as stack:
        context = chromium.new_context(
            base_url=product.url,
            color_scheme="dark" if scheme == "dark" else "light",
            bypass_csp=True,
            reduced_motion="reduce",
            viewport={"width": 360, "height": 800},
        )
        stack.callback(context.close)
        page = context.new_page()
        card = film(page, product, tmp_path, f"axe-services-{scheme}@example.org")
        assert violations(page) == [], "project"
        words = sheet(card)
        words.get_by_role("radio", name="Runway Gen-4 Turbo").check()
        assert violations(page) == [], "sheet"
        words.get_by_role("button", name="Make another take").click()
        expect(card.get_by_text("Made by Runway Gen-4 Turbo")).to_be_visible(timeout=AT_MOST)
        assert violations(page) == [], "made"
        page.goto("/settings/sent/")
        assert violations(page) == [], "sent"
        page.goto("/settings/")
        expect(page.get_by_role("link", name="See every one")).to_be_visible()
        assert violations(page) == [], "settings"
