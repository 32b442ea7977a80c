"""Loaded before Django: the servers, the data directory and the secrets of a test run.

One Postgres and one Redis serve the whole run; each worker of it has a database and a Redis of its own.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

from echoes.embedded import servers

HOME = "ECHOES_TEST_HOME"


def _begin() -> None:
    home = Path(tempfile.mkdtemp(prefix="echoes-tests-"))
    home.chmod(0o755)
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    _keep_bytecode(home)
    running = servers.for_tests(home / "servers")
    urls = running.__enter__()
    atexit.register(running.__exit__, None, None, None)
    os.environ[HOME] = str(home)
    os.environ["DATABASE_URL"] = urls.database
    os.environ["REDIS_URL"] = urls.redis


def _keep_bytecode(home: Path) -> None:
    """Where Python was told to write none, every process of a run (and that is hundreds) would compile all of
    Django and of Echoes for itself, which takes longer than most tests: they share a folder that ends with
    the run."""
    if sys.dont_write_bytecode:
        sys.dont_write_bytecode, sys.pycache_prefix = False, str(home / "bytecode")
        os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def _own() -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw-1")
    number = int(worker.removeprefix("gw")) + 1
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    os.environ["SECRET_KEY"] = "only for tests"
    os.environ["GOOGLE_CLIENT_ID"] = "echoes-under-test"
    os.environ["GOOGLE_CLIENT_SECRET"] = "known to the tests' Google"
    os.environ["DATA_DIR"] = str(Path(os.environ[HOME]) / worker)
    os.environ["REDIS_URL"] = f"{os.environ['REDIS_URL'].split('?')[0].rsplit('/', 1)[0]}/{number}"
    (Path(os.environ["DATA_DIR"]) / "static").mkdir(parents=True, exist_ok=True)
    for name in ("PUBLIC_URL", "SMTP_URL", "DEBUG"):
        os.environ.pop(name, None)


if HOME not in os.environ:
    _begin()
_own()
