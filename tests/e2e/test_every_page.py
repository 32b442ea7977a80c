"""What holds for every page: everybody can read and reach what is on it, it stands still, weighs little, asks
nobody else, and is there at once when one goes back to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Request

from tests.e2e import looks, screens
from tests.e2e import pages as known
from tests.e2e.pages import MAIN, Shown
from tests.site import Site

pytestmark = pytest.mark.e2e

# Bytes of everything of a kind that a page fetches with an empty cache, as they come over the line.
MOST = {"document": 60_000, "script": 50_000, "stylesheet": 30_000}
# It shows everything that there is, to those who make it.
HEAVY = {"styleguide"}
STOPS = 150
# That a browser that is driven keeps nothing is no page's fault.
DRIVEN = {"BackForwardCacheDisabled", "BackForwardCacheDisabledByCommandLine", "EmbedderExtensions"}
DRIVEN |= {
    "BackForwardCacheDisabledForDelegate",
    "NotMostRecentNavigationEntry",
    "BrowsingInstanceNotSwapped",
}
DRIVEN |= {"RelatedActiveContentsExist", "ForegroundCacheLimit", "CacheLimit", "NotPrimaryMainFrame"}
# Money and the keys to an account are asked for again, whichever way one comes back to them.
ASKED_AGAIN = {"sign-up", "sign-in", "credits", "settings"}


@pytest.fixture(scope="module")
def shown() -> Iterator[tuple[Site, dict[str, Any]]]:
    with screens.shown_site() as found:
        yield found


def opened(
    chromium: Browser, shown: tuple[Site, dict[str, Any]], page: Shown, **options: Any
) -> tuple[BrowserContext, Page]:
    """A page in a browser of its own, in which nothing was fetched before."""
    site, world = shown
    context = chromium.new_context(base_url=site.url, **options)
    known.enter(context, world, page.who, site.url)
    return context, context.new_page()


def loaded(page: Page, what: Shown, world: dict[str, Any]) -> None:
    page.goto(what.path(world))
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize(("scheme", "width"), [("light", 360), ("dark", 1440)])
def test_can_be_used_by_everybody(
    chromium: Browser, shown: tuple[Site, dict[str, Any]], scheme: Any, width: int, subtests: Any
) -> None:
    for what in MAIN:
        context, page = opened(
            chromium,
            shown,
            what,
            color_scheme=scheme,
            viewport={"width": width, "height": 800},
            bypass_csp=True,
            reduced_motion="reduce",
        )
        loaded(page, what, shown[1])
        found = Axe().run(page).response["violations"]
        with subtests.test(what.name):
            assert [f"{rule['id']}: {rule['nodes'][0]['html'][:160]}" for rule in found] == []
            assert page.evaluate(screens.TOO_WIDE) <= 0
        context.close()


def test_stands_still_and_weighs_little_and_asks_nobody_else(
    chromium: Browser, shown: tuple[Site, dict[str, Any]], subtests: Any
) -> None:
    site, world = shown
    for what in MAIN:
        context, page = opened(chromium, shown, what, viewport={"width": 360, "height": 740})
        page.add_init_script(looks.SHIFTS)
        asked: list[Request] = []
        page.on("requestfinished", lambda request, asked=asked: asked.append(request))
        loaded(page, what, world)
        shifted = page.evaluate("window.shifted")
        weights: Counter[str] = Counter()
        for request in asked:
            weights[request.resource_type] += request.sizes()["responseBodySize"]
        with subtests.test(what.name):
            assert shifted == []
            assert [each.url for each in asked if not each.url.startswith((site.url, "data:", "blob:"))] == []
            assert {
                kind: weights[kind] for kind in MOST if weights[kind] >= MOST[kind] and what.name not in HEAVY
            } == {}
        context.close()


def test_can_be_pressed_with_a_finger(
    chromium: Browser, shown: tuple[Site, dict[str, Any]], subtests: Any
) -> None:
    for what in MAIN:
        context, page = opened(
            chromium, shown, what, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True
        )
        loaded(page, what, shown[1])
        small = page.evaluate(looks.SMALL)
        with subtests.test(what.name):
            assert small == []
        context.close()


def test_is_gone_through_with_the_keyboard(
    chromium: Browser, shown: tuple[Site, dict[str, Any]], subtests: Any
) -> None:
    """From the first thing to the last: nothing holds the focus, and wherever it is, it is seen."""
    for what in MAIN:
        context, page = opened(chromium, shown, what, reduced_motion="reduce")
        loaded(page, what, shown[1])
        stops: list[Any] = []
        for _ in range(STOPS):
            page.keyboard.press("Tab")
            at = page.evaluate(looks.FOCUS)
            if at is None:
                break
            if not (stops and stops[-1]["place"] == at["place"] and at["words"].startswith("<video")):
                stops.append(at)  # a video has buttons of its own
        with subtests.test(what.name):
            places = [stop["place"] for stop in stops]
            assert len(places) >= 3
            again = [stop["words"] for stop in stops if places.count(stop["place"]) > 1]
            assert again == [], "the focus comes back to where it was"
            assert [stop["words"] for stop in stops if not stop["drawn"]] == []
        context.close()


def test_is_there_at_once_when_one_goes_back(
    chromium: Browser, shown: tuple[Site, dict[str, Any]], subtests: Any
) -> None:
    for what in MAIN:
        if what.name in ASKED_AGAIN or what.status != 200:
            continue
        context, page = opened(chromium, shown, what)
        line = context.new_cdp_session(page)
        said: list[Any] = []
        line.send("Page.enable")
        line.on("Page.backForwardCacheNotUsed", lambda event, said=said: said.append(event))
        loaded(page, what, shown[1])
        page.goto("/nowhere/")
        page.go_back()
        page.wait_for_load_state("load")
        reasons = {each["reason"] for event in said for each in event["notRestoredExplanations"]}
        with subtests.test(what.name):
            assert said, "the browser says why it did not keep a page"
            assert reasons - DRIVEN == set()
        context.close()
