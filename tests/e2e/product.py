"""The whole product as its users meet it: every process of the Procfile, on servers and a port of its own."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 90
STOP_SECONDS = 20


@dataclass(frozen=True)
class Product:
    url: str
    logs: Path
    environment: Mapping[str, str]
    processes: dict[str, subprocess.Popen[bytes]]


@contextmanager
def running(
    *, home: Path, database_url: str, redis_url: str, settings: Mapping[str, str] | None = None
) -> Iterator[Product]:
    """Release and start everything; stops it at the end. What the processes say is kept in home/logs."""
    port = _free_port()
    env = {
        **os.environ,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "DATA_DIR": str(home / "data"),
        "PORT": str(port),
        **(settings or {}),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    env.pop("PYTEST_XDIST_WORKER", None)
    logs = home / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    commands = _commands()
    subprocess.run(shlex.split(commands.pop("release")), cwd=ROOT, env=env, check=True, capture_output=True)
    processes = {name: _start(command, env, logs / f"{name}.log") for name, command in commands.items()}
    product = Product(url=f"http://127.0.0.1:{port}", logs=logs, environment=env, processes=processes)
    try:
        _wait_until_it_answers(product)
        yield product
    finally:
        _stop(processes)


@contextmanager
def own(
    name: str, *, home: Path, redis: Callable[[int], int], settings: Mapping[str, str] | None = None
) -> Iterator[Product]:
    """The same, with an empty database of that name and a Redis of its own: `redis` gives its number, from
    that of this process's own (see tests/environment.py)."""
    base, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    server, _, used = os.environ["REDIS_URL"].rpartition("/")
    redis_url = f"{server}/{redis(int(used))}"
    with running(home=home, database_url=f"{base}/{name}", redis_url=redis_url, settings=settings) as product:
        yield product


def _commands() -> dict[str, str]:
    lines = (ROOT / "Procfile").read_text().splitlines()
    return {name: command.strip() for name, command in (line.split(":", 1) for line in lines if ":" in line)}


def _start(command: str, env: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    words = [word.replace("$PORT", env["PORT"]) for word in shlex.split(command)]
    with log.open("wb") as out:
        return subprocess.Popen(
            words, cwd=ROOT, env=dict(env), stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )


def _wait_until_it_answers(product: Product) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"{product.url}/healthz/", timeout=2):  # noqa: S310
                return
        except (urllib.error.URLError, OSError):
            if time.monotonic() > deadline:
                told = (product.logs / "web.log").read_text()[-2000:]
                raise AssertionError(f"the product did not start:\n{told}") from None
            time.sleep(0.2)


def _stop(processes: Mapping[str, subprocess.Popen[bytes]]) -> None:
    for process in processes.values():
        os.killpg(process.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    for process in processes.values():
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
