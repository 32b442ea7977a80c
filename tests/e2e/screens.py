"""Pictures of every page in every state, at three widths and in both themes, for people to look at.

`make screens` writes them and an index page to .data/screens. It ends with an error if a browser's console
complained, a page is wider than its window, or a picture on it is missing. `ARGS='project finish'` takes the
pages whose names begin so; `ARGS=--readme` also renews the README's.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from itertools import groupby
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page

from tests import site as sites
from tests.e2e import browser as browsers
from tests.e2e import pages as known
from tests.e2e.pages import PAGES, Shown
from tests.e2e.product import ROOT
from tests.site import Site

OUT = ROOT / ".data" / "screens"
README = ROOT / "docs" / "project.png"
WIDTHS = (360, 768, 1440)
SCHEMES = ("light", "dark")
# A key with which nothing is ever asked: no worker runs. With it people are offered AI motion.
SETTINGS = {"RUNWAYML_API_SECRET": "key"}
MISSING = """() => [...document.images]
    .filter((image) => image.src && image.complete && !image.naturalWidth).map((image) => image.src)"""
STYLE = """body { font: 16px system-ui; margin: 2rem } nav a { margin-right: 1rem }
    figure { display: inline-block; margin: .5rem; vertical-align: top }
    img { max-height: 22rem; max-width: 26rem; border: 1px solid #999 }"""
ALL_PICTURES = "() => { for (const image of document.images) image.loading = 'eager'; }"
TOO_WIDE = "() => document.documentElement.scrollWidth - innerWidth"


def main(arguments: list[str]) -> int:
    starts = tuple(word for word in arguments if not word.startswith("-")) or ("",)
    wanted = [page for page in PAGES if page.name.startswith(starts)]
    OUT.mkdir(parents=True, exist_ok=True)
    with shown_site() as (site, world), browsers.chromium() as browser:
        complaints = list(_shoot_all(browser, site, world, wanted))
        if "--readme" in arguments:
            _shoot_readme(browser, site, world)
    (OUT / "index.html").write_text(_index(PAGES))
    print(f"{len(wanted) * len(WIDTHS) * len(SCHEMES)} pictures: {OUT / 'index.html'}")  # noqa: T201
    for complaint in complaints:
        print(complaint)  # noqa: T201
    return 1 if complaints else 0


@contextmanager
def shown_site() -> Iterator[tuple[Site, dict[str, Any]]]:
    """A site with something to show on every page, and where that is."""
    with tempfile.TemporaryDirectory(prefix="echoes-world-") as home:
        os.environ.setdefault("ECHOES_TEST_HOME", home)  # the mover begins no servers of its own
        with sites.running(settings=SETTINGS) as site:
            yield site, site.ask("world")


def _shoot_all(browser: Browser, site: Site, world: dict[str, Any], wanted: Sequence[Shown]) -> Iterator[str]:
    """Gives what was wrong."""
    by_who = sorted(wanted, key=lambda page: page.who)
    for width in WIDTHS:
        for scheme in SCHEMES:
            for who, pages in groupby(by_who, key=lambda page: page.who):
                context = _context(browser, site, width=width, scheme=scheme)
                known.enter(context, world, who, site.url)
                for shown in pages:
                    name = file_name(shown, width, scheme)
                    yield from (f"{name}: {wrong}" for wrong in _shoot(context, shown, world, name))
                context.close()


def _context(browser: Browser, site: Site, *, width: int, scheme: str) -> BrowserContext:
    return browser.new_context(
        base_url=site.url,
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
        has_touch=width < 500,
        device_scale_factor=1,
    )


def _shoot(context: BrowserContext, shown: Shown, world: dict[str, Any], name: str) -> list[str]:
    """One page in its state, the whole of it with all its pictures; gives what was wrong with it."""
    page, wrong = context.new_page(), list[str]()
    page.set_default_timeout(known.SECONDS)
    page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
    page.on("console", lambda said: wrong.append(f"console: {said.text}") if _is_complaint(said) else None)
    if not shown.who:
        context.clear_cookies()  # whoever has begun to sign up is somebody
    try:
        answer = page.goto(shown.path(world))
        if answer is None or answer.status != shown.status:
            wrong.append(f"the server said {answer and answer.status}, not {shown.status}")
        if shown.act:
            shown.act(page)
        _settle(page, shown)
        page.screenshot(path=OUT / f"{name}.png", full_page=shown.act is None)
        wrong += _looked_at(page)
        if shown.undo:
            shown.undo(page)
    except Error as error:
        wrong.append(f"not to be had: {str(error).splitlines()[0]}")
    page.close()
    return wrong


def _settle(page: Page, shown: Shown) -> None:
    page.evaluate(ALL_PICTURES)
    if shown.name != "project-uploading":
        page.wait_for_load_state("networkidle")


def _looked_at(page: Page) -> list[str]:
    wrong = [f"a picture is missing: {source[:120]}" for source in page.evaluate(MISSING)]
    wider = page.evaluate(TOO_WIDE)
    return [*wrong, f"{wider} px wider than its window"] if wider > 0 else wrong


def _is_complaint(said: ConsoleMessage) -> bool:
    """That a page of an error came with its status is no complaint of the page's."""
    is_status = said.text.startswith("Failed to load resource: the server responded with a status of")
    path = (said.location or {}).get("url", "")
    return said.type == "error" and not (
        is_status and any(page.status != 200 and page.address in path for page in PAGES)
    )


def _shoot_readme(browser: Browser, site: Site, world: dict[str, Any]) -> None:
    context = _context(browser, site, width=1280, scheme="light")
    known.enter(context, world, known.ALICE, site.url)
    page = context.new_page()
    page.goto(world["pages"]["outdoors"])
    page.wait_for_load_state("networkidle")
    page.screenshot(path=README)
    context.close()


# ---- the index ------------------------------------------------------------------------------


def file_name(shown: Shown, width: int, scheme: str) -> str:
    return f"{shown.name}-{width}-{scheme}"


def _index(pages: Sequence[Shown]) -> str:
    titles = list(dict.fromkeys(page.title for page in pages))
    links = " ".join(f'<a href="#{_anchor(title)}">{escape(title)}</a>' for title in titles)
    sections = "\n".join(_section(title, [page for page in pages if page.title == title]) for title in titles)
    head = f"<meta charset=utf-8><title>Echoes: every page</title><style>{STYLE}</style>"
    return f"<!doctype html><html lang=en>{head}<h1>Every page</h1><nav>{links}</nav>\n{sections}\n"


def _section(title: str, pages: Sequence[Shown]) -> str:
    states = "\n".join(f"<h3>{escape(page.name)}</h3>\n{_figures(page)}" for page in pages)
    return f'<h2 id="{_anchor(title)}">{escape(title)}</h2>\n{states}'


def _figures(page: Shown) -> str:
    names = [file_name(page, width, scheme) for width in WIDTHS for scheme in SCHEMES]
    return "".join(
        f'<figure><a href="{name}.png"><img src="{name}.png" loading="lazy" alt="{name}"></a>'
        f"<figcaption>{name.removeprefix(page.name + '-')}</figcaption></figure>"
        for name in names
        if (OUT / f"{name}.png").exists()
    )


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
