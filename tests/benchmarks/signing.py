"""Our signers beside django-storages' `url()`: the same keys, in the same process, in turns."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

BUCKET = {"name": "echoes", "region": "eu-central-1", "access_key": "AKIDEXAMPLE", "secret_key": "secret"}

Line = tuple[str, float, float, str]


def measure(*, links: int, times: int) -> list[Line]:
    """(what, microseconds of ours, of django-storages, aim) for each signer."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "echoes.settings")
    os.environ.setdefault("SECRET_KEY", "only for benchmarks")
    import django

    django.setup()
    keys = [f"7/takes/{number:064x}-h264-2.mp4" for number in range(links)]
    with tempfile.TemporaryDirectory() as home:
        pairs = _pairs(Path(home), keys)
        costs = {name: ([], []) for name, *_ in pairs}  # type: ignore[var-annotated]
        for _ in range(times + 1):
            for name, ours, theirs, _ in pairs:
                for work, found in zip((ours, theirs), costs[name], strict=True):
                    found.append(_cost(work, links) if work else 0.0)
    return [
        (name, *(statistics.median(found[1:]) for found in costs[name]), aim)  # the first one warms up
        for name, _, _, aim in pairs
    ]


def _pairs(home: Path, keys: list[str]) -> list[tuple[str, Callable[[], Any], Callable[[], Any] | None, str]]:
    from storages.backends.s3 import S3Storage as Theirs

    from echoes.kernel.storage.bucket import Bucket, Distribution
    from echoes.kernel.storage.local import LocalStorage
    from echoes.kernel.storage.s3 import S3Storage as Ours

    now = time.time()
    bucket = Bucket(**BUCKET)
    theirs = Theirs(
        bucket_name=bucket.name, region_name=bucket.region, access_key=bucket.access_key,
        secret_key=bucket.secret_key, signature_version="s3v4", addressing_style="virtual", location="films",
    )  # fmt: skip

    def each_theirs() -> None:
        for key in keys:
            theirs.url(key)

    def in_front(pem: bytes, name: str) -> tuple[Callable[[], Any], Callable[[], Any]]:
        path = home / name
        path.write_bytes(pem)
        where = Distribution(address="https://media.example.org", key_id="K2", key_file=path)
        ours = Ours(name="films", bucket=bucket, distribution=where)
        other = Theirs(
            bucket_name=bucket.name, location="films", custom_domain="media.example.org",
            cloudfront_key_id="K2", cloudfront_key=rsa,
        )  # fmt: skip
        return (lambda: ours.urls(keys, now=now)), (lambda: [other.url(key) for key in keys])

    rsa, p256 = _keys()
    local, s3 = LocalStorage(name="films"), Ours(name="films", bucket=bucket)
    return [
        ("disk, beside theirs for S3", lambda: local.urls(keys, now=now), each_theirs, "10"),
        ("S3, a page in one call", lambda: s3.urls(keys, now=now), each_theirs, "10"),
        ("S3, one by one", lambda: [s3.signed_url(key, now=now) for key in keys], each_theirs, "10"),
        ("CloudFront with P-256, beside theirs with RSA", *in_front(p256, "p256.pem"), ""),
        ("CloudFront with RSA, beside theirs with RSA", *in_front(rsa, "rsa.pem"), ""),
    ]


def _keys() -> tuple[bytes, bytes]:
    """RSA, and P-256."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    def pem(key: Any) -> bytes:
        return bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.TraditionalOpenSSL,
                serialization.NoEncryption(),
            )
        )

    return pem(rsa.generate_private_key(65537, 2048)), pem(ec.generate_private_key(ec.SECP256R1()))


def _cost(work: Callable[[], Any], each: int) -> float:
    """Microseconds of CPU for each of the links that a call makes."""
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1e6 / each
