"""The stores that the same tests run over: the disk, and a bucket on an S3 server that starts for them."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import storages

from echoes.embedded import claim, place, seaweedfs, servers
from echoes.kernel.storage.base import MediaStorage, get
from echoes.kernel.storage.bucket import Bucket
from echoes.kernel.storage.s3 import S3Storage

S3 = "echoes.kernel.storage.s3.S3Storage"


@pytest.fixture(scope="session")
def bucket() -> Iterator[Bucket]:
    """An S3 server for the tests that ask for it: up in some four seconds, once for all of them."""
    home = Path(tempfile.mkdtemp(prefix="echoes-s3-"))
    home.chmod(0o755)
    place.choose(data_dir=home / "servers")
    claimed = claim.take(data_dir=home / "servers", what="the tests of a bucket")
    try:
        started = servers.start(claimed, with_postgres=False, with_redis=False, with_s3=True, durable=False)
        try:
            yield seaweedfs.bucket(started.urls.s3)
        finally:
            started.stop()
    finally:
        claimed.release()
        place.remove(data_dir=home / "servers")
        shutil.rmtree(home)


@pytest.fixture
def media_in_s3(bucket: Bucket, settings: pytest.FixtureRequest) -> Iterator[None]:
    """All of Echoes with its media in the bucket, as STORAGE=s3 sets it up."""
    kept = {
        name: {"BACKEND": S3, "OPTIONS": {"name": name, "bucket": bucket}}
        for name in ("photos", "films", "music")
    }
    settings.STORAGES = {**settings.STORAGES, **kept}  # type: ignore[attr-defined]
    yield
    for name in kept:
        for found in get(name).listing(""):
            get(name).delete(found.key)


@pytest.fixture(autouse=True)
def _no_cache_left() -> Iterator[None]:
    yield
    shutil.rmtree(settings.MEDIA_CACHE_DIR, ignore_errors=True)


@pytest.fixture(params=["disk", "s3"])
def store(request: pytest.FixtureRequest) -> MediaStorage:
    """The storage `films`, on each of what it can be."""
    if request.param == "s3":
        request.getfixturevalue("media_in_s3")
    return get("films")


@pytest.fixture
def s3_store(media_in_s3: None) -> S3Storage:
    found = storages["films"]
    assert isinstance(found, S3Storage)
    return found


@pytest.fixture
def key() -> str:
    """One that nobody has used."""
    return f"1/films/{uuid.uuid4()}/Our film – é.mp4"
