from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from echoes.embedded import attach, claim, errors, place, servers


@pytest.fixture
def migrations(monkeypatch: pytest.MonkeyPatch, data_dir: Path) -> list[str]:
    """The addresses of the databases that were brought up to date; the environment is put back afterwards."""
    monkeypatch.setenv("DATA_DIR", str(data_dir))
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.setenv(name, "")
    found: list[str] = []
    monkeypatch.setattr(attach, "_migrate", lambda: found.append(os.environ["DATABASE_URL"]))
    return found


class TestForCommand:
    def test_starts_servers_and_brings_the_database_up_to_date(self, migrations: list[str]) -> None:
        with attach.for_command(["make_film", "a.jpg"]):
            urls = servers.current(Path(os.environ["DATA_DIR"]))
            assert urls
            assert os.environ["DATABASE_URL"] == urls.database
            assert os.environ["REDIS_URL"] == urls.redis
            assert migrations == [urls.database]
        assert servers.current(Path(os.environ["DATA_DIR"])) is None

    def test_uses_servers_that_run_without_changing_their_database(
        self, migrations: list[str], data_dir: Path
    ) -> None:
        with servers.running(data_dir, durable=False) as urls:
            with attach.for_command(["make_film"]):
                assert os.environ["DATABASE_URL"] == urls.database
            assert servers.current(data_dir) == urls
        assert migrations == []

    @pytest.mark.parametrize("arguments", [[], ["doctor"], ["--help"], ["make_film", "--help"]])
    def test_leaves_alone_what_needs_no_servers(self, migrations: list[str], arguments: list[str]) -> None:
        with attach.for_command(arguments):
            assert os.environ["DATABASE_URL"] == ""
        assert not Path(os.environ["DATA_DIR"]).exists()

    def test_leaves_configured_servers_alone(
        self, migrations: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/films")
        monkeypatch.setenv("REDIS_URL", "redis://elsewhere/0")
        with attach.for_command(["make_film"]):
            assert os.environ["DATABASE_URL"] == "postgresql://elsewhere/films"
        assert not Path(os.environ["DATA_DIR"]).exists()

    def test_says_in_a_sentence_why_servers_cannot_start(self, migrations: list[str], data_dir: Path) -> None:
        folder = place.choose(data_dir=data_dir).private_folder("postgres")
        (folder / "PG_VERSION").write_text("17\n")
        with pytest.raises(SystemExit, match="made by Postgres 17"), attach.for_command(["make_film"]):
            pass


class TestAddresses:
    def test_lead_nowhere_when_nothing_is_configured_and_nothing_runs(self, data_dir: Path) -> None:
        assert attach.database_url("", data_dir=data_dir) == attach.NOWHERE_DATABASE
        assert attach.redis_url("", data_dir=data_dir) == attach.NOWHERE_REDIS

    def test_prefer_what_is_configured(self, data_dir: Path) -> None:
        assert attach.database_url("postgresql://a/b", data_dir=data_dir) == "postgresql://a/b"
        assert attach.redis_url("redis://a/0", data_dir=data_dir) == "redis://a/0"


class TestTake:
    def test_allows_one_run_per_data_folder(self, data_dir: Path) -> None:
        place.choose(data_dir=data_dir)
        first = claim.take(data_dir=data_dir, what="the first run")
        with pytest.raises(
            errors.AlreadyRunning, match=rf"in use by the first run \(process {os.getpid()}\)"
        ):
            claim.take(data_dir=data_dir, what="the second")
        first.release()
        claim.take(data_dir=data_dir, what="the second").release()

    def test_starts_the_guard_again_when_it_was_ended(self, data_dir: Path) -> None:
        place.choose(data_dir=data_dir)
        taken = claim.take(data_dir=data_dir, what="a run")
        before = taken.guard
        before.kill()
        before.wait()
        taken.watch_the_guard()
        assert isinstance(taken.guard, subprocess.Popen)
        assert taken.guard.pid != before.pid
        taken.release()
