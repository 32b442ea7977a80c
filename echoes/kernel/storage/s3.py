"""A bucket as a store of media, Amazon's or any that speaks like it. Each storage is a folder of one bucket.

Links and tickets are signed here without a word to the bucket, and browsers use them with the bucket alone.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError
from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from storages.backends import s3

from echoes.kernel import signing
from echoes.kernel.storage import cloudfront, connection, headers, sigv4
from echoes.kernel.storage.base import (
    ARRIVING,
    NO_NAMES,
    PART_SECONDS,
    TICKET_SECONDS,
    Incomplete,
    Missing,
    Part,
    Stored,
    Ticket,
)
from echoes.kernel.storage.bucket import Bucket, Distribution
from echoes.kernel.storage.cache import Cache
from echoes.kernel.storage.fetch import GONE, code, fetch, raise_missing

MIB = 1024 * 1024
MOST_AT_ONCE = 1_000  # objects that one request deletes
TRANSFER = TransferConfig(multipart_threshold=16 * MIB, multipart_chunksize=8 * MIB, max_concurrency=4)
PARTS_AT_ONCE = 1000
NO_UPLOAD = {"NoSuchUpload"}
UNFIT = {"InvalidPart", "InvalidPartOrder", "EntityTooSmall", "MalformedXML", "InvalidRequest"}


class S3Storage(s3.S3Storage):
    """django-storages with one client for the whole process instead of one for each thread."""

    def __init__(self, *, name: str, bucket: Bucket, distribution: Distribution | None = None) -> None:
        super().__init__(
            bucket_name=bucket.name,
            location=name,
            file_overwrite=False,
            default_acl=None,
            max_memory_size=MIB,
            client_config=connection.config(bucket),
        )
        self.name = name
        self.where = bucket
        self.distribution = cloudfront.of(distribution) if distribution else None
        self.signer = sigv4.Signer(
            bucket_url=bucket.url, region=bucket.region, credentials=lambda: connection.credentials(bucket)
        )
        self.cache = Cache(folder=settings.MEDIA_CACHE_DIR, limit=settings.MEDIA_CACHE_BYTES)

    @property
    def connection(self) -> Any:
        return connection.resource(self.where)

    @property
    def bucket(self) -> Any:
        return self.connection.Bucket(self.bucket_name)

    @property
    def client(self) -> Any:
        return connection.client(self.where)

    # ---- what browsers get --------------------------------------------------------------------

    def signed_url(self, key: str, *, now: float, download_name: str = "") -> str:
        query = {"response-content-disposition": headers.disposition(download_name)} if download_name else {}
        until = signing.window_expiry(now=now)
        if self.distribution:
            return self.distribution.url(self._full(key), until=until, query=query)
        at = until - signing.LIFE_SECONDS
        return self.signer.url(self._full(key), at=at, seconds=signing.LIFE_SECONDS, query=query)

    def urls(self, keys: Iterable[str], *, now: float, names: Mapping[str, str] = NO_NAMES) -> dict[str, str]:
        if self.distribution or names:
            return {key: self.signed_url(key, now=now, download_name=names.get(key, "")) for key in keys}
        at = signing.window_expiry(now=now) - signing.LIFE_SECONDS
        sign = self.signer.reader(at=at, seconds=signing.LIFE_SECONDS)
        return {key: sign(self._full(key)) for key in keys}

    def ticket(self, key: str, *, content_type: str, max_bytes: int, now: float) -> Ticket:
        fields = self.signer.form(
            bucket=self.where.name,
            fields={"key": self._full(key), "Content-Type": content_type},
            max_bytes=max_bytes,
            at=int(now),
            seconds=TICKET_SECONDS,
        )
        return Ticket(method="POST", url=f"{self.where.url}/", fields=fields)

    # ---- uploads in parts ---------------------------------------------------------------------

    def create_multipart(self, key: str, *, content_type: str) -> str:
        answer = self.client.create_multipart_upload(**self._names(key), ContentType=content_type)
        return str(answer["UploadId"])

    def part_urls(self, key: str, upload: str, *, sizes: Mapping[int, int], now: float) -> dict[int, str]:
        """The length is part of what is signed: a link for eight megabytes takes no nine."""
        return {
            number: self.signer.url(
                self._full(key),
                at=int(now),
                seconds=PART_SECONDS,
                method="PUT",
                query={"partNumber": str(number), "uploadId": upload},
                headers={"content-length": str(size)},
            )
            for number, size in sizes.items()
        }

    def parts(self, key: str, upload: str) -> dict[int, Part]:
        asked = {**self._names(key), "UploadId": upload, "PaginationConfig": {"PageSize": PARTS_AT_ONCE}}
        try:
            pages = list(self.client.get_paginator("list_parts").paginate(**asked))
        except ClientError as error:
            if code(error) in NO_UPLOAD | GONE:
                raise Missing from error
            raise
        return {
            found["PartNumber"]: Part(tag=found["ETag"].strip('"'), size=found["Size"])
            for page in pages
            for found in page.get("Parts", ())
        }

    def complete_multipart(self, key: str, upload: str, tags: Sequence[str]) -> None:
        parts = [{"PartNumber": number, "ETag": tag} for number, tag in enumerate(tags, start=1)]
        if not parts:
            raise Incomplete
        try:
            self.client.complete_multipart_upload(
                **self._names(key), UploadId=upload, MultipartUpload={"Parts": parts}
            )
        except ClientError as error:
            if code(error) in NO_UPLOAD and self.exists(key):
                return
            if code(error) in NO_UPLOAD | UNFIT:
                raise Incomplete from error
            raise

    def abort_multipart(self, key: str, upload: str) -> None:
        try:
            self.client.abort_multipart_upload(**self._names(key), UploadId=upload)
        except ClientError as error:
            if code(error) not in NO_UPLOAD | GONE:
                raise

    # ---- what workers do ----------------------------------------------------------------------

    @contextlib.contextmanager
    def local_copy(self, key: str) -> Iterator[Path]:
        """From the cache, if the bucket says that nothing has changed since. What has just arrived is read
        once and not kept."""
        lasts = ARRIVING not in key
        with self.cache.place(key) as path:
            known = self.cache.lend(self._full(key), to=path) if lasts else ""
            tag = self._fetch(key, to=path, unless=known)
            if tag and lasts:
                self.cache.keep(self._full(key), tag, path)
            yield path

    def put(self, key: str, path: Path) -> None:
        facts = {"ContentType": headers.content_type(key), "CacheControl": headers.CACHING}
        self.client.upload_file(str(path), self.where.name, self._full(key), ExtraArgs=facts, Config=TRANSFER)

    def copy(self, source: str, target: str) -> None:
        facts = {
            "MetadataDirective": "REPLACE",
            "ContentType": headers.content_type(target),
            "CacheControl": headers.CACHING,
        }
        origin = {"Bucket": self.where.name, "Key": self._full(source)}
        try:
            self.client.copy(origin, self.where.name, self._full(target), ExtraArgs=facts, Config=TRANSFER)
        except ClientError as error:
            raise_missing(error)
            raise

    def move(self, source: str, target: str) -> None:
        self.copy(source, target)
        self.delete(source)

    def listing(self, prefix: str) -> Iterator[Stored]:
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.where.name, Prefix=f"{self.name}/{prefix}"
        )
        for page in pages:
            for found in page.get("Contents", ()):
                key = found["Key"].removeprefix(f"{self.name}/")
                yield Stored(key=key, size=found["Size"], changed_at=found["LastModified"].timestamp())

    def folders(self) -> Iterator[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.where.name, Prefix=f"{self.name}/", Delimiter="/"
        )
        for page in pages:
            for found in page.get("CommonPrefixes", ()):
                yield found["Prefix"].removeprefix(f"{self.name}/").rstrip("/")

    def delete_all(self, keys: Iterable[str]) -> None:
        """Raises ClientError for the first that the bucket did not let go."""
        left = iter(keys)
        while batch := list(itertools.islice(left, MOST_AT_ONCE)):
            named = [{"Key": self._full(key)} for key in batch]
            answer = self.client.delete_objects(
                Bucket=self.where.name, Delete={"Objects": named, "Quiet": True}
            )
            for error in answer.get("Errors", ()):
                if error.get("Code") not in GONE:
                    raise ClientError({"Error": error}, "DeleteObjects")
            for key in batch:
                self.cache.forget(self._full(key))

    def exists(self, name: str) -> bool:
        try:
            self._head(name)
        except Missing:
            return False
        return True

    def size(self, name: str) -> int:
        return int(self._head(name)["ContentLength"])

    def delete(self, name: str) -> None:
        self.client.delete_object(**self._names(name))
        self.cache.forget(self._full(name))

    def _fetch(self, key: str, *, to: Path, unless: str) -> str:
        try:
            return fetch(self.client, bucket=self.where.name, key=self._full(key), to=to, unless=unless)
        except Missing:
            self.cache.forget(self._full(key))
            raise

    def _head(self, key: str) -> Any:
        try:
            return self.client.head_object(**self._names(key))
        except ClientError as error:
            raise_missing(error)
            raise

    def _names(self, key: str) -> dict[str, str]:
        return {"Bucket": self.where.name, "Key": self._full(key)}

    def _full(self, key: str) -> str:
        """The key in the bucket. Stores differ in what they make of dots, so there are none."""
        if not key or key.startswith("/") or any(part in ("", ".", "..") for part in key.split("/")):
            raise SuspiciousFileOperation(f"{key!r} is no key of an object.")
        return f"{self.name}/{key}"
