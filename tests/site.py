"""Echoes' web process as the Procfile starts it, on a Postgres and a Redis of its own that can be taken away.

No worker runs beside it: `ask` moves jobs, so that they move when a test wants it.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from echoes.embedded import claim, place, procfile, seaweedfs, servers

ROOT = Path(__file__).resolve().parents[1]
PROCFILE = ROOT / "Procfile"
SECONDS = 60.0
LOOK = 0.05


@dataclass
class Site:
    port: int
    home: Path
    servers: servers.Servers
    web: subprocess.Popen[bytes] | None = None
    mover: subprocess.Popen[str] | None = None
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
        return kept | {
            "DATABASE_URL": self.servers.urls.database,
            "REDIS_URL": self.servers.urls.redis,
            "DATA_DIR": str(self.home / "data"),
            "PORT": str(self.port),
            "SECRET_KEY": "only for tests",
            "PUBLIC_URL": "",
            "DJANGO_SETTINGS_MODULE": "echoes.settings",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            **(seaweedfs.environment(self.servers.urls.s3) if self.servers.s3 else {"STORAGE": "disk"}),
            **self.settings,
        }

    def ask(self, do: str, **words: Any) -> Any:
        """Have the mover do one of its deeds; gives its answer."""
        if self.mover is None:
            self.mover = subprocess.Popen(
                [sys.executable, "-m", "tests.mover"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self.mover.stdin
        assert self.mover.stdout
        self.mover.stdin.write(json.dumps({"do": do, **words}) + "\n")
        self.mover.stdin.flush()
        return json.loads(self.mover.stdout.readline())

    def start_web(self) -> None:
        words = procfile.read(path=PROCFILE, environment=self.environment)["web"]
        with (self.home / "web.log").open("ab") as out:
            self.web = subprocess.Popen(
                words, cwd=ROOT, env=self.environment, stdout=out, stderr=out, start_new_session=True
            )
        until(self._answers, "the web process answers")

    def stop_web(self, number: int = signal.SIGTERM) -> None:
        if self.web:
            os.killpg(self.web.pid, number)
            self.web.wait()
            self.web = None

    def stop_redis(self) -> None:
        assert self.servers.redis
        self.servers.redis.stop()

    def start_redis(self) -> None:
        self.servers.revive()

    def log(self) -> str:
        return (self.home / "web.log").read_text()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz/", timeout=2):  # noqa: S310
                return True
        except (urllib.error.URLError, OSError):
            return False


@contextmanager
def running(*, with_s3: bool = False, settings: Mapping[str, str] | None = None) -> Iterator[Site]:
    """With its media on the disk, or in a bucket of an S3 server of its own. `settings` are further
    environment variables of its processes."""
    home = Path(tempfile.mkdtemp(prefix="echoes-site-"))
    home.chmod(0o755)
    place.choose(data_dir=home / "servers")
    claimed = claim.take(data_dir=home / "servers", what="a test of the live pages")
    try:
        with _servers(claimed, with_s3=with_s3) as started:
            yield from _site(home, started, settings or {})
    finally:
        claimed.release()
        place.remove(data_dir=home / "servers")
        shutil.rmtree(home, ignore_errors=True)


def until(is_so: Callable[[], bool], what: str, seconds: float = SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:.0f} s, and still not: {what}")
        time.sleep(LOOK)


def _site(home: Path, started: servers.Servers, settings: Mapping[str, str]) -> Iterator[Site]:
    site = Site(port=_free_port(), home=home, servers=started, settings=settings)
    release = procfile.read(path=PROCFILE, environment=site.environment)["release"]
    subprocess.run(release, cwd=ROOT, env=site.environment, check=True, capture_output=True)
    try:
        site.start_web()
        yield site
    finally:
        site.stop_web()
        if site.mover:
            with site.mover as mover:
                assert mover.stdin
                mover.stdin.close()


@contextmanager
def _servers(claimed: claim.Claim, *, with_s3: bool) -> Iterator[servers.Servers]:
    started = servers.start(claimed, with_s3=with_s3, durable=False)
    try:
        yield started
    finally:
        started.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
