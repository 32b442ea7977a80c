"""Pictures of every main page of the demo, at three widths and in both themes, for people to look at.

`make screens` writes them and an index page to .data/screens; `ARGS=--readme` also renews the README's.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page

from echoes.embedded import servers
from tests.e2e import browser as browsers
from tests.e2e import product as products
from tests.e2e.product import ROOT, Product

OUT = ROOT / ".data" / "screens"
README = ROOT / "docs" / "project.png"
WIDTHS = (360, 768, 1440)
SCHEMES = ("light", "dark")
DEMO = "demo@example.org"


def main(arguments: list[str]) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="echoes-screens-") as name:
        home = Path(name)
        home.chmod(0o755)
        with (
            servers.running(home / "servers", durable=False) as urls,
            products.running(home=home, database_url=urls.database, redis_url=urls.redis) as product,
            browsers.chromium() as browser,
        ):
            password = _seed(home, urls)
            shots = list(_shoot_all(browser, product, password))
            if "--readme" in arguments:
                _shoot_readme(browser, product, password)
    (OUT / "index.html").write_text(_index(shots))
    print(f"{len(shots)} pictures: {OUT / 'index.html'}")  # noqa: T201


def _seed(home: Path, urls: servers.Urls) -> str:
    data = home / "data"
    env = os.environ | {"DATABASE_URL": urls.database, "REDIS_URL": urls.redis, "DATA_DIR": str(data)}
    subprocess.run([sys.executable, "manage.py", "seed_demo"], cwd=ROOT, env=env, check=True)
    return (data / "demo_password").read_text().strip()


def _shoot_all(browser: Browser, product: Product, password: str) -> Iterator[Path]:
    for width in WIDTHS:
        for scheme in SCHEMES:
            context = _context(browser, product, width=width, scheme=scheme)
            page = context.new_page()
            yield from _shoot_public(page, f"{width}-{scheme}")
            _sign_in(page, password)
            yield from _shoot_private(page, f"{width}-{scheme}")
            context.close()


def _context(browser: Browser, product: Product, *, width: int, scheme: str) -> BrowserContext:
    return browser.new_context(
        base_url=product.url,
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
        device_scale_factor=1,
    )


def _shoot_public(page: Page, name: str) -> Iterator[Path]:
    for label, address in (
        ("landing", "/"),
        ("sign-up", "/accounts/signup/"),
        ("sign-in", "/accounts/login/"),
        ("missing", "/nowhere/"),
    ):
        page.goto(address)
        yield _shoot(page, f"{label}-{name}")


def _shoot_private(page: Page, name: str) -> Iterator[Path]:
    yield _shoot(page, f"dashboard-{name}")
    page.goto("/settings/")
    yield _shoot(page, f"settings-{name}")
    _open_project(page)
    yield _shoot(page, f"project-{name}")
    page.get_by_role("link", name="Music and finish").click()
    page.wait_for_url("**/finish/")
    yield _shoot(page, f"finish-{name}")
    page.goto("/credits/")
    yield _shoot(page, f"credits-{name}")
    page.goto("/projects/")
    page.locator("a[href^='/films/']").first.click()
    page.wait_for_url("**/films/**")
    yield _shoot(page, f"film-{name}")
    page.goto("/yours/space/")
    page.locator(".space__bar").wait_for()
    yield _shoot(page, f"yours-{name}")


def _shoot(page: Page, name: str) -> Path:
    """The whole page, after everything on it has come into sight once."""
    page.wait_for_load_state("networkidle")
    page.evaluate("() => scrollTo(0, document.body.scrollHeight)")
    page.evaluate("() => scrollTo(0, 0)")
    page.wait_for_load_state("networkidle")
    path = OUT / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    return path


def _shoot_readme(browser: Browser, product: Product, password: str) -> None:
    context = _context(browser, product, width=1280, scheme="light")
    page = context.new_page()
    _sign_in(page, password)
    _open_project(page)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=README)
    context.close()


def _sign_in(page: Page, password: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(DEMO)
    page.get_by_label("Password", exact=True).fill(password)
    page.locator("main form button").last.click()
    page.wait_for_url("**/projects/")


def _open_project(page: Page) -> None:
    page.goto("/projects/")
    page.locator("a[href^='/projects/']:not([href='/projects/'])").first.click()
    page.wait_for_url("**/projects/*-*/")


def _index(shots: list[Path]) -> str:
    figures = "\n".join(
        f'<figure><img src="{shot.name}" loading="lazy"><figcaption>{shot.stem}</figcaption></figure>'
        for shot in sorted(shots)
    )
    return f"<!doctype html><meta charset=utf-8><title>Echoes: every page</title>\n{figures}\n"


if __name__ == "__main__":
    main(sys.argv[1:])
