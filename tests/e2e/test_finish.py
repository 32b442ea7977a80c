"""What a person chooses on the finish page, seen in the preview, kept, and made."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests import factories
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


def test_the_strip_says_what_is_on_and_is_one_stop(page: Page, photos: list[Path]) -> None:
    open_finish(page, photos[:3], email="strip@example.org")
    places = page.locator(".strip__place")
    expect(places.first).to_have_attribute("aria-current", "step")
    line = page.get_by_label("Place in the film")
    line.focus()
    page.keyboard.press("End")
    expect(places.last).to_have_attribute("aria-current", "step")
    expect(page.locator(".strip [aria-current]")).to_have_count(1)

    stops = page.locator(".strip a[tabindex='0']")
    expect(stops).to_have_count(1)
    stops.focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("link", name=re.compile("From clip 1 to clip 2"))).to_be_focused()
    page.keyboard.press("End")
    expect(page.get_by_role("link", name=re.compile("Clip 3, "))).to_be_focused()
    expect(stops).to_have_count(1)
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name=re.compile("Clip 3, "))).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator(".strip a:focus")).to_have_count(0)


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


def test_the_film_is_heard_as_it_will_be(page: Page, photos: list[Path], tmp_path: Path) -> None:
    """A photo, and a video with its own sound, to which the music gives way."""
    open_finish(
        page, [photos[0], factories.footage(tmp_path / "sea.mp4", seconds=5)], email="heard@example.org"
    )
    music = page.get_by_role("radio", name=re.compile("Morning Kites"))
    expect(music).to_be_enabled(timeout=READY_SECONDS * 1000)
    music.check()
    expect(page.locator(".deck__beats")).to_have_attribute("d", re.compile("^M.*M"))
    page.get_by_label("Place in the film").focus()
    for key in ("End", "ArrowLeft", "ArrowLeft", "k"):
        page.keyboard.press(key)
    page.wait_for_function("() => document.querySelector('[data-own]').currentTime > 1")
    assert volume(page, "[data-own]") == 1
    assert 0.5 * 0.2 < volume(page, "[data-music]") < 0.5 * 0.3
    page.keyboard.press("m")
    expect(page.get_by_role("button", name="Sound off")).to_have_attribute("aria-pressed", "true")
    assert page.locator("film-preview audio").evaluate_all("(all) => all.every((one) => one.muted)")
    expect(page.locator("film-preview")).to_have_attribute("data-state", "paused", timeout=20_000)
    page.keyboard.press("Home")
    assert volume(page, "[data-music]") == 0.5


def test_music_is_listened_to_ordered_and_cut_to(page: Page, photos: list[Path]) -> None:
    """From a touch of a track's wave to a film that changes on the beats of a track of one's own."""
    open_finish(page, photos[:2], email="shelf@example.org")
    kites = page.locator(".track", has_text="Morning Kites")
    listen = kites.get_by_role("button", name="Listen to Morning Kites")
    expect(listen).to_be_visible(timeout=READY_SECONDS * 1000)
    listen.click()
    expect(kites).to_have_attribute("data-state", "playing")
    place = kites.locator(".track__seek")
    box = place.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(place).to_have_attribute("aria-valuetext", re.compile("^0:3[7-9] of 1:16|^0:4. of 1:16"))
    page.get_by_role("button", name="Play the preview").click()
    expect(kites).to_have_attribute("data-state", "ready")
    page.get_by_role("button", name="Pause the preview").click()

    page.get_by_role("button", name="Gentle").click()
    expect(kites).to_be_hidden()
    page.get_by_role("button", name="Yours").click()
    expect(page.get_by_text("No music of yours is here yet")).to_be_visible()
    page.get_by_text("Have a track made").click()
    page.get_by_label("Mood").select_option("playful")
    page.get_by_role("button", name="Make it · free").click()
    ordered = page.get_by_role("radio", name=re.compile("Playful, for Finish, playful"))
    expect(ordered).to_be_checked(timeout=READY_SECONDS * 1000)  # there was no music, so it is taken
    expect(page.locator(".deck__beats")).to_have_attribute("d", re.compile("^M.*M"))

    with page.expect_response("**/preview.json") as answer:
        page.get_by_role("switch", name="Cut on the beat").check()
    expect(page.locator("#beat-word")).to_have_text("Every change is on a beat.")
    film = answer.value.json()
    change = film["starts"][1] + film["transition"]["frames"] / 2
    assert min(abs(beat / 1_000 - change) for beat in film["beats"]) <= 0.5  # 1,000 ticks are a frame
    page.get_by_label("On the card before the first picture").fill("Us")
    page.get_by_role("radio", name="Poster").check()
    expect(page.locator(".layer--card")).to_have_attribute("data-face", "poster")


def test_an_edit_shows_while_the_film_plays_on(page: Page, photos: list[Path]) -> None:
    open_finish(page, photos[:2], email="edit@example.org")
    page.get_by_role("button", name="Play the preview").click()
    expect(page.locator("film-preview output")).to_have_text(re.compile("^0:0[1-4] / 0:09"))
    loaded = page.locator(".layer video").evaluate_all("(all) => all.map((one) => one.src)")
    page.get_by_label("On the card before the first picture").fill("Our day")
    # Three seconds more before it: the same picture plays on, in the same element, in the longer film.
    expect(page.locator("film-preview output")).to_have_text(re.compile("^0:(0[4-9]|1.) / 0:12"))
    expect(page.locator("film-preview")).to_have_attribute("data-state", "playing")
    assert page.locator(".layer video").evaluate_all("(all) => all.map((one) => one.src)") == loaded


def test_fills_a_phone_that_gives_no_page_its_screen(
    chromium: Browser, product: Product, photos: list[Path]
) -> None:
    """As iPhones do not; and nothing on the page has moved before."""
    phone = chromium.new_context(base_url=product.url, viewport={"width": 360, "height": 740}, has_touch=True)
    phone.add_init_script(
        """delete Element.prototype.requestFullscreen;
        window.moved = 0;
        new PerformanceObserver((seen) => seen.getEntries().forEach((one) => (window.moved += one.value)))
          .observe({ type: "layout-shift", buffered: true });"""
    )
    page = phone.new_page()
    open_finish(page, photos[:2], email="phone@example.org")
    page.get_by_role("button", name="Play the preview").tap()
    expect(page.locator("film-preview output")).to_have_text(re.compile("^0:0[1-9] / 0:09"))
    assert page.evaluate("() => window.moved") == 0
    small = [
        name for name in ("[data-play]", "[data-mute]", "[data-full]", "input") if height(page, name) < 44
    ]
    assert small == []
    page.get_by_role("button", name="Full screen").tap()
    expect(page.locator("film-preview")).to_have_css("position", "fixed")
    assert page.locator("film-preview").bounding_box() == {"x": 0, "y": 0, "width": 360, "height": 740}
    page.keyboard.press("Escape")
    expect(page.locator("film-preview")).to_have_css("position", "sticky")
    phone.close()


def test_a_click_before_the_film_is_known_is_not_lost(page: Page, photos: list[Path]) -> None:
    open_finish(page, photos[:1], email="early@example.org")
    held: list[Route] = []
    page.route("**/preview.json", lambda route: held.append(route), times=1)
    page.reload()
    page.get_by_role("button", name="Play the preview").click()
    for route in held:
        route.continue_()
    expect(page.locator("film-preview")).to_have_attribute("data-state", "playing")


def test_links_that_have_run_out_are_fetched_anew(
    page: Page, photos: list[Path], complaints: list[str]
) -> None:
    """Somebody comes back to the page the next day."""
    open_finish(page, photos[:2], email="late@example.org")
    page.route("**/takes/**", lambda route: route.fulfill(status=403), times=2)
    with page.expect_response("**/preview.json"), page.expect_response("**/preview.json"):
        page.reload()
    page.get_by_role("button", name="Play the preview").click()
    expect(page.locator("film-preview output")).to_have_text(re.compile("^0:0[1-9] / 0:09"))
    complaints[:] = [text for text in complaints if "403" not in text]


def volume(page: Page, audio: str) -> float:
    return float(page.locator(f"film-preview {audio}").first.evaluate("(one) => one.volume"))


def height(page: Page, name: str) -> float:
    box = page.locator(f".deck {name}").bounding_box()
    assert box
    return box["height"]


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
