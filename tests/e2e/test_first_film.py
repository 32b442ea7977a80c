"""A newcomer's way from signing up to the film on disk, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import av
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e import mail

pytestmark = pytest.mark.e2e
READY_SECONDS = 120


def sign_up(page: Page, email: str) -> None:
    page.goto("/accounts/signup/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Make an account").click()
    page.get_by_label("Code").fill(mail.code(page, email))
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="Your films")).to_be_visible()


def begin(page: Page, title: str) -> None:
    page.get_by_label("What is the film about?").fill(title)
    page.get_by_role("button", name="New film").click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()


def drop(page: Page, photos: list[Path]) -> None:
    page.locator("photo-drop input[type=file]").first.set_input_files(photos)


def clips(page: Page) -> Locator:
    return page.locator(".clip")


def names(page: Page) -> list[str]:
    return [re.sub(r"^\d+\. ", "", clip.get_attribute("aria-label") or "") for clip in clips(page).all()]


def wait_until_ready(page: Page, number: int) -> None:
    expect(page.locator(".clip[data-state=ready]")).to_have_count(number, timeout=READY_SECONDS * 1000)


def violations(page: Page) -> list[str]:
    # The page's policy forbids evaluated script, which is how axe gets in; that one check is made around it.
    return [f"{found['id']}: {found['help']}" for found in Axe().run(page).response["violations"]]


def test_from_photos_to_a_film_on_disk(page: Page, photos: list[Path], tmp_path: Path) -> None:
    page.goto("/")
    page.get_by_role("link", name=re.compile("first film")).first.click()
    sign_up(page, "family@example.org")
    begin(page, "Summer at the lake")

    drop(page, photos)
    wait_until_ready(page, 6)
    assert names(page) == [path.name for path in photos[:6]]
    expect(page.get_by_text("This is a document, not a photo")).to_be_visible()

    clips(page).nth(5).get_by_role("button", name="Remove").click()
    expect(clips(page)).to_have_count(5)
    page.get_by_role("button", name=re.compile("Undo|Bring back")).first.click()
    expect(clips(page)).to_have_count(6)

    clips(page).nth(2).get_by_role("button", name="earlier").click()
    expect(clips(page).nth(1)).to_have_attribute("aria-label", re.compile("drawn"))

    page.get_by_role("button", name="Approve all").click()
    expect(page.locator(".clip[data-approved=true]")).to_have_count(6)

    page.get_by_role("link", name="Music and finish").click()
    page.get_by_label("On the card before the first picture").fill("Der See · البحيرة 🌊")
    page.get_by_role("radio", name="Slide").check()
    track = page.get_by_role("radio", name=re.compile("Morning Kites"))
    expect(track).to_be_enabled(timeout=READY_SECONDS * 1000)
    track.check()

    page.get_by_role("button", name="Make film").click()
    download = page.get_by_role("link", name="Download")
    expect(download).to_be_visible(timeout=READY_SECONDS * 1000)
    with page.expect_download() as saved:
        download.click()
    saved.value.save_as(tmp_path / "film.mp4")
    with av.open(str(tmp_path / "film.mp4")) as film:
        frames = sum(1 for _ in film.decode(video=0))
        assert (film.streams.video[0].width, film.streams.video[0].height) == (1280, 720)
    assert frames == 72 + 6 * 120 - 6 * 12
    assert saved.value.suggested_filename.endswith(".mp4")

    page.locator(".glance button").last.click()
    page.wait_for_function("() => document.querySelector('video').currentTime > 20")
    page.goto("/")
    page.locator(".card--film").hover()
    expect(page.locator(".card__moving img")).to_have_attribute("data-loaded", "")


def test_a_reload_in_the_middle_shows_the_truth(page: Page, photos: list[Path]) -> None:
    sign_up(page, "reload@example.org")
    begin(page, "Reload")
    drop(page, photos[:3])
    expect(clips(page)).to_have_count(3, timeout=30_000)
    page.reload()
    wait_until_ready(page, 3)


def test_pages_come_true_without_a_socket(
    context: BrowserContext, page: Page, photos: list[Path], complaints: list[str]
) -> None:
    context.route_web_socket(re.compile("/ws/live/"), lambda socket: socket.close())
    sign_up(page, "polling@example.org")
    begin(page, "Polling")
    drop(page, photos[:2])
    wait_until_ready(page, 2)
    complaints[:] = [text for text in complaints if "WebSocket" not in text]


def test_two_tabs_make_one_film(context: BrowserContext, page: Page, photos: list[Path]) -> None:
    sign_up(page, "tabs@example.org")
    begin(page, "Tabs")
    drop(page, photos[:2])
    wait_until_ready(page, 2)
    page.get_by_role("button", name="Approve all").click()
    expect(page.locator(".clip[data-approved=true]")).to_have_count(2)
    finish = f"{page.url}finish/"
    other = context.new_page()
    for tab in (page, other):
        tab.goto(finish)
    for tab in (page, other):
        tab.get_by_role("button", name="Make film").click(no_wait_after=True)
    for tab in (page, other):
        tab.wait_for_url("**/films/**")
    assert page.url == other.url


def test_the_page_stands_still_while_clips_become_ready(page: Page, photos: list[Path]) -> None:
    sign_up(page, "still@example.org")
    begin(page, "Still")
    page.add_init_script(
        "new PerformanceObserver(list => { for (const e of list.getEntries()) if (!e.hadRecentInput)"
        " window.shifted = (window.shifted || 0) + e.value; })."
        "observe({type: 'layout-shift', buffered: true})"
    )
    drop(page, photos[:3])
    expect(clips(page)).to_have_count(3, timeout=30_000)
    page.reload()
    wait_until_ready(page, 3)
    shifted = page.evaluate("() => window.shifted || 0")
    assert shifted < 0.01


def test_pages_are_accessible(
    context: BrowserContext, product: object, chromium: object, photos: list[Path]
) -> None:
    from playwright.sync_api import Browser

    from tests.e2e.product import Product

    assert isinstance(chromium, Browser)
    assert isinstance(product, Product)
    for scheme in ("light", "dark"):
        made = chromium.new_context(
            base_url=product.url, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce"
        )
        page = made.new_page()
        page.goto("/")
        assert violations(page) == [], "landing"
        sign_up(page, f"axe-{scheme}@example.org")
        assert violations(page) == [], "dashboard"
        begin(page, "Axe")
        drop(page, photos[:2])
        wait_until_ready(page, 2)
        assert violations(page) == [], "project"
        page.get_by_role("button", name="Approve all").click()
        expect(page.locator(".clip[data-approved=true]")).to_have_count(2)
        page.get_by_role("link", name="Music and finish").click()
        expect(page.get_by_role("button", name="Make film")).to_be_visible()
        assert violations(page) == [], "finish"
        page.get_by_role("button", name="Make film").click()
        expect(page.get_by_role("link", name="Download")).to_be_visible(timeout=READY_SECONDS * 1000)
        assert violations(page) == [], "film"
        made.close()
