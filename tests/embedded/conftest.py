from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from echoes.embedded import place


@pytest.fixture(autouse=True)
def _no_servers_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test run has servers of its own in the environment; these tests start others."""
    for name in ("DATABASE_URL", "REDIS_URL", "DATA_DIR", "PORT"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A data folder with a space in its path; pytest's own folders may be closed to the servers' account."""
    home = Path(tempfile.mkdtemp(prefix="echoes embedded "))
    home.chmod(0o755)
    folder = home / "data"
    yield folder
    if folder.exists():
        place.remove(data_dir=folder)
    home.rmdir()
