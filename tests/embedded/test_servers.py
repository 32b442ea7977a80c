from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
import redis

from echoes.embedded import claim, errors, place, processes, servers
from tests.embedded import closed

HOLDER = """
import sys, time
from pathlib import Path
from echoes.embedded import servers
with servers.running(Path(sys.argv[1])) as urls:
    print(urls.database, urls.redis, flush=True)
    sys.stdin.read()
"""


quickly = functools.partial(servers.running, durable=False)


def hold(data_dir: Path) -> tuple[subprocess.Popen[str], servers.Urls]:
    """Another process that runs the servers until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=claim.ROOT,
    )
    assert process.stdout
    return process, servers.Urls(*process.stdout.readline().split())


def let_go(process: subprocess.Popen[str]) -> None:
    process.communicate("")


def ask(urls: servers.Urls, statement: str) -> object:
    with psycopg.connect(urls.database, autocommit=True) as connection:
        cursor = connection.execute(statement)
        row = cursor.fetchone() if cursor.description else None
    return row[0] if row else None


def wait_for(fact: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not fact() and time.monotonic() < deadline:
        time.sleep(0.02)
    return fact()


class TestRunning:
    def test_gives_a_database_with_vectors_and_a_redis_that_keep_their_data(self, data_dir: Path) -> None:
        with servers.running(data_dir) as urls:
            assert ask(urls, "SELECT '[1,2]'::vector <-> '[1,4]'::vector") == 2
            assert ask(urls, "SELECT lower('ÄÖ')") == "äö"
            ask(urls, "CREATE TABLE kept AS SELECT 7 AS number")
            with redis.from_url(urls.redis) as messages:
                messages.set("kept", "7")
                assert messages.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        with servers.running(data_dir) as urls:
            assert ask(urls, "SELECT number FROM kept") == 7
            with redis.from_url(urls.redis) as messages:
                assert messages.get("kept") == b"7"

    def test_leaves_nothing_running_and_no_account(self, data_dir: Path) -> None:
        with quickly(data_dir):
            started = claim.read(data_dir=data_dir).servers
        assert len(started) == 2
        assert not any(map(processes.is_alive, started))
        assert servers.current(data_dir) is None

    def test_asks_for_the_password(self, data_dir: Path) -> None:
        with quickly(data_dir) as urls:
            assert oct((data_dir / servers.PASSWORD).stat().st_mode & 0o777) == "0o600"
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(urls.database.replace("@", "x@"), connect_timeout=5)
            stranger = redis.from_url("redis://" + urls.redis.partition("@")[2])
            with stranger, pytest.raises(redis.AuthenticationError):
                stranger.ping()

    def test_makes_a_new_password_known_when_the_file_was_lost(self, data_dir: Path) -> None:
        with quickly(data_dir) as before:
            pass
        (data_dir / servers.PASSWORD).unlink()
        with quickly(data_dir) as urls:
            assert ask(urls, "SELECT 1") == 1
            assert urls.database != before.database

    def test_uses_the_servers_of_another_process_and_leaves_them_running(self, data_dir: Path) -> None:
        other, theirs = hold(data_dir)
        with quickly(data_dir) as urls:
            assert urls == theirs
        assert ask(theirs, "SELECT 1") == 1
        assert servers.current(data_dir) == theirs
        let_go(other)

    def test_starts_although_the_pid_file_names_a_living_stranger(self, data_dir: Path) -> None:
        with quickly(data_dir) as urls:
            pass
        where = place.choose(data_dir=data_dir)
        pid_file = where.folder / "postgres" / "postmaster.pid"
        pid_file.write_text(f"{os.getpid()}\n{where.folder / 'postgres'}\n")
        where.give(pid_file)
        with quickly(data_dir) as urls:
            assert ask(urls, "SELECT 1") == 1

    def test_finishes_a_database_whose_making_was_killed(self, data_dir: Path) -> None:
        where = place.choose(data_dir=data_dir)
        half = where.private_folder("postgres.new")
        (half / "PG_VERSION").write_text("18\n")
        with quickly(data_dir) as urls:
            assert ask(urls, "SELECT 1") == 1

    def test_says_so_when_the_database_is_of_another_version(self, data_dir: Path) -> None:
        folder = place.choose(data_dir=data_dir).private_folder("postgres")
        (folder / "PG_VERSION").write_text("17\n")
        with pytest.raises(errors.ServerFailed, match="made by Postgres 17"), quickly(data_dir):
            pass

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root lends an account to the servers")
    def test_keeps_the_data_elsewhere_below_a_folder_that_is_closed_to_the_account(self) -> None:
        with closed.folder() as home:
            data_dir = home / "data"
            with quickly(data_dir) as urls:
                ask(urls, "CREATE TABLE kept AS SELECT 7 AS number")
            outside = Path((data_dir / place.POINTER).read_text().strip())
            assert outside.is_relative_to(place.OUTSIDE)
            moved = data_dir.rename(home / "moved")
            with quickly(moved) as urls:
                assert ask(urls, "SELECT number FROM kept") == 7
            place.remove(data_dir=moved)
            assert not outside.exists()


class TestKillNine:
    def test_the_guard_ends_the_servers_of_a_killed_run(self, data_dir: Path) -> None:
        run, _ = hold(data_dir)
        started = claim.read(data_dir=data_dir).servers
        run.kill()
        run.communicate()
        assert wait_for(lambda: not any(map(processes.is_alive, started)))

    def test_everything_acknowledged_is_there_after_a_kill_of_everything(self, data_dir: Path) -> None:
        run, urls = hold(data_dir)
        ask(urls, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
        with redis.from_url(urls.redis) as messages:
            messages.set("kept", "7")
        kill_everything(run, data_dir)
        with servers.running(data_dir) as urls:
            assert ask(urls, "SELECT sum(number) FROM kept") == 500_500
            with redis.from_url(urls.redis) as messages:
                assert messages.get("kept") == b"7"

    def test_the_next_run_ends_servers_that_nobody_looks_after(self, data_dir: Path) -> None:
        run, _ = hold(data_dir)
        started = claim.read(data_dir=data_dir).servers
        for guard in guards(data_dir):
            os.kill(guard, signal.SIGKILL)
        run.kill()
        run.communicate()
        assert all(map(processes.is_alive, started))
        with servers.running(data_dir) as urls:
            assert ask(urls, "SELECT 1") == 1
            assert not any(map(processes.is_alive, started))


class TestForTests:
    def test_gives_sessions_at_the_same_time_servers_of_their_own(
        self, data_dir: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with servers.for_tests(data_dir) as first:
            assert os.environ["DATABASE_URL"] == first.database
            with servers.for_tests(data_dir) as worker:
                assert worker == first
            monkeypatch.delenv("DATABASE_URL")
            with servers.for_tests(data_dir) as second:
                assert second.database != first.database
            monkeypatch.setenv("DATABASE_URL", first.database)
            monkeypatch.setenv("REDIS_URL", first.redis)

    def test_makes_a_spoilt_database_anew(self, data_dir: Path) -> None:
        with servers.for_tests(data_dir):
            pass
        where = place.choose(data_dir=data_dir / "1")
        (where.folder / "postgres" / "global" / "pg_control").write_bytes(b"")
        with servers.for_tests(data_dir) as urls:
            assert ask(urls, "SELECT 1") == 1


def guards(data_dir: Path) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"echoes.embedded.guard" in words and os.fsencode(data_dir) in words:
            found.append(int(folder.name))
    return found


def kill_everything(run: subprocess.Popen[str], data_dir: Path) -> None:
    started = claim.read(data_dir=data_dir).servers
    for pid in (*guards(data_dir), run.pid):
        os.kill(pid, signal.SIGKILL)
    for identity in started:
        processes.kill_group(identity)
    run.communicate()
