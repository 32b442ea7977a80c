"""The page of a film as a family uses it, and the two pages that anybody can see."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.product import Product
from tests.e2e.test_first_film import READY_SECONDS, begin, clips, drop, sign_up, wait_until_ready

pytestmark = pytest.mark.e2e
SHIFTS = """
new PerformanceObserver(list => { for (const e of list.getEntries()) if (!e.hadRecentInput)
  window.shifted = (window.shifted || 0) + e.value; }).observe({type: 'layout-shift', buffered: true})
"""
SCHEMES = ("light", "dark")


def make_film(page: Page, photos: list[Path]) -> None:
    begin(page, "Our summer")
    drop(page, photos)
    wait_until_ready(page, len(photos))
    page.get_by_role("button", name="Approve all").click()
    expect(page.locator(".clip[data-approved=true]")).to_have_count(len(photos))
    page.get_by_role("link", name="Music and finish").click()
    page.get_by_role("button", name="Make film").click()
    expect(page.get_by_role("link", name="Download the film")).to_be_visible(timeout=READY_SECONDS * 1000)


def poster(page: Page) -> str:
    return page.locator(".film__screen > video").get_attribute("poster") or ""


def violations(browser: Browser, product: Product, path: str, context: BrowserContext | None) -> list[str]:
    """What axe says of the page in both themes, on a telephone."""
    found = []
    for scheme in SCHEMES:
        made = browser.new_context(
            base_url=product.url,
            color_scheme="dark" if scheme == "dark" else "light",
            viewport={"width": 360, "height": 780},
            bypass_csp=True,
            storage_state=context.storage_state() if context else None,
        )
        page = made.new_page()
        page.goto(path)
        found += [f"{scheme} {each['id']}: {each['help']}" for each in Axe().run(page).response["violations"]]
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 360, path
        made.close()
    return found


def test_a_film_is_shown_changed_and_kept(
    chromium: Browser, context: BrowserContext, page: Page, product: Product, photos: list[Path]
) -> None:
    page.add_init_script(SHIFTS)
    sign_up(page, "versions@example.org")
    make_film(page, photos[:2])
    first = page.url

    # a picture by a click, by the keyboard, and of what the player shows
    page.reload()
    said = page.locator(".picture [role=status]")
    expect(said).to_have_text("Echoes chose the picture.")
    posters = [poster(page)]
    page.locator(".moment").nth(4).click()
    expect(said).to_have_text("You chose the picture.", timeout=30_000)
    expect(page.locator("#moment-4-in")).to_be_checked()
    posters.append(poster(page))
    page.locator("#moment-4-in").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#moment-5-in")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_function(
        "(old) => document.querySelector('.film__screen > video').getAttribute('poster') !== old",
        arg=posters[-1],
    )
    expect(page.locator("#moment-5-in")).to_be_checked()
    expect(page.locator("#moment-5-in")).to_be_focused()
    posters.append(poster(page))
    page.evaluate("() => { document.querySelector('.film__screen > video').currentTime = 3 }")
    page.get_by_role("button", name="Take the moment in the player").click()
    expect(said).to_have_text("The picture is the one that you stopped at.", timeout=30_000)
    posters.append(poster(page))
    assert len({address.split("?")[0] for address in posters}) == 4
    assert page.evaluate("() => window.shifted || 0") < 0.001

    # without script, the same by plain forms
    plain = chromium.new_context(
        base_url=product.url, java_script_enabled=False, storage_state=context.storage_state()
    )
    without = plain.new_page()
    without.goto(first)
    without.locator("#moment-2-in").check()
    without.get_by_role("button", name="Use this picture").click()
    expect(without.locator("#moment-2-in")).to_be_checked()
    plain.close()

    # a change, and the next version
    page.get_by_role("link", name="Change something").click()
    page.get_by_label("On the card before the first picture").fill("Grandma's birthday")
    page.keyboard.press("Tab")
    expect(page.locator("[data-saved]")).to_have_text("Saved")
    page.goto(first)
    expect(page.locator(".again")).to_contain_text("Title “Grandma's birthday” added")
    expect(page.locator(".again")).to_contain_text(re.compile("(anew|joined).*, about \\d+ s"))
    page.get_by_role("button", name="Make it again").click()
    expect(page.get_by_role("link", name="Download the film")).to_be_visible(timeout=READY_SECONDS * 1000)
    assert page.url != first
    versions = page.locator(".version")
    expect(versions).to_have_count(2)
    expect(versions.first).to_contain_text("Title “Grandma's birthday” added")
    assert violations(chromium, product, page.url, context) == []
    with page.expect_download() as saved:
        page.get_by_role("link", name="Download the film").click()
    assert saved.value.suggested_filename == "Grandma s birthday v2.mp4"
    second = page.url
    versions.last.locator(".version__link").click()
    expect(page).to_have_url(first)
    expect(page.locator(".again")).to_contain_text("There is a newer one: version 2")

    # removed, and back again
    page.goto(second)
    page.get_by_role("button", name="Remove this version").click()
    expect(clips(page)).to_have_count(2)
    expect(page.locator(".card--film")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page).to_have_url(second)
    expect(page.locator(".version")).to_have_count(2)


def test_anybody_can_see_what_it_is_and_what_it_costs(
    chromium: Browser, page: Page, product: Product
) -> None:
    page.add_init_script(SHIFTS)
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your photos, as a film worth keeping")
    assert (
        page.locator(".showcase__still").evaluate("(picture) => picture.complete && picture.naturalWidth")
        == 1280
    )
    page.get_by_role("link", name="Pricing").click()
    expect(page.get_by_role("heading", name="Films are free")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("() => window.shifted || 0") < 0.001
    for path in ("/", "/pricing/"):
        assert violations(chromium, product, path, None) == [], path
    plain = chromium.new_context(base_url=product.url, java_script_enabled=False).new_page()
    for path in ("/", "/pricing/"):
        plain.goto(path)
        expect(plain.get_by_role("link", name="Make your first film").first).to_be_visible()
    plain.context.close()
