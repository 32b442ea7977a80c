"""Where media are kept, as the environment chooses: what settings.STORAGES is made of."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from echoes.env import Env
from echoes.kernel.storage.bucket import Bucket, Distribution

DISK = "echoes.kernel.storage.local.LocalStorage"
S3 = "echoes.kernel.storage.s3.S3Storage"
# Nothing listens there: a command that needs no media never notices, any other says so plainly.
NOWHERE = "http://127.0.0.1:9"


def store(env: Env, name: str) -> dict[str, Any]:
    """One of STORAGES."""
    if env.storage == "disk":
        return {"BACKEND": DISK, "OPTIONS": {"name": name}}
    options = {"name": name, "bucket": bucket(env), "distribution": _distribution(env)}
    return {"BACKEND": S3, "OPTIONS": options}


def bucket(env: Env) -> Bucket:
    """The bucket that is named; for the embedded one the addresses come with the run that has it up."""
    if env.is_s3_embedded:
        return Bucket(name="nowhere", region="us-east-1", endpoint=NOWHERE, addressing="path")
    return Bucket(
        name=env.s3_bucket,
        region=env.s3_region,
        endpoint=env.s3_endpoint.rstrip("/"),
        addressing=env.s3_addressing,
        access_key=env.s3_access_key,
        secret_key=env.s3_secret_key,
    )


def origins(env: Env) -> list[str]:
    """Where else than from this site pages get media, and where they send them."""
    found = [bucket(env).origin] if env.storage == "s3" else []
    if env.media_url:
        parts = urlsplit(env.media_url)
        found.append(f"{parts.scheme}://{parts.netloc}")
    return found


def hosts(env: Env) -> list[str]:
    """Names of this site that are for media alone."""
    name = urlsplit(env.media_url).hostname if env.storage == "disk" else ""
    return [name] if name else []


def _distribution(env: Env) -> Distribution | None:
    if not env.cloudfront_key:
        return None
    return Distribution(
        address=env.media_url, key_id=env.cloudfront_key_id, key_file=env.cloudfront_key.resolve()
    )
