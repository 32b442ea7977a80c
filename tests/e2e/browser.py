"""Chromium of the system, told to stay off the network."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]


class NoChromium(RuntimeError):
    """Chromium is needed for the end-to-end tests: install the package `chromium` of your system."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Raises NoChromium."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        raise NoChromium(NoChromium.__doc__)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()
