"""What a person chooses on the finish page, seen in the preview, kept, and made."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.e2e.product import Product
from tests.e2e.test_first_film import READY_SECONDS, begin, drop, sign_up, violations, wait_until_ready

pytestmark = pytest.mark.e2e
SAVED_SECONDS = 30


def open_finish(page: Page, photos: list[Path], *, email: str) -> None:
    sign_up(page, email)
    begin(page, "Finish")
    drop(page, photos)
    wait_until_ready(page, len(photos))
    page.get_by_role("button", name="Approve all").click()
    expect(page.locator(".clip[data-approved=true]")).to_have_count(len(photos))
    page.get_by_role("link", name="Music and finish").click()
    expect(page.locator(".strip__clip")).to_have_count(len(photos))
    expect(page.locator("film-preview output")).to_have_text(re.compile("/ 0:(0[4-9]|1)"))


def opened(page: Page) -> Locator:
    return page.locator("#opened")


def test_keeps_a_caption_and_an_own_transition(page: Page, photos: list[Path]) -> None:
    open_finish(page, photos[:2], email="caption@example.org")
    said = page.locator(".said__words")
    page.get_by_role("link", name=re.compile("Clip 2, ")).click()
    expect(opened(page).get_by_role("heading", name=re.compile("Clip 2"))).to_be_focused()
    page.get_by_label("Words over this clip").fill("בוקר ליד האגם")
    expect(said.first).to_have_text("בוקר ליד האגם")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        opened(page).get_by_role("radio", name="On a plate").check()
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.get_by_role("link", name=re.compile("Clip 2, "))).to_be_focused()

    page.get_by_role("link", name=re.compile("From clip 1 to clip 2: As the film")).click()
    opened(page).get_by_role("radio", name="Zoom").check()
    expect(page.get_by_role("link", name="From clip 1 to clip 2: Zoom")).to_be_visible()
    expect(page.locator("film-preview .stage")).to_have_attribute("data-transition", "zoom")

    page.reload()
    page.get_by_role("link", name="From clip 1 to clip 2: Zoom").click()
    expect(opened(page).get_by_role("radio", name="Zoom")).to_be_checked()
    page.get_by_role("link", name=re.compile("Clip 2, .* It has words")).click()
    expect(page.get_by_label("Words over this clip")).to_have_value("בוקר ליד האגם")
    expect(opened(page).get_by_role("radio", name="On a plate")).to_be_checked()
    expect(said.first).to_have_css("opacity", "1")


def test_makes_two_shapes_of_one_film_framed_by_hand(page: Page, photos: list[Path]) -> None:
    open_finish(page, photos[:2], email="shapes@example.org")
    page.get_by_role("checkbox", name="Portrait 9:16").check()
    expect(page.locator("#estimate")).to_contain_text("2 films of", timeout=SAVED_SECONDS * 1000)
    page.get_by_role("radio", name="Look at it in Portrait 9:16").check()
    expect(page.locator("film-preview")).to_have_attribute("data-aspect", "9:16")

    page.get_by_role("link", name=re.compile("Clip 1, ")).click()
    slider = page.get_by_role("slider", name="Portrait 9:16, from left to right")
    automatic = page.get_by_role("checkbox", name="Automatic, Portrait 9:16")
    expect(automatic).to_be_checked()
    slider.focus()
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowDown")
    expect(slider).to_have_value("520")
    expect(automatic).not_to_be_checked()
    page.reload()
    page.get_by_role("link", name=re.compile("Clip 1, .* Framed by you")).click()
    expect(slider).to_have_value("520")
    expect(page.get_by_role("slider", name="Portrait 9:16, from top to bottom")).to_have_value("520")

    page.get_by_role("button", name="Make film").click()
    page.wait_for_url("**/films/**")
    shapes = page.get_by_role("navigation", name="Shapes of this film")
    expect(shapes.get_by_role("link", name=re.compile("^Download"))).to_have_count(
        2, timeout=READY_SECONDS * 1000
    )
    shapes.get_by_role("link", name=re.compile("^Portrait 9:16")).click()
    expect(page.locator(".film video")).to_have_attribute("height", "1280")


def test_plays_closing_words_after_the_last_clip(page: Page, photos: list[Path]) -> None:
    open_finish(page, photos[:1], email="closing@example.org")
    page.get_by_text("Closing words").click()
    page.get_by_label("On the card after the last picture").fill("Good night")
    output = page.locator("film-preview output")
    expect(output).to_have_text(re.compile("/ 0:07"))
    page.get_by_label("Place in the film").focus()
    page.keyboard.press("End")
    expect(page.locator(".layer--card p").first).to_have_text("Good night")
    expect(page.locator(".layer--card")).to_be_visible()


def test_a_clip_has_a_plain_page_without_script(
    chromium: Browser, product: Product, page: Page, photos: list[Path]
) -> None:
    open_finish(page, photos[:1], email="plain@example.org")
    address = page.locator(".strip__clip").get_attribute("href")
    assert address
    plain = chromium.new_context(
        base_url=product.url, java_script_enabled=False, storage_state=page.context.storage_state()
    )
    bare = plain.new_page()
    bare.goto(address)
    bare.get_by_label("Words over this clip").fill("Without script")
    bare.get_by_role("button", name="Save").click()
    bare.goto(address)
    expect(bare.get_by_label("Words over this clip")).to_have_value("Without script")
    plain.close()


def test_music_that_becomes_ready_meanwhile_does_not_lose_what_is_saved(
    page: Page, photos: list[Path]
) -> None:
    open_finish(page, photos[:1], email="meanwhile@example.org")
    held: list[Route] = []
    page.route("**/finish/", lambda route: held.append(route), times=1)
    with page.expect_request(lambda request: request.method == "POST"):
        page.get_by_role("checkbox", name="Square 1:1").check()
    with page.expect_response("**/shelf/"):
        page.evaluate("() => window.htmx.trigger('#shelf', 'live')")
    for route in held:
        route.continue_()
    expect(page.locator("#estimate")).to_contain_text("2 films of", timeout=SAVED_SECONDS * 1000)


def test_what_is_open_is_accessible(chromium: Browser, product: Product, photos: list[Path]) -> None:
    for scheme in ("light", "dark"):
        made = chromium.new_context(
            base_url=product.url,
            color_scheme=scheme,  # type: ignore[arg-type]
            bypass_csp=True,
            reduced_motion="reduce",
        )
        page = made.new_page()
        open_finish(page, photos[:2], email=f"axe-finish-{scheme}@example.org")
        page.get_by_role("checkbox", name="Square 1:1").check()
        expect(page.locator("#estimate")).to_contain_text("2 films of", timeout=SAVED_SECONDS * 1000)
        for link in (re.compile("Clip 1, "), re.compile("From clip 1 to clip 2")):
            page.get_by_role("link", name=link).click()
            expect(opened(page).get_by_role("heading", name=re.compile("lip 1"))).to_be_focused()
            assert violations(page) == []
        made.close()
