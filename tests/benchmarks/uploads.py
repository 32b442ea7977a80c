"""What it costs to send a large file by ticket and parts, as the browser does, beside one plain PUT of the
same file to the same S3 server in the same run; and how much memory our processes take for it.

`python -m tests.benchmarks.uploads` sends half a gigabyte three times, `--mb 5120 --rounds 1` the largest
video.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table

from echoes.embedded import seaweedfs
from echoes.kernel.storage import sigv4
from echoes.kernel.storage.bucket import Bucket
from tests import site as sites
from tests.site import Site

MIB = 2**20
SIZE_MB, ROUNDS = 512, 3
AT_ONCE, LINKS = 3, 12  # as in static/js/parts.js
PIECE = MIB
AIM = 0.8
FLAT_MB = 64


@dataclass
class Sender:
    """A browser without a window: it asks Echoes, and sends to wherever it is told."""

    site: Site
    person: dict[str, Any]
    lines: threading.local = field(default_factory=threading.local)

    def send(self, path: Path) -> str:
        """Give a file to Echoes; returns the ticket's id."""
        size = path.stat().st_size
        ticket = self.ask("/api/v1/uploads", name="film.mp4", size=size, type="video/mp4", kind="video")
        parts = ticket["parts"]
        numbers = iter(range(1, parts["count"] + 1))
        links: dict[int, str] = {}
        turn = threading.Lock()

        def next_part() -> tuple[int, str] | None:
            with turn:
                number = next(numbers, 0)
                if number and number not in links:
                    wanted = list(range(number, min(number + LINKS, parts["count"] + 1)))
                    told = self.ask(parts["links"], numbers=wanted)["links"]
                    links.update({int(place): link for place, link in told.items()})
                return (number, links[number]) if number else None

        def work(_: int) -> None:
            while found := next_part():
                number, link = found
                at = (number - 1) * parts["bytes"]
                self.put(link, path, at=at, size=min(parts["bytes"], size - at))

        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(work, range(AT_ONCE)))
        self.ask(ticket["complete"])
        return str(ticket["id"])

    def put(self, link: str, path: Path, *, at: int, size: int) -> None:
        where = urlsplit(link)
        line = self._line(where.netloc or f"127.0.0.1:{self.site.port}")
        with path.open("rb") as file:
            file.seek(at)
            target = f"{where.path}?{where.query}"
            line.request("PUT", target, body=_pieces(file, size), headers={"Content-Length": str(size)})
            answer = line.getresponse()
            said = answer.read()
        assert answer.status == 200, said

    def ask(self, address: str, **body: Any) -> Any:
        line = http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=600)
        token = "c" * 32
        headers = {
            "Content-Type": "application/json",
            "Cookie": f"sessionid={self.person['cookie']}; csrftoken={token}",
            "X-CSRFToken": token,
        }
        line.request("POST", address, body=json.dumps(body), headers=headers)
        answer = line.getresponse()
        said = answer.read()
        line.close()  # the server would not keep it while parts are sent
        assert answer.status in (200, 201, 202), said
        return json.loads(said)

    def _line(self, host: str) -> http.client.HTTPConnection:
        """One connection of each thread to each server."""
        known = self.lines.__dict__.setdefault("known", {})
        if host not in known:
            known[host] = http.client.HTTPConnection(host, timeout=600)
        line: http.client.HTTPConnection = known[host]
        return line


def _pieces(file: IO[bytes], size: int) -> Iterator[bytes]:
    for start in range(0, size, PIECE):
        yield file.read(min(PIECE, size - start))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mb", type=int, default=SIZE_MB, help="how large the file is")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    told = parser.parse_args(arguments)
    run(console=Console(width=120), mb=told.mb, rounds=told.rounds)
    return 0


def run(*, console: Console, mb: int = SIZE_MB, rounds: int = ROUNDS) -> None:
    home = Path(tempfile.mkdtemp(prefix="echoes-uploads-"))
    table = Table(title=f"A file of {mb} MB, sent {rounds} times, {os.cpu_count()} cores")
    for place, heading in enumerate(("what", "aim", "measured")):
        table.add_column(heading, justify="right" if place else "left")
    try:
        path = home / "film.mp4"
        with path.open("wb") as file:
            file.truncate(mb * MIB)
        _to_s3(table, path, rounds)
        _to_disk(table, path)
    finally:
        shutil.rmtree(home)
    console.print(table)


def _to_s3(table: Table, path: Path, rounds: int) -> None:
    """Each round sends it plainly and by ticket, one after the other."""
    size = path.stat().st_size
    with sites.running(with_s3=True) as site:
        sender = Sender(site, site.ask("person", email="alice@example.org"))
        bucket = seaweedfs.bucket(site.servers.urls.s3)
        plainly: dict[str, Callable[[str], None]] = {
            "one PUT by the same client": lambda link: Sender(site, {}).put(link, path, at=0, size=size)
        }
        if shutil.which("curl"):
            plainly["one PUT by curl"] = lambda link: _curl(link, path)
        plain: dict[str, list[float]] = {label: [] for label in plainly}
        sent: list[Sent] = []
        with _watched(table, "S3", site):
            for _ in range(rounds):
                for label, put in plainly.items():
                    plain[label].append(_timed(lambda put=put: put(_link(bucket))))
                sent.append(_by_ticket(site, sender, path))
    for label, took in plain.items():
        table.add_row(f"S3: {label}, MB/s", "", f"{_speed(size, took):.0f}")
    table.add_row("S3: by ticket and parts, MB/s", "", f"{_speed(size, [one.sending for one in sent]):.0f}")
    for label, took in plain.items():
        ratios = [theirs / ours.sending for theirs, ours in zip(took, sent, strict=True)]
        table.add_row(f"S3: by ticket and parts / {label}", f"≥ {AIM}", f"{statistics.median(ratios):.2f}")
        ratios = [theirs / (ours.sending + ours.assembling) for theirs, ours in zip(took, sent, strict=True)]
        table.add_row("the same, until it is one object", "", f"{statistics.median(ratios):.2f}")


def _to_disk(table: Table, path: Path) -> None:
    with sites.running() as site:
        sender = Sender(site, site.ask("person", email="alice@example.org"))
        with _watched(table, "disk", site):
            sent = _by_ticket(site, sender, path)
    speed = _speed(path.stat().st_size, [sent.sending])
    table.add_row("disk: by ticket and parts, MB/s", "", f"{speed:.0f}")
    table.add_row("disk: the job makes one file of the parts, s", "", f"{sent.assembling:.1f}")


@dataclass(frozen=True)
class Sent:
    """Seconds until Echoes said that all of it is there, and of the job that makes one object of it."""

    sending: float
    assembling: float


def _by_ticket(site: Site, sender: Sender, path: Path) -> Sent:
    began = time.monotonic()
    ticket = sender.send(path)
    sending = time.monotonic() - began
    assembling = _timed(lambda: site.ask("assemble", ticket=ticket))
    assert site.ask("read_arrived", ticket=ticket) == path.stat().st_size
    return Sent(sending=sending, assembling=assembling)


def _speed(size: int, took: list[float]) -> float:
    return size / MIB / statistics.median(took)


def _timed(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _link(bucket: Bucket) -> str:
    signer = sigv4.Signer(
        bucket_url=bucket.url,
        region=bucket.region,
        credentials=lambda: sigv4.Credentials(bucket.access_key, bucket.secret_key),
    )
    return signer.url(f"plain/{uuid.uuid4()}", at=int(time.time()), seconds=3600, method="PUT")


def _curl(link: str, path: Path) -> None:
    curl = shutil.which("curl")
    assert curl
    subprocess.run([curl, "--fail", "--silent", "--upload-file", path, link], check=True)


# ---- memory ---------------------------------------------------------------------------------


@contextmanager
def _watched(table: Table, where: str, site: Site) -> Iterator[None]:
    """The mover does here what a worker does with what has arrived."""
    assert site.web
    assert site.mover
    watched = {"the web process": site.web.pid, "a worker that reads it": site.mover.pid}
    highest = {label: _Highest(pid) for label, pid in watched.items()}
    yield
    for label, one in highest.items():
        table.add_row(f"{where}: {label}, growth of memory", f"≤ {FLAT_MB} MB", f"{one.grown():.0f} MB")


class _Highest:
    """The most memory that a process has had since this was made, told by the kernel."""

    def __init__(self, pid: int) -> None:
        self.status = Path(f"/proc/{pid}/status")
        Path(f"/proc/{pid}/clear_refs").write_text("5")
        self.before = self._told("VmRSS")

    def grown(self) -> float:
        """In MB of 2^20 bytes."""
        return (self._told("VmHWM") - self.before) / 1024

    def _told(self, name: str) -> int:
        line = next(line for line in self.status.read_text().splitlines() if line.startswith(f"{name}:"))
        return int(line.split()[1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
