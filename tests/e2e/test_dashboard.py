"""Films are found and sorted by their address alone, work is followed from page to page, its end is told."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests import site as sites
from tests.site import Site

pytestmark = pytest.mark.e2e
SHIFTS = """
    window.shifted = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
"""
PLACES = ("/projects/", "/notices/", "/projects/?q=nothing+has+this", "/notices/by-mail/")


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with sites.running() as running:
        yield running


def enter(site: Site, chromium: Browser, email: str, **options: Any) -> tuple[BrowserContext, Page, int]:
    """Somebody's own browser, signed in."""
    person = site.ask("person", email=email)
    context = chromium.new_context(base_url=site.url, **options)
    context.add_cookies([{"name": "sessionid", "value": person["cookie"], "url": site.url}])
    return context, context.new_page(), person["id"]


def is_live(page: Page) -> None:
    expect(page.locator("live-status")).to_have_attribute("data-state", "live", timeout=15_000)


def titles(page: Page) -> list[str]:
    return page.locator("#found .card__title").all_inner_texts()


def shot(page: Page, name: str) -> None:
    """With SHOTS=folder it leaves pictures for people to look at."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def test_films_are_found_narrowed_and_sorted_and_going_back_shows_what_was_there(
    site: Site, chromium: Browser
) -> None:
    context, page, user = enter(site, chromium, "finder@example.org")
    for title in ("Beach", "Lake in May", "Apples"):
        site.ask("project", user=user, title=title)
    site.ask("finish", film=site.ask("film", user=user))
    page.goto("/projects/")
    assert titles(page) == ["Moved", "Apples", "Lake in May", "Beach"]
    page.get_by_label("Search by title, photo or film").press_sequentially("lake may", delay=30)
    expect(page.locator("#found .card")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"/projects/\?q=lake\+may$"))
    expect(page.locator("#found-said")).to_have_text("1 found")
    page.get_by_label("Search by title, photo or film").fill("")
    expect(page.locator("#found .card")).to_have_count(4)
    page.get_by_role("radio", name="With a film").check()
    expect(page).to_have_url(re.compile(r"show=film$"))
    expect(page.locator("#found .card")).to_have_count(1)
    expect(page.get_by_role("link", name="Watch Moved, 0:10")).to_be_visible()
    page.go_back()
    expect(page.locator("#found .card")).to_have_count(4)
    page.get_by_label("Sort by").select_option("name")
    expect(page.locator("#found .card").first).to_contain_text("Apples")
    assert titles(page) == ["Apples", "Beach", "Lake in May", "Moved"]
    page.reload()
    assert titles(page) == ["Apples", "Beach", "Lake in May", "Moved"]
    context.close()


def test_all_of_that_works_without_script(site: Site, chromium: Browser) -> None:
    context, page, user = enter(site, chromium, "plain@example.org", java_script_enabled=False)
    for title in ("Beach", "Lake"):
        site.ask("project", user=user, title=title)
    page.goto("/projects/")
    page.get_by_label("Search by title, photo or film").fill("bea")
    page.get_by_label("Sort by").select_option("oldest")
    page.get_by_role("button", name="Search").click()
    assert titles(page) == ["Beach"]
    context.close()


def test_work_is_followed_from_page_to_page_and_its_end_is_told_once(site: Site, chromium: Browser) -> None:
    context, page, user = enter(site, chromium, "waiter@example.org")
    page.goto("/credits/")
    is_live(page)
    expect(page.locator(".work")).to_have_count(0)
    film = site.ask("film", user=user)
    tray = page.locator(".work")
    expect(tray).to_contain_text("Making “Moved”")
    tray.locator("summary").press("Enter")
    site.ask("progress", user=user, film=film, percent=31, left=40)
    expect(page.get_by_role("progressbar", name="Making “Moved”")).to_have_attribute("aria-valuenow", "31")
    page.goto("/projects/")
    is_live(page)
    expect(tray).to_contain_text("Making “Moved”")
    expect(tray).to_have_attribute("open", "")
    tray.locator("summary").press("Enter")
    expect(tray).not_to_have_attribute("open", re.compile(".*"))
    site.ask("finish", film=film)
    expect(page.locator(".toast", has_text="“Moved” is ready to watch.")).to_be_visible(timeout=10_000)
    expect(tray).to_have_count(0)
    expect(page.get_by_role("link", name="Notices, 1 new")).to_be_visible()
    page.reload()
    is_live(page)
    expect(page.locator(".toast")).to_have_count(0)
    page.goto(f"/films/{film}/")
    expect(page.get_by_role("link", name="Notices", exact=True)).to_be_visible(timeout=10_000)
    context.close()


def test_the_list_is_seen_once_it_was_opened(site: Site, chromium: Browser) -> None:
    context, page, user = enter(site, chromium, "reader@example.org")
    site.ask("finish", film=site.ask("film", user=user))
    page.goto("/notices/")
    is_live(page)
    expect(page.locator(".notice[data-new]")).to_have_count(1)
    expect(page.get_by_role("link", name="Notices", exact=True)).to_be_visible(timeout=10_000)
    page.reload()
    expect(page.locator(".notice[data-new]")).to_have_count(0)
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible_and_stand_still_on_a_telephone(
    site: Site, chromium: Browser, scheme: Any
) -> None:
    context, page, user = enter(
        site,
        chromium,
        f"small-{scheme}@example.org",
        color_scheme=scheme,
        bypass_csp=True,
        reduced_motion="reduce",
        viewport={"width": 360, "height": 760},
    )
    for title in ("Lake", "A name that is much longer than any telephone is wide, in any language"):
        site.ask("project", user=user, title=title)
    site.ask("finish", film=site.ask("film", user=user))
    site.ask("film", user=user)
    page.add_init_script(SHIFTS)
    for place in PLACES:
        page.goto(place)
        page.wait_for_load_state("networkidle")
        shot(page, f"{scheme}-360-{PLACES.index(place)}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, place
        assert page.evaluate("window.shifted") < 0.001, place
        assert [rule["id"] for rule in Axe().run(page).response["violations"]] == [], place
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto("/projects/")
    page.wait_for_load_state("networkidle")
    shot(page, f"{scheme}-1440")
    context.close()
