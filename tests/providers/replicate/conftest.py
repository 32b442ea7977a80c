from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from providers.capabilities import (
    Picture,
)
from tests import pictures
from tests.contracts.replicate import fake
from tests.contracts.replicate.fake import Replicate


@pytest.fixture
def service(settings: Any) -> Iterator[Replicate]:
    with fake.running(stopped=True) as replicate:
        settings.PROVIDERS = {**settings.PROVIDERS, "replicate": (fake.KEY, replicate.url)}
        yield replicate
        assert replicate.violations == []


@pytest.fixture
def picture(tmp_path: Path) -> Picture:
    path = pictures.jpeg(tmp_path / "picture.jpg", size=(320, 180))
    return Picture(path, "image/jpeg", 320, 180)


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "said.mp3"
    path.write_bytes(b"ID3 these are no sounds")
    return path
