"""How long a family waits from dropping a heap of photos of 12 megapixels until the film's preview plays, all
clips made by the local camera, in a browser and with every process of the product on this machine.

The baseline is the same number of clips made one after another by the same camera alone, in this run, with no
product around it: what is beyond it is what receiving, reading, keeping and showing costs.

`python -m tests.benchmarks.heap` drops sixty; `--photos 12` fewer.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect
from rich.console import Console
from rich.table import Table

from echoes.embedded import servers
from tests.benchmarks import material
from tests.e2e import browser as browsers
from tests.e2e import product as products
from tests.e2e.test_first_film import begin, clips, drop, sign_up

PHOTOS = 60
BASELINE = 4  # clips made for the baseline; the rest is counted from them
LONGEST_MS = 30 * 60 * 1000
PLAYING = "() => document.querySelector('film-preview output').textContent > '0:01'"


def main(arguments: list[str]) -> int:
    asked = argparse.ArgumentParser(prog="heap", description=__doc__)
    asked.add_argument("--photos", type=int, default=PHOTOS)
    run(asked.parse_args(arguments).photos, Console(width=120))
    return 0


def run(number: int, console: Console) -> None:
    photos = [material.photo(each) for each in range(number)]
    alone = _alone(photos[:BASELINE]) * number
    with tempfile.TemporaryDirectory(prefix="echoes-heap-") as name:
        home = Path(name)
        home.chmod(0o755)
        with (
            servers.running(home / "servers", durable=False) as urls,
            products.running(home=home, database_url=urls.database, redis_url=urls.redis) as product,
            browsers.chromium() as browser,
        ):
            times = _family(browser.new_context(base_url=product.url).new_page(), photos)
    console.print(_table(times, alone, number))


def _alone(photos: list[Path]) -> float:
    """Seconds that the camera takes for one clip, with the machine to itself."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        for seed, photo in enumerate(photos):
            material.film(photo=photo, out=Path(name, f"{seed}.mp4"), seed=seed)
    return (time.perf_counter() - began) / len(photos)


def _family(page: Page, photos: list[Path]) -> dict[str, float]:
    """Seconds since the drop, by what the family sees."""
    sign_up(page, "family@example.org")
    begin(page, "Summer")
    began = time.perf_counter()
    times: dict[str, float] = {}

    def seen(what: str, wait: Callable[[], None]) -> None:
        wait()
        times[what] = time.perf_counter() - began

    ready = page.locator(".clip[data-state=ready]")
    drop(page, photos)
    seen("the first card", lambda: expect(clips(page).first).to_be_visible(timeout=LONGEST_MS))
    seen("the first clip moves", lambda: expect(ready.first).to_be_visible(timeout=LONGEST_MS))
    seen("every card", lambda: expect(clips(page)).to_have_count(len(photos), timeout=LONGEST_MS))
    seen("every clip moves", lambda: expect(ready).to_have_count(len(photos), timeout=LONGEST_MS))
    page.get_by_role("button", name="Approve all").click()
    expect(page.locator(".clip[data-approved=true]")).to_have_count(len(photos))
    page.get_by_role("link", name="Music and finish").click()
    page.get_by_role("button", name=re.compile("^Play")).first.click()
    seen("the preview plays", lambda: _until(page, PLAYING))
    return times


def _until(page: Page, condition: str) -> None:
    page.wait_for_function(condition, timeout=LONGEST_MS)


def _table(times: dict[str, float], alone: float, number: int) -> Table:
    table = Table(title=f"{number} photos of 12 megapixels, dropped at once")
    for heading in ("What the family sees", "s after the drop", "/ the camera alone"):
        table.add_column(heading, justify="left" if heading.startswith("What") else "right")
    for what, seconds in times.items():
        table.add_row(what, f"{seconds:.1f}", f"{seconds / alone:.2f}")
    table.add_row("(the camera alone)", f"{alone:.1f}", "1")
    return table


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
