"""What every main page costs somebody who has much: `python -m tests.benchmarks.pages`.

Fifty projects of sixty clips, on a web process as the Procfile starts it. Time to the first byte stands
beside /healthz/ in the same run (one trip through the server, and one query), and beside the processor's time
of the same page, which a busy machine hardly changes. Bytes, the largest picture or text (LCP) and what moved
(CLS) are those of Chromium with an empty cache and a processor four times slower, as a telephone in the
middle of the market has. Prints a table in Markdown.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser

from tests import site as sites
from tests.e2e import browser as browsers
from tests.e2e import looks
from tests.site import Site

PROJECTS, CLIPS, TIMES = 50, 60, 15
SLOWER = 4
PHONE = {"width": 360, "height": 740}
BASELINE = "/healthz/"
AIM = 0.2  # seconds to the first byte
PLACES = {
    "credits": "/credits/",
    "notices": "/notices/",
    "settings": "/settings/",
    "what was sent": "/settings/sent/",
    "landing, signed out": "/",
}


@dataclass(frozen=True)
class Cost:
    """`first`, `worst` and `cpu` (of the process that answers) in seconds; bytes as they come over the line;
    `lcp` in milliseconds."""

    first: float
    worst: float
    cpu: float
    queries: int
    html: int
    css: int
    js: int
    requests: int
    lcp: float
    cls: float


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="echoes-pages-") as home:
        os.environ.setdefault("ECHOES_TEST_HOME", home)
        with sites.running() as site, browsers.chromium() as browser:
            return _measure(site, browser)


def _measure(site: Site, browser: Browser) -> int:
    person = site.ask("person", email="much@example.org")
    pages = site.ask("library", user=person["id"], clips=PROJECTS * CLIPS, films=PROJECTS)["pages"] | PLACES
    base = statistics.median(_waits(site, BASELINE, ""))
    costs = {name: _cost(site, browser, person, name, address) for name, address in pages.items()}
    print(_table(costs, base))  # noqa: T201
    slow = [name for name, cost in costs.items() if cost.first > AIM]
    if slow:
        print(f"slower than {AIM * 1000:.0f} ms to the first byte: {', '.join(slow)}")  # noqa: T201
    return 1 if slow else 0


def _cost(site: Site, browser: Browser, person: dict[str, Any], name: str, address: str) -> Cost:
    cookie = "" if "signed out" in name else person["cookie"]
    waits = _waits(site, address, cookie)
    looked: dict[str, Any] = {"queries": 0, "seconds": [(0.0, 0.0)]}
    if cookie:
        looked = site.ask("look", user=person["id"], address=address, times=5)
    return Cost(
        first=statistics.median(waits),
        worst=max(waits),
        queries=looked["queries"],
        cpu=statistics.median(seconds for _, seconds in looked["seconds"]),
        **_seen(site, browser, address, cookie),
    )


def _waits(site: Site, address: str, cookie: str) -> list[float]:
    """Seconds to the first byte, after the process is warm."""
    request = urllib.request.Request(site.url + address, headers={"Accept-Encoding": "gzip"})  # noqa: S310
    if cookie:
        request.add_header("Cookie", f"sessionid={cookie}")
    return [_wait(request) for _ in range(TIMES + 2)][2:]


def _wait(request: urllib.request.Request) -> float:
    began = time.perf_counter()
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 (our own site)
        answer.read(1)
        return time.perf_counter() - began


def _seen(site: Site, browser: Browser, address: str, cookie: str) -> dict[str, Any]:
    context = browser.new_context(base_url=site.url, viewport=PHONE, has_touch=True, is_mobile=True)
    if cookie:
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": site.url}])
    page = context.new_page()
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.add_init_script(looks.SHIFTS + looks.LARGEST)
    asked: list[Any] = []
    page.on("requestfinished", lambda request: asked.append(request))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    weights: Counter[str] = Counter()
    for request in asked:
        weights[request.resource_type] += request.sizes()["responseBodySize"]
    found = {
        "html": weights["document"],
        "css": weights["stylesheet"],
        "js": weights["script"],
        "requests": len(asked),
        "lcp": page.evaluate("window.largest"),
        "cls": sum(shift[0] for shift in page.evaluate("window.shifted")),
    }
    context.close()
    return found


def _table(costs: dict[str, Cost], base: float) -> str:
    title = (
        f"{PROJECTS} projects of {CLIPS} clips, {os.cpu_count()} cores; "
        f"{BASELINE} takes {base * 1000:.0f} ms; processor of the browser {SLOWER} times slower"
    )
    heads = ("page", "first byte, ms", f"/ {BASELINE}", "slowest, ms", "CPU, ms", "queries", "HTML, kB")
    heads += ("CSS, kB", "JS, kB", "requests", "LCP, ms", "CLS")
    rows = [heads, tuple("---" if place == 0 else "---:" for place in range(len(heads)))]
    rows += [_row(name, cost, base) for name, cost in costs.items()]
    return "\n".join([title, "", *(f"| {' | '.join(row)} |" for row in rows)])


def _row(name: str, cost: Cost, base: float) -> tuple[str, ...]:
    return (
        name,
        f"{cost.first * 1000:.0f}",
        f"{cost.first / base:.1f}",
        f"{cost.worst * 1000:.0f}",
        f"{cost.cpu * 1000:.0f}",
        str(cost.queries),
        *(f"{size / 1000:.1f}" for size in (cost.html, cost.css, cost.js)),
        str(cost.requests),
        f"{cost.lcp:.0f}",
        f"{cost.cls:.3f}",
    )


if __name__ == "__main__":
    sys.exit(main())
