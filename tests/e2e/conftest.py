from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.contracts import google as googles
from tests.contracts.google import Google
from tests.e2e import browser as browsers
from tests.e2e import product as products
from tests.e2e.product import Product

# The processes of a run count their databases up from 0 (see tests/environment.py), their products down.
LAST_REDIS = 15


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> None:
    """The browser's driver speaks over a local socket of its own."""


@pytest.fixture(scope="session")
def google() -> Iterator[Google]:
    with googles.running() as running:
        yield running


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory, worker_id: str, google: Google) -> Iterator[Product]:
    """Each process of a run has a product, with a database and a Redis of its own."""
    with products.own(
        f"echoes_e2e_{worker_id}",
        home=tmp_path_factory.mktemp("product"),
        redis=lambda used: LAST_REDIS - used,
        settings={
            "GOOGLE_CLIENT_ID": googles.CLIENT_ID,
            "GOOGLE_CLIENT_SECRET": googles.CLIENT_SECRET,
            "GOOGLE_URL": google.url,
        },
    ) as running:
        google.registered = {running.url + googles.CALLBACK}
        yield running


@pytest.fixture(autouse=True)
def _nothing_counted(request: pytest.FixtureRequest) -> Iterator[None]:
    """However often tests have signed in and up: this one begins as somebody new."""
    yield
    if "product" in request.fixturenames:
        running: Product = request.getfixturevalue("product")
        with redis.Redis.from_url(running.environment["REDIS_URL"]) as client:
            for key in client.scan_iter("*allauth:rl:*"):
                client.delete(key)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Ends with its module: its driver keeps an event loop running in this thread."""
    with browsers.chromium() as browser:
        yield browser


@pytest.fixture
def complaints() -> list[str]:
    """What the browser's console complained of; a test ends with none."""
    return []


@pytest.fixture
def context(chromium: Browser, product: Product) -> Iterator[BrowserContext]:
    made = chromium.new_context(base_url=product.url, viewport={"width": 1280, "height": 900})
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext, complaints: list[str]) -> Iterator[Page]:
    made = context.new_page()
    made.on("pageerror", lambda error: complaints.append(str(error)))
    made.on("console", lambda said: complaints.append(said.text) if _is_complaint(said) else None)
    yield made
    assert complaints == []


def _is_complaint(said: ConsoleMessage) -> bool:
    """Leaving a page ends the autosave that is on its way; htmx calls that an error, and nobody else does."""
    overtaken = said.text.startswith(("htmx:sendAbort", "htmx:afterRequest"))
    return said.type == "error" and not overtaken


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """What a family drops: four formats, three shapes, one turned by EXIF, one that is no photo."""
    from pillow_heif import from_pillow

    from tests import pictures

    made = [
        pictures.jpeg(tmp_path / "1 beach.jpg", seed=1, size=(1600, 1067)),
        pictures.oriented(tmp_path / "2 turned.jpg", orientation=6, seed=2),
        tmp_path / "3 drawn.png",
        tmp_path / "4 web.webp",
        tmp_path / "5 phone.heic",
        pictures.jpeg(tmp_path / "6 portrait 🌅.jpg", seed=6, size=(800, 1200)),
        tmp_path / "7 letter.jpg",
    ]
    pictures.draw(seed=3).save(made[2])
    pictures.draw(seed=4, size=(1000, 1000)).save(made[3])
    from_pillow(pictures.draw(seed=5)).save(made[4])
    made[6].write_text("Dear grandma")
    return made
