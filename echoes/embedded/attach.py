"""How a command finds the database and the broker: as configured, else the embedded servers.

Servers that run already are used; otherwise a command that needs them starts them, brings the database up to
date, and stops them at its end.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from echoes import env as environment
from echoes.embedded import errors, servers

# Nothing listens there: a command that needs no database never notices, any other says so plainly.
NOWHERE_DATABASE = "postgresql://echoes@127.0.0.1:9/echoes"
NOWHERE_REDIS = "redis://127.0.0.1:9/0"
# Commands that work without servers (test has its own), so that they start at once and always.
WITHOUT_SERVERS = frozenset(
    [
        *("help", "version", "check", "doctor", "test", "makemigrations", "sqlmigrate", "generate_docs"),
        *("collectstatic", "findstatic", "diffsettings", "compilemessages", "makemessages"),
    ]
)
WITHOUT_MIGRATION = frozenset(
    ("release", "migrate", "showmigrations", "dbshell", "flush", "sqlflush", "inspectdb")
)


def database_url(configured: str, *, data_dir: Path) -> str:
    """The configured address, else that of a living embedded server, else one where nothing listens."""
    found = None if configured else servers.current(data_dir)
    return configured or (found.database if found else NOWHERE_DATABASE)


def redis_url(configured: str, *, data_dir: Path) -> str:
    """As `database_url`, for Redis."""
    found = None if configured else servers.current(data_dir)
    return configured or (found.redis if found else NOWHERE_REDIS)


@contextmanager
def for_command(arguments: Sequence[str]) -> Iterator[None]:
    """While the context lasts, DATABASE_URL and REDIS_URL lead somewhere, if this command needs them."""
    name = arguments[0] if arguments else "help"
    configured = environment.load()
    if not _needs_servers(name, arguments) or (configured.database_url and configured.redis_url):
        yield
        return
    with _servers(configured.data_dir, what=f"manage.py {name}") as (urls, are_ours):
        _export(configured, urls)
        if are_ours and name not in WITHOUT_MIGRATION:
            _migrate()
        yield


def _needs_servers(name: str, arguments: Sequence[str]) -> bool:
    return not (name.startswith("-") or name in WITHOUT_SERVERS or {"-h", "--help"} & set(arguments))


@contextmanager
def _servers(data_dir: Path, *, what: str) -> Iterator[tuple[servers.Urls, bool]]:
    are_ours = servers.current(data_dir) is None
    with _plain_end(), servers.running(data_dir, what=what) as urls:
        yield urls, are_ours


@contextmanager
def _plain_end() -> Iterator[None]:
    """A reason not to start is a sentence, not a traceback; the command's own errors pass."""
    try:
        yield
    except errors.EmbeddedError as error:
        sys.exit(str(error))


def _export(configured: environment.Env, urls: servers.Urls) -> None:
    os.environ["DATABASE_URL"] = configured.database_url or urls.database
    os.environ["REDIS_URL"] = configured.redis_url or urls.redis


def _migrate() -> None:
    """In another process: this one has not loaded Django yet, and its output belongs to the command."""
    command = [sys.executable, str(environment.ROOT / "manage.py"), "migrate", "--verbosity", "0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise errors.MigrationFailed(f"The database could not be brought up to date:\n{done.stderr.strip()}")
