from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, transaction

from echoes.management.commands import release as releasing


def release() -> str:
    out = io.StringIO()
    call_command("release", verbosity=0, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
class TestRelease:
    def test_collects_static_files_only_when_they_have_changed(self, settings: Any, tmp_path: Path) -> None:
        own = tmp_path / "own"
        own.mkdir()
        settings.STATICFILES_DIRS = [own]
        settings.STATIC_ROOT = tmp_path / "collected"
        (own / "a.css").write_text("a { color: red }")
        assert release() == "Static files collected.\n"
        assert list(settings.STATIC_ROOT.glob("a.*.css"))
        assert release() == ""
        (own / "a.css").write_text("a { color: blue; }")
        assert release() == "Static files collected.\n"


@pytest.fixture
def reader() -> Iterator[psycopg.Connection[Any]]:
    """Somebody in the middle of reading a table."""
    told = connection.get_connection_params()
    names = {"dbname", "user", "password", "host", "port"}
    with psycopg.connect(**{name: told[name] for name in names & told.keys()}) as other:
        other.execute("SELECT count(*) FROM jobs_wait")
        yield other


@pytest.mark.django_db(transaction=True)
class TestMigrating:
    def altering(self, monkeypatch: pytest.MonkeyPatch, tries: list[float]) -> None:
        """The migrations are one that needs the table for itself."""

        def migrate(*args: Any, **options: Any) -> None:
            tries.append(time.monotonic())
            with connection.cursor() as cursor:
                cursor.execute("LOCK TABLE jobs_wait IN ACCESS EXCLUSIVE MODE")

        def atomically(*args: Any, **options: Any) -> None:
            with transaction.atomic():
                migrate()

        monkeypatch.setattr(releasing, "call_command", atomically)
        monkeypatch.setattr(releasing, "LOCK_WAIT", 0.2)

    def test_lets_go_of_a_table_that_is_in_use_and_comes_back(
        self, reader: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tries: list[float] = []
        self.altering(monkeypatch, tries)
        pauses: list[float] = []

        def pause(seconds: float) -> None:
            pauses.append(time.monotonic())
            reader.rollback()

        monkeypatch.setattr(time, "sleep", pause)
        releasing.migrate_patiently(verbosity=0)
        assert len(tries) == 2
        assert pauses[0] - tries[0] < 1

    def test_gives_up_in_the_end(
        self, reader: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tries: list[float] = []
        self.altering(monkeypatch, tries)
        monkeypatch.setattr(releasing, "TRIES", 3)
        monkeypatch.setattr(releasing, "PAUSE", 0)
        with pytest.raises(OperationalError):
            releasing.migrate_patiently(verbosity=0)
        assert len(tries) == 3
