"""What the job engine costs: `python -m tests.benchmarks.engine`.

Real processes, real Postgres (durable) and real Redis; the baseline is Dramatiq alone in the same run.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import signal
import statistics
import subprocess
import sys
import time
import uuid
from datetime import UTC, datetime, timedelta

import psycopg
from rich.console import Console
from rich.table import Table

from tests.chaos import rig as rigs
from tests.chaos.rig import Rig
from tests.lab.provider import Task

THREADS = 8
HEAD = 15.0  # seconds until the first question: longer than it takes to write the rows and start the clock
IDLE = 0.3  # seconds between two clicks, more or less, so that they meet every phase of a waiting worker


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1_000, help="no-op jobs")
    parser.add_argument("--clicks", type=int, default=200, help="jobs in an idle system")
    parser.add_argument("--takes", type=int, default=100, help="takes asked for over HTTP")
    parser.add_argument("--flying", type=int, default=10_000, help="jobs at the provider")
    parser.add_argument("--seconds", type=float, default=90.0, help="how long the clock is watched")
    parser.add_argument("--interval", type=float, default=15.0, help="seconds between questions about a job")
    options = parser.parse_args()
    table = Table(title="The job engine")
    for heading in ("what", "measured", "beside it"):
        table.add_column(heading)
    with rigs.running("clock", constants={}) as rig:
        _throughput(rig, table, number=options.jobs)
        _pickup(rig, table, number=options.clicks)
        rig.start("media")
        _accepting(rig, table, number=options.takes)
        rig.stop("web", "worker", "media", "clock")
        _flight(rig, table, number=options.flying, seconds=options.seconds, interval=options.interval)
    Console(width=150).print(table)


def _throughput(rig: Rig, table: Table, *, number: int) -> None:
    plain = _plain(rig, number=number)
    owners = [rig.ask("person") for _ in range(10)]
    began = time.monotonic()
    for owner in owners:
        rig.ask("chores", number=number // len(owners), owner=owner)
    enqueued = number / (time.monotonic() - began)
    rig.start("worker")
    rig.settled(seconds=600)
    span = rig.query("SELECT min(started_at) AS first, max(finished_at) AS last FROM lab_chore")[0]
    rate = number / (span["last"] - span["first"]).total_seconds()
    table.add_row(
        f"no-op jobs a second, end to end, one process of {THREADS} threads",
        f"{rate:.0f}",
        f"Dramatiq alone {plain:.0f}: {plain / rate:.1f} times as many",
    )
    table.add_row("no-op jobs enqueued a second, one process", f"{enqueued:.0f}", "")


def _plain(rig: Rig, *, number: int) -> float:
    environment = rig.environment("plain")
    send = f"from tests.benchmarks.plain import nothing\nfor _ in range({number}): nothing.send()"
    subprocess.run([sys.executable, "-c", send], env=environment, cwd=rigs.ROOT, check=True)
    command = [sys.executable, "-m", "dramatiq", "tests.benchmarks.plain", "--processes", "1"]
    worker = subprocess.Popen(
        [*command, "--threads", str(THREADS)],
        env=environment,
        cwd=rigs.ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    from_redis = rig.redis()
    rig.until(lambda: from_redis.llen("plain:ran") >= number, "plain messages have run", 300)
    worker.terminate()
    worker.wait()
    moments = sorted(float(moment) for moment in from_redis.lrange("plain:ran", 0, -1))
    return number / (moments[-1] - moments[0])


def _pickup(rig: Rig, table: Table, *, number: int) -> None:
    """From the row's creation to its claim, which the handler follows at once, when nothing else is to do."""
    owner = rig.ask("person")
    lags = []
    for _ in range(number):
        time.sleep(IDLE * random.uniform(0.5, 1.5))
        (ref,) = rig.ask("chores", owner=owner)
        rig.settled()
        row = rig.row(tuple(ref))
        lags.append((row["started_at"] - row["created_at"]).total_seconds())
    table.add_row("asking to handler, idle system, p50 / p99", _percentiles(lags), f"{number} clicks")


def _accepting(rig: Rig, table: Table, *, number: int) -> None:
    """The button that asks for another take, pressed in an idle system: how long the answer takes."""
    owner = rig.ask("person")
    project = rig.ask("project", owner=owner)
    rig.photos(owner=owner, project=project)
    rig.settled()
    clip, cookie = rig.ask("clip_of", project=project), rig.ask("browser", owner=owner)
    headers = {
        "Cookie": cookie,
        "X-CSRFToken": "c" * 32,
        "HX-Request": "true",
        "Host": f"127.0.0.1:{rig.port}",
    }
    rig.start("web")
    line = http.client.HTTPConnection("127.0.0.1", rig.port, timeout=10)
    taken = []
    for _ in range(number + 1):
        began = time.monotonic()
        line.request("POST", f"/clips/{clip}/animate/", headers=headers)
        answer = line.getresponse()
        answer.read()
        taken.append(time.monotonic() - began)
        assert answer.status == 200, answer.status
        rig.settled()
    steps = statistics.quantiles(taken[1:], n=100)  # the first finds a process that has answered nothing yet
    table.add_row(
        "asking for a take over HTTP, p50 / p95",
        f"{steps[49] * 1000:.0f} ms / {steps[94] * 1000:.0f} ms",
        f"{number} clicks, one web process",
    )


def _flight(rig: Rig, table: Table, *, number: int, seconds: float, interval: float) -> None:
    owner = rig.ask("person")
    _take_off(rig, owner=owner, number=number, interval=interval)
    clock = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.clock", str(interval)],
        env=rig.environment("clock"),
        cwd=rigs.ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    time.sleep(HEAD + seconds)
    clock.send_signal(signal.SIGTERM)
    said, _ = clock.communicate(timeout=60)
    found = json.loads(said)
    table.add_row(
        f"{number} jobs at the provider, one clock: lateness p50 / p99",
        f"{found['p50']:.2f} s / {found['p99']:.2f} s",
        f"{found['polls'] / seconds:.0f} questions a second over HTTP",
    )
    table.add_row(
        "that clock: of one core / memory",
        f"{100 * found['cpu'] / (HEAD + seconds):.0f} % / {found['rss_mb']:.0f} MB",
        f"least time between two questions about a job {rig.provider.shortest_gap():.1f} s",
    )


def _take_off(rig: Rig, *, owner: str, number: int, interval: float) -> None:
    """Jobs that the provider has had for a while, due evenly within one interval."""
    now = datetime.now(UTC)
    first = now + timedelta(seconds=HEAD)
    tasks = [Task(tag=str(uuid.uuid4()), wish={"seconds": 3_600}) for _ in range(number)]
    rig.provider.tasks.update({task.id: task for task in tasks})
    with psycopg.connect(rig.servers.urls.database, autocommit=True) as line, line.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO lab_errand (id, owner_id, state, priority, attempt, fence, progress, error_code,"
            " error_message, error_detail, created_at, started_at, wish, key, settled, service, phase,"
            " submit_key, remote_id, submitted_at, poll_at, polls)"
            " VALUES (%s, %s, 'waiting', 0, 0, 1, 0, '', '', '', %s, %s, '{}', '', 0, 'lab', 'submitted',"
            " %s, %s, %s, %s, 20)",
            [
                (uuid.uuid4(), owner, now, now, task.tag, task.id, now, first + timedelta(seconds=spread))
                for task, spread in zip(tasks, _evenly(number, over=interval), strict=True)
            ],
        )


def _evenly(number: int, *, over: float) -> list[float]:
    return [over * place / number for place in range(number)]


def _percentiles(seconds: list[float]) -> str:
    steps = statistics.quantiles(seconds, n=100)
    return f"{steps[49] * 1000:.0f} ms / {steps[98] * 1000:.0f} ms"


if __name__ == "__main__":
    main()
