"""The one client that a process has for a bucket, and what a new bucket must be told.

Nothing here knows Django, so that the embedded servers can use it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from echoes.kernel.errors import EchoesError
from echoes.kernel.storage.bucket import Bucket
from echoes.kernel.storage.sigv4 import Credentials

CONNECT_SECONDS = 5
READ_SECONDS = 20
TRIES = 4
POOL = 20
CORS_SECONDS = 3000
# Longer than anybody sends a file: Echoes itself ends what nobody goes on with.
ABANDONED_DAYS = 7
NO_LIFECYCLE = {"NotImplemented", "MethodNotAllowed"}


class NoCredentials(EchoesError):
    """There are no credentials for the bucket: set S3_ACCESS_KEY and S3_SECRET_KEY, or give this machine a
    role."""

    code = "no_credentials"


@dataclass(frozen=True)
class _Connection:
    session: Any
    resource: Any


_connections: dict[Bucket, _Connection] = {}
_lock = threading.Lock()


def resource(bucket: Bucket) -> Any:
    """boto3's resource around `client`. It takes half a second to make, so there is one in a process."""
    return _connection(bucket).resource


def client(bucket: Bucket) -> Any:
    """The process's client, for all threads."""
    return resource(bucket).meta.client


def credentials(bucket: Bucket) -> Credentials:
    """What to sign with now. Those of a role pass, and boto3 fetches new ones in time."""
    if bucket.access_key:
        return Credentials(bucket.access_key, bucket.secret_key)
    found = _connection(bucket).session.get_credentials()
    if found is None:
        raise NoCredentials
    frozen = found.get_frozen_credentials()
    return Credentials(frozen.access_key, frozen.secret_key, frozen.token or "")


def impatient(bucket: Bucket, *, seconds: float = READ_SECONDS) -> Any:
    """A client of its own that tries once, to see whether a server answers."""
    return _session(bucket).client(
        "s3",
        endpoint_url=bucket.endpoint or None,
        config=config(bucket).merge(Config(retries={"total_max_attempts": 1}, read_timeout=seconds)),
    )


def config(bucket: Bucket) -> Config:
    """Version 4 must be asked for, or links are signed the old way that newer regions refuse. Checksums that
    Amazon does not need are left out, since other stores stumble over them."""
    return Config(
        signature_version="s3v4",
        s3={"addressing_style": bucket.addressing},
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": TRIES},
        max_pool_connections=POOL,
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        tcp_keepalive=True,
    )


def prepare(it: Any, bucket: Bucket, *, origins: Sequence[str]) -> None:
    """Make a bucket of ours if it is missing, let pages of these origins upload to it and read the tags of
    parts, and have parts of uploads that never ended thrown away. `it` is a client."""
    try:
        it.head_bucket(Bucket=bucket.name)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("404", "NoSuchBucket"):
            raise
        it.create_bucket(Bucket=bucket.name, **_location(bucket))
    rule = {
        "AllowedOrigins": list(origins),
        "AllowedMethods": ["GET", "HEAD", "POST", "PUT"],
        "AllowedHeaders": ["*"],
        "ExposeHeaders": ["ETag"],
        "MaxAgeSeconds": CORS_SECONDS,
    }
    it.put_bucket_cors(Bucket=bucket.name, CORSConfiguration={"CORSRules": [rule]})
    _let_abandoned_parts_go(it, bucket)


def _let_abandoned_parts_go(it: Any, bucket: Bucket) -> None:
    rule = {
        "ID": "abandoned-parts",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": ABANDONED_DAYS},
    }
    try:
        it.put_bucket_lifecycle_configuration(Bucket=bucket.name, LifecycleConfiguration={"Rules": [rule]})
    except ClientError as error:
        if error.response["Error"]["Code"] not in NO_LIFECYCLE:
            raise


def _location(bucket: Bucket) -> dict[str, Any]:
    """us-east-1 is the one region that must not be named."""
    if bucket.endpoint or bucket.region == "us-east-1":
        return {}
    return {"CreateBucketConfiguration": {"LocationConstraint": bucket.region}}


def _connection(bucket: Bucket) -> _Connection:
    with _lock:
        if bucket not in _connections:
            _connections[bucket] = _connect(bucket)
        return _connections[bucket]


def _connect(bucket: Bucket) -> _Connection:
    session = _session(bucket)
    made = session.resource("s3", endpoint_url=bucket.endpoint or None, config=config(bucket))
    return _Connection(session=session, resource=made)


def _session(bucket: Bucket) -> Any:
    return boto3.Session(
        aws_access_key_id=bucket.access_key or None,
        aws_secret_access_key=bucket.secret_key or None,
        region_name=bucket.region,
    )


def _forget_all() -> None:
    """A child must not write on its parent's connections, nor wait for a lock that nobody will release."""
    global _lock
    _lock = threading.Lock()
    _connections.clear()


os.register_at_fork(after_in_child=_forget_all)
