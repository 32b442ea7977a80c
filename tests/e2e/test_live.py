"""No missed news: a job moves while the page cannot hear it, and the page shows the truth soon after."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, WebSocketRoute, expect

from tests import site as sites
from tests.site import Site

pytestmark = pytest.mark.e2e
SOON = 5_000  # milliseconds, from the moment when all is well again
POLLED = 10_000
SOCKET = re.compile("/ws/live/")


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with sites.running() as running:
        yield running


@pytest.fixture
def page(site: Site, chromium: object, complaints: list[str]) -> Iterator[Page]:
    """A film's page, live. What the console says of sockets that were cut is no complaint."""
    from playwright.sync_api import Browser

    assert isinstance(chromium, Browser)
    context = chromium.new_context(base_url=site.url)
    made = context.new_page()
    made.on("pageerror", lambda error: complaints.append(str(error)))
    open_film(site, made)
    yield made
    context.close()
    assert complaints == []


class Film:
    """A film that moves back and forth between waiting and stopped."""

    def __init__(self, site: Site, email: str) -> None:
        self.site = site
        self.person = site.ask("person", email=email)
        self.id = site.ask("film", user=self.person["id"])
        self.state = "processing"

    def move(self) -> str:
        """Gives the state that the page should show now."""
        self.site.ask("cancel" if self.state == "processing" else "retry", film=self.id)
        self.state = "cancelled" if self.state == "processing" else "processing"
        return self.state


def open_film(site: Site, page: Page, *, wait: bool = True) -> Film:
    film = Film(site, "alice@example.org")
    cookie = {"name": "sessionid", "value": film.person["cookie"], "url": site.url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    page.goto(f"/films/{film.id}/")
    page.film = film  # type: ignore[attr-defined]
    if wait:
        is_live(page)
    return film


def film_of(page: Page) -> Film:
    found = page.film  # type: ignore[attr-defined]
    assert isinstance(found, Film)
    return found


def is_live(page: Page) -> None:
    badge(page, "live")


def badge(page: Page, state: str, *, within: int = 15_000) -> None:
    expect(page.locator("live-status")).to_have_attribute("data-state", state, timeout=within)


def shows(page: Page, state: str, *, within: int = SOON) -> None:
    expect(page.locator(f".film[data-state={state}]")).to_be_visible(timeout=within)


# ---- what may come between a page and its news ----------------------------------------------


def nothing(site: Site, page: Page, moved: Callable[[], str]) -> str:
    return moved()


def web_restarts(site: Site, page: Page, moved: Callable[[], str]) -> str:
    site.stop_web()
    state = moved()
    site.start_web()
    return state


def redis_blinks(site: Site, page: Page, moved: Callable[[], str]) -> str:
    site.stop_redis()
    state = moved()
    site.start_redis()
    return state


def page_sleeps(site: Site, page: Page, moved: Callable[[], str]) -> str:
    session = page.context.new_cdp_session(page)
    session.send("Page.setWebLifecycleState", {"state": "frozen"})
    state = moved()
    session.send("Page.setWebLifecycleState", {"state": "active"})
    session.detach()
    return state


def network_goes(site: Site, page: Page, moved: Callable[[], str]) -> str:
    page.context.set_offline(True)
    state = moved()
    page.context.set_offline(False)
    return state


TROUBLES = [nothing, web_restarts, redis_blinks, page_sleeps, network_goes]


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.__name__)
def test_the_page_shows_the_truth_soon_after(
    site: Site, page: Page, trouble: Callable[[Site, Page, Callable[[], str]], str]
) -> None:
    film = film_of(page)
    shows(page, "processing")
    shows(page, trouble(site, page, film.move))
    is_live(page)


def test_a_socket_that_drops_comes_back(site: Site, chromium: object) -> None:
    context, page = _fresh(site, chromium)
    lines: list[WebSocketRoute] = []
    cut = threading.Event()

    def route(line: WebSocketRoute) -> None:
        if cut.is_set():
            line.close()
            return
        lines.append(line)
        line.connect_to_server()

    page.route_web_socket(SOCKET, route)
    film = open_film(site, page)
    cut.set()
    lines[-1].close()
    state = film.move()
    cut.clear()
    shows(page, state)
    is_live(page)
    context.close()


def test_a_page_whose_socket_never_opens_looks_for_itself_and_says_so(site: Site, chromium: object) -> None:
    context, page = _fresh(site, chromium)
    page.route_web_socket(SOCKET, lambda line: line.close())
    film = open_film(site, page, wait=False)
    badge(page, "polling")
    expect(page.locator("live-status")).to_have_text("Checking every few seconds")
    shows(page, film.move(), within=POLLED)
    context.close()


def test_what_moves_between_the_page_and_its_socket_is_not_missed(site: Site, chromium: object) -> None:
    """The page is there, the job moves, and only then the socket is let through."""
    context, page = _fresh(site, chromium)
    held: list[WebSocketRoute] = []
    page.route_web_socket(SOCKET, lambda line: held.append(line))
    film = open_film(site, page, wait=False)
    shows(page, "processing")
    sites.until(lambda: bool(held) or _turn(page), "the socket is asked for")
    state = film.move()
    held[0].connect_to_server()
    is_live(page)
    shows(page, state, within=3_000)  # sooner than a poll
    context.close()


def test_without_that_look_it_would_be_missed(site: Site, chromium: object) -> None:
    """The twin: the page is told that nothing has moved for longer than it is old."""
    context, page = _fresh(site, chromium)
    held: list[WebSocketRoute] = []
    page.route_web_socket(SOCKET, lambda line: held.append(line))
    film = open_film(site, page, wait=False)
    sites.until(lambda: bool(held) or _turn(page), "the socket is asked for")
    film.move()
    held[0].send('{"topic": "hello", "quiet": 999}')
    is_live(page)
    page.wait_for_load_state("networkidle")
    shows(page, "processing")
    context.close()


def test_nothing_is_fetched_again_when_nothing_has_moved(site: Site, chromium: object) -> None:
    context, page = _fresh(site, chromium)
    film = open_film(site, page)
    _forget_what_was_said(site, film)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "fragment" in request.url else None)
    page.reload()
    is_live(page)
    page.wait_for_load_state("networkidle")
    assert asked == []
    context.close()


def test_progress_moves_with_words_and_without_a_fetch(site: Site, page: Page) -> None:
    film = film_of(page)
    ring = page.get_by_role("progressbar", name="Making the film")
    site.ask("progress", user=film.person["id"], film=film.id, percent=31, left=38)
    expect(ring).to_have_attribute("aria-valuetext", "31 %, about 40 s left")
    expect(ring.get_by_text("about 40 s left")).to_be_visible()


class TestBadge:
    def test_is_one_quiet_word_while_all_is_well(self, page: Page) -> None:
        expect(page.locator("live-status")).to_have_text("Live")
        assert page.locator("live-status").get_attribute("aria-live") is None

    def test_says_that_echoes_does_not_answer_and_that_it_does_again(self, site: Site, page: Page) -> None:
        site.stop_web()
        try:
            badge(page, "away")
            assert page.locator("live-status").get_attribute("aria-live") == "polite"
            expect(page.locator(".toast")).to_have_count(0)
        finally:
            site.start_web()
        is_live(page)

    def test_says_that_there_is_no_network(self, site: Site, chromium: object) -> None:
        context, page = _fresh(site, chromium)
        page.route_web_socket(SOCKET, lambda line: line.close())
        open_film(site, page, wait=False)
        context.set_offline(True)
        badge(page, "offline")
        context.set_offline(False)
        badge(page, "polling")
        context.close()

    def test_of_somebody_signed_out_elsewhere_the_page_goes_to_the_sign_in(
        self, site: Site, page: Page
    ) -> None:
        _sign_out(site, page)
        page.wait_for_url("**/accounts/login/?next=/films/**")

    def test_but_waits_for_a_sentence_half_written(self, site: Site, page: Page) -> None:
        page.goto("/projects/")
        is_live(page)
        page.get_by_label("What is the film about?").fill("Summer at the")
        _sign_out(site, page)
        badge(page, "out")
        expect(page.locator("live-status")).to_have_text("Signed out")
        expect(page.get_by_label("What is the film about?")).to_have_value("Summer at the")

    def test_can_be_read_on_a_small_screen_in_light_and_dark(self, site: Site, chromium: object) -> None:
        for scheme in ("light", "dark"):
            context, page = _fresh(site, chromium, color_scheme=scheme, bypass_csp=True)
            page.set_viewport_size({"width": 360, "height": 700})
            page.route_web_socket(SOCKET, lambda line: line.close())
            open_film(site, page, wait=False)
            badge(page, "polling")
            box = page.locator("live-status").bounding_box()
            assert box
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 360
            found = Axe().run(page).response["violations"]
            assert [rule["id"] for rule in found] == []
            context.close()


def _fresh(site: Site, chromium: object, **options: object) -> tuple[BrowserContext, Page]:
    from playwright.sync_api import Browser

    assert isinstance(chromium, Browser)
    context = chromium.new_context(base_url=site.url, **options)  # type: ignore[arg-type]
    return context, context.new_page()


def _sign_out(site: Site, page: Page) -> None:
    """In another tab, so to say."""
    token = page.locator('meta[name="csrf"]').get_attribute("content") or ""
    words = {"csrfmiddlewaretoken": token}
    page.context.request.post("/accounts/logout/", form=words, headers={"Referer": site.url})


def _turn(page: Page) -> bool:
    """Playwright hears of sockets only while it is asked something."""
    page.evaluate("() => 0")
    return False


def _forget_what_was_said(site: Site, film: Film) -> None:
    import redis

    with redis.Redis.from_url(site.servers.urls.redis) as client:
        client.delete(f"echoes:stirred:user.{film.person['id']}")
