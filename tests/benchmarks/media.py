"""What links and media cost: signing beside django-storages, and what a browser fetches, and fetches again.

`python -m tests.benchmarks.media` runs all; `signing`, `library` or `pages` runs a part; `--quick` is less.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table

from tests import site as sites
from tests.site import Site

PARTS = ("signing", "library", "pages")
LINKS = 200  # of a page
TIMES = 15
CLIPS, FILMS = 5_000, 500
SHOWN = 60
PHONE = {"width": 360, "height": 800}


def main(arguments: list[str]) -> None:
    console = Console(width=120)
    parts = [word for word in arguments if not word.startswith("-")] or list(PARTS)
    quick = "--quick" in arguments
    for part in parts:
        for table in globals()[f"_{part}"](quick):
            console.print(table)


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title)
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place else "left")
    return table


# ---- signing --------------------------------------------------------------------------------


def _signing(quick: bool) -> list[Table]:
    """In a process of its own: it needs settings, and no server."""
    from tests.benchmarks import signing

    found = signing.measure(links=LINKS, times=3 if quick else TIMES)
    table = _table(
        f"Signing a link, microseconds of CPU, medians of pages of {LINKS}",
        "signer",
        "a link",
        f"a page of {LINKS}",
        "django-storages' url() / ours",
        "aim",
    )
    for name, ours, theirs, aim in found:
        page = f"{ours * LINKS / 1000:.2f} ms"
        table.add_row(name, f"{ours:.1f}", page, f"{theirs / ours:.1f}" if theirs else "", aim)
    return [table]


# ---- a big library --------------------------------------------------------------------------


def _library(quick: bool) -> list[Table]:
    clips, films = (500, 50) if quick else (CLIPS, FILMS)
    table = _table(
        f"Pages of somebody with {clips} clips and {films} films",
        "page", "queries", "p50", "p95", "CPU, p50", "aim",
    )  # fmt: skip
    with sites.running() as site:
        person = site.ask("person", email="large@example.org")
        made = site.ask("library", user=person["id"], clips=clips, films=films)
        for name, address in made["pages"].items():
            facts = site.ask("look", user=person["id"], address=address, times=5 if quick else 40)
            times = sorted(took for took, _ in facts["seconds"])
            cpu = statistics.median(worked for _, worked in facts["seconds"])
            p50, p95 = statistics.median(times), times[int(len(times) * 0.95)]
            table.add_row(
                name, str(facts["queries"]), f"{p50 * 1000:.0f} ms", f"{p95 * 1000:.0f} ms",
                f"{cpu * 1000:.0f} ms",
                "12 queries, p95 300 ms",
            )  # fmt: skip
    return [table]


# ---- what a browser fetches -----------------------------------------------------------------


@dataclass
class Seen:
    """What one visit fetched: the answers by address, and whose bytes came over the line."""

    media: int = 0
    cached: int = 0
    requests: int = 0
    bytes: int = 0
    kinds: dict[str, int] = field(default_factory=dict)


def _pages(quick: bool) -> list[Table]:
    shown = 12 if quick else SHOWN
    visits = _table(
        f"A project of {shown} clips in Chromium, all of it seen, visited twice",
        "media on", "media fetched first", "from the cache the second time", "aim",
    )  # fmt: skip
    phone = _table(
        f"The same page on a phone ({PHONE['width']} × {PHONE['height']}), before scrolling",
        "media on", "requests", "of them media", "bytes", "of them media",
    )  # fmt: skip
    for store in ("disk", "s3"):
        with ExitStack() as stack:
            site, address, cookie = _furnished(stack, store, shown)
            _visit(visits, phone, store=store, site=site, address=address, cookie=cookie)
    return [visits, phone]


def _furnished(stack: ExitStack, store: str, shown: int) -> tuple[Site, str, str]:
    site = stack.enter_context(sites.running(**_bucket(stack) if store == "s3" else {}))
    person = site.ask("person", email="pages@example.org")
    made = site.ask("library", user=person["id"], clips=shown, films=1, files=True)
    return site, made["pages"]["project"], person["cookie"]


def _bucket(stack: ExitStack) -> dict[str, Any]:
    """The settings of a bucket on an S3 server of its own."""
    from echoes.embedded import claim, place, seaweedfs, servers

    home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="echoes-s3-")))
    home.chmod(0o755)
    place.choose(data_dir=home / "servers")
    claimed = claim.take(data_dir=home / "servers", what="the benchmark of media")
    stack.callback(claimed.release)
    started = servers.start(claimed, with_postgres=False, with_redis=False, with_s3=True, durable=False)
    stack.callback(started.stop)
    bucket = seaweedfs.bucket(started.urls.s3)
    return {
        "settings": {
            "STORAGE": "s3",
            "S3_BUCKET": bucket.name,
            "S3_REGION": bucket.region,
            "S3_ENDPOINT": bucket.endpoint,
            "S3_ADDRESSING": bucket.addressing,
            "S3_ACCESS_KEY": bucket.access_key,
            "S3_SECRET_KEY": bucket.secret_key,
        }
    }


def _visit(visits: Table, phone: Table, *, store: str, site: Site, address: str, cookie: str) -> None:
    from tests.e2e import browser as browsers

    with browsers.chromium() as chromium:

        def opened(**words: Any) -> Any:
            context = chromium.new_context(base_url=site.url, **words)
            host = urlsplit(site.url).hostname
            context.add_cookies([{"name": "sessionid", "value": cookie, "domain": host, "path": "/"}])
            return context

        context = opened(viewport={"width": 1280, "height": 900})
        first, second = (_look(context, address, scroll=True) for _ in range(2))
        share = second.cached / max(second.media, 1)
        visits.add_row(store, str(first.media), f"{share:.1%} of {second.media}", "95 %")
        context.close()
        context = opened(viewport=PHONE, is_mobile=True, has_touch=True, device_scale_factor=2)
        seen = _look(context, address, scroll=False)
        phone.add_row(
            store, str(seen.requests), str(seen.media), _kilobytes(seen.bytes),
            _kilobytes(seen.kinds.get("media", 0)),
        )  # fmt: skip
        context.close()


def _look(context: Any, address: str, *, scroll: bool) -> Seen:
    """Open the page in a new tab, and see all of it or just its top. Chromium itself tells what came from its
    cache and how much came over the line."""
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    addresses: dict[str, str] = {}
    cached: set[str] = set()
    sizes: dict[str, int] = {}

    def answered(event: Any) -> None:
        addresses[event["requestId"]] = event["response"]["url"]
        if event["response"].get("fromDiskCache"):
            cached.add(event["requestId"])

    session.on("Network.responseReceived", answered)
    session.on("Network.requestServedFromCache", lambda event: cached.add(event["requestId"]))
    session.on(
        "Network.loadingFinished",
        lambda event: sizes.__setitem__(event["requestId"], int(event["encodedDataLength"])),
    )
    page.goto(address)
    page.wait_for_load_state("networkidle")
    if scroll:
        _see_all(page)
    page.wait_for_load_state("networkidle")
    page.close()
    return _seen(addresses, cached, sizes)


def _see_all(page: Any) -> None:
    """Every clip comes into sight, and its video is played for a moment, as by a pointer that passes."""
    for card in page.locator(".clip").all():
        card.scroll_into_view_if_needed()
        card.locator("img").evaluate("(image) => image.decode()")
        card.locator("video").evaluate(
            "(video) => new Promise((done) => { video.preload = 'auto'; video.oncanplaythrough = done; "
            "video.onerror = done; video.load(); })"
        )


def _seen(addresses: dict[str, str], cached: set[str], sizes: dict[str, int]) -> Seen:
    media = {number for number, url in addresses.items() if _is_media(url)}
    line = {number: size for number, size in sizes.items() if number not in cached and number in addresses}
    return Seen(
        media=len(media),
        cached=len(media & cached),
        requests=len([url for url in addresses.values() if url.startswith("http")]),
        bytes=sum(line.values()),
        kinds={"media": sum(size for number, size in line.items() if number in media)},
    )


def _is_media(url: str) -> bool:
    path = urlsplit(url).path
    return "/photos/" in path or path.endswith((".mp4", ".webp", ".jpg"))


def _kilobytes(size: int) -> str:
    return f"{size / 1024:,.0f} KB"


if __name__ == "__main__":
    main(sys.argv[1:])
