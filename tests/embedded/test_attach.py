from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from echoes.embedded import attach, claim, errors, place, servers


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch, data_dir: Path) -> Path:
    """The data folder of an environment that names no servers; it is put back afterwards."""
    monkeypatch.setenv("DATA_DIR", str(data_dir))
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.setenv(name, "")
    return data_dir


class TestForCommand:
    def test_starts_servers_and_stops_them_at_its_end(self, configured: Path) -> None:
        with attach.for_command(["make_film", "a.jpg"]):
            urls = servers.current(configured)
            assert urls
            assert os.environ["DATABASE_URL"] == urls.database
            assert os.environ["REDIS_URL"] == urls.redis
        assert servers.current(configured) is None

    def test_uses_servers_that_run_and_leaves_them_running(
        self,
        configured: Path,
    ) -> None:
        with servers.running(configured, durable=False) as urls:
            with attach.for_command(["make_film"]):
                assert os.environ["DATABASE_URL"] == urls.database
            assert servers.current(configured) == urls

    @pytest.mark.parametrize("arguments", [[], ["doctor"], ["--help"], ["make_film", "--help"]])
    def test_leaves_alone_what_needs_no_servers(self, configured: Path, arguments: list[str]) -> None:
        with attach.for_command(arguments):
            assert os.environ["DATABASE_URL"] == ""
        assert not configured.exists()

    def test_leaves_configured_servers_alone(self, configured: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/films")
        monkeypatch.setenv("REDIS_URL", "redis://elsewhere/0")
        with attach.for_command(["make_film"]):
            assert os.environ["DATABASE_URL"] == "postgresql://elsewhere/films"
        assert not configured.exists()

    def test_says_in_a_sentence_why_servers_cannot_start(self, configured: Path, data_dir: Path) -> None:
        folder = place.choose(data_dir=configured).private_folder("postgres")
        (folder / "PG_VERSION").write_text("17\n")
        with pytest.raises(SystemExit, match="made by Postgres 17"), attach.for_command(["make_film"]):
            pass


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
