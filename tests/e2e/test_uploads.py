"""Large files in a real browser: in parts, paused, interrupted, and gone on with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from echoes.embedded import seaweedfs
from tests import pictures
from tests import site as sites
from tests.e2e.test_first_film import begin, drop, sign_up, violations, wait_until_ready

pytestmark = pytest.mark.e2e
MIB = 1024 * 1024


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A photo of 40 MB, which is sent in five parts: what follows its end is nothing to anybody."""
    path = pictures.jpeg(tmp_path / "Große Reise 🌄.jpg", seed=7)
    with path.open("r+b") as file:
        file.truncate(40 * MIB)
    return path


GATE = """(() => {
  const { open, send, abort } = XMLHttpRequest.prototype;
  const held = new Set();
  Object.assign(window, { lets: %d, sent: 0 });
  XMLHttpRequest.prototype.open = function (method, ...others) {
    if (method === "PUT") held.add(this);
    return open.call(this, method, ...others);
  };
  XMLHttpRequest.prototype.send = function (body) {
    if (held.has(this) && !window.lets) return;
    if (held.delete(this)) { window.lets--; window.sent++; }
    send.call(this, body);
  };
  XMLHttpRequest.prototype.abort = function () {
    if (held.delete(this)) this.onabort(new ProgressEvent("abort"));
    else abort.call(this);
  };
})()"""


class Gate:
    """Lets so many parts leave each page that is loaded from now on, and keeps the others waiting."""

    def __init__(self, page: Page, *, lets: int) -> None:
        self.page = page
        page.add_init_script(GATE % lets)

    @property
    def sent(self) -> int:
        return int(self.page.evaluate("window.sent"))

    def open(self) -> None:
        self.page.evaluate("window.lets = 99")


def row(page: Page, name: str) -> Locator:
    return page.locator(".tray__row").filter(has_text=name)


def leave(page: Page, act: Callable[[], object]) -> list[str]:
    """Do what leaves the page, and say yes to it; gives what the page asked."""
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    act()
    return asked


def interrupted(page: Page, large: Path) -> Gate:
    """Two of five parts have arrived, and the page was loaded anew."""
    gate = Gate(page, lets=2)
    page.reload()
    drop(page, [large])
    expect(row(page, large.name)).to_contain_text("40 %")
    assert leave(page, page.reload) == ["beforeunload"]
    expect(row(page, large.name)).to_contain_text(f"Drop {large.name} again to go on.")
    return gate


class TestALargeFile:
    def test_goes_on_after_a_reload_with_what_is_missing(self, page: Page, large: Path) -> None:
        sign_up(page, "reloaded@example.org")
        begin(page, "Reloaded")
        gate = interrupted(page, large)
        expect(row(page, large.name)).to_have_attribute("data-state", "interrupted")
        page.get_by_role("button", name="Put this list away").click()
        expect(page.locator(".tray")).to_be_hidden()
        gate.open()
        drop(page, [large])
        wait_until_ready(page, 1)
        assert gate.sent == 3
        page.reload()
        expect(page.locator(".clip")).to_have_count(1)
        expect(page.locator(".tray__row")).to_have_count(0)

    def test_may_be_given_up(self, page: Page, large: Path) -> None:
        sign_up(page, "given-up@example.org")
        begin(page, "Given up")
        interrupted(page, large)
        with page.expect_response(lambda answer: answer.request.method == "DELETE") as answer:
            row(page, large.name).get_by_role("button", name="Give up").click()
        assert answer.value.status == 204
        expect(page.locator(".tray")).to_be_hidden()
        page.reload()
        expect(page.locator("[data-tray-title]")).to_have_text("")
        expect(page.locator(".tray__row")).to_have_count(0)

    def test_is_paused_and_goes_on_by_the_keyboard(self, page: Page, large: Path) -> None:
        sign_up(page, "paused@example.org")
        gate = Gate(page, lets=1)
        begin(page, "Paused")
        drop(page, [large])
        expect(row(page, large.name)).to_contain_text("20 %")
        row(page, large.name).get_by_role("button", name="Pause").focus()
        page.keyboard.press("Enter")
        expect(row(page, large.name)).to_contain_text("Paused")
        expect(page.get_by_role("button", name="Go on with all")).to_be_visible()
        assert violations(page) == []
        gate.open()
        expect(row(page, large.name).get_by_role("button", name="Go on")).to_be_focused()
        page.keyboard.press("Enter")
        wait_until_ready(page, 1)
        assert gate.sent == 5

    def test_is_cancelled(self, page: Page, large: Path) -> None:
        sign_up(page, "cancelled@example.org")
        Gate(page, lets=1)
        begin(page, "Cancelled")
        drop(page, [large])
        expect(row(page, large.name)).to_contain_text("20 %")
        with page.expect_response(lambda answer: answer.request.method == "DELETE") as answer:
            row(page, large.name).get_by_role("button", name="Cancel").click()
        assert answer.value.status == 204
        expect(page.locator(".tray__row")).to_have_count(0)
        assert leave(page, page.reload) == []

    def test_outlives_a_network_that_comes_and_goes(
        self, page: Page, large: Path, complaints: list[str]
    ) -> None:
        sign_up(page, "tunnel@example.org")
        gate = Gate(page, lets=2)
        begin(page, "Tunnel")
        drop(page, [large])
        expect(row(page, large.name)).to_contain_text("40 %")
        row(page, large.name).get_by_role("button", name="Pause").click()
        gate.open()
        page.context.set_offline(True)
        row(page, large.name).get_by_role("button", name="Go on").click()
        expect(row(page, large.name)).to_contain_text("Network lost, trying again")
        page.context.set_offline(False)
        wait_until_ready(page, 1)
        assert gate.sent == 5
        away = ("ERR_INTERNET_DISCONNECTED", "htmx:sendError")
        complaints[:] = [text for text in complaints if not any(word in text for word in away)]

    def test_that_nobody_takes_is_refused_with_a_reason(
        self, page: Page, tmp_path: Path, complaints: list[str]
    ) -> None:
        sign_up(page, "refused@example.org")
        begin(page, "Refused")
        huge = tmp_path / "huge.jpg"
        with huge.open("wb") as file:
            file.truncate(65 * MIB)
        (tmp_path / "letter.txt").write_text("Dear grandma")
        drop(page, [huge, tmp_path / "letter.txt"])
        expect(row(page, "huge.jpg")).to_contain_text("This file is larger than 64 MB.")
        expect(row(page, "letter.txt")).to_contain_text("This is no photo or video that Echoes takes")
        complaints[:] = [text for text in complaints if "400 (Bad Request)" not in text]


class TestAllFiles:
    def test_are_paused_and_go_on_at_once(self, page: Page, large: Path, photos: list[Path]) -> None:
        sign_up(page, "all@example.org")
        gate = Gate(page, lets=1)
        begin(page, "All")
        drop(page, [large])
        expect(row(page, large.name)).to_contain_text("20 %")
        drop(page, photos[:2])
        page.get_by_role("button", name="Pause all").click()
        expect(page.locator('.tray__row[data-state="paused"]')).to_have_count(3)
        gate.open()
        page.get_by_role("button", name="Go on with all").click()
        wait_until_ready(page, 3)


def test_a_bucket_gets_every_byte_from_the_page(chromium: Browser, large: Path, tmp_path: Path) -> None:
    with sites.running(with_s3=True) as site:
        context = chromium.new_context(base_url=site.url)
        page = context.new_page()
        sign_up(page, "bucket@example.org")
        begin(page, "Bucket")
        asked: list[tuple[str, str]] = []
        page.on("request", lambda request: asked.append((request.method, request.url)))
        small = pictures.jpeg(tmp_path / "small.jpg")
        drop(page, [large, small])
        for name in (large.name, small.name):
            expect(row(page, name)).to_have_attribute("data-state", "reading", timeout=60_000)
        bucket = seaweedfs.bucket(site.servers.urls.s3).url
        puts = [url for method, url in asked if method == "PUT"]
        assert (len(puts), all(url.startswith(bucket) for url in puts)) == (5, True)
        assert [url for method, url in asked if method == "POST" and url.startswith(bucket)] == [f"{bucket}/"]
        assert [url for _, url in asked if url.startswith(f"{site.url}/media/")] == []
        context.close()
