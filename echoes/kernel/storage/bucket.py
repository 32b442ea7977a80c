"""Where a bucket is, and what may stand in front of it. Only facts: settings are made of these."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Bucket:
    """A bucket and whose it is; without an endpoint it is Amazon's, without keys boto3 looks for some."""

    name: str
    region: str
    endpoint: str = ""
    addressing: str = "virtual"
    access_key: str = ""
    secret_key: str = ""

    @property
    def url(self) -> str:
        """Where the objects are: this, a slash, and the key."""
        suffix = ".cn" if self.region.startswith("cn-") else ""
        parts = urlsplit(self.endpoint or f"https://s3.{self.region}.amazonaws.com{suffix}")
        path = parts.path.rstrip("/")
        if self.addressing == "path":
            return f"{parts.scheme}://{parts.netloc}{path}/{self.name}"
        return f"{parts.scheme}://{self.name}.{parts.netloc}{path}"

    @property
    def origin(self) -> str:
        """What a page's content security policy must let in."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True)
class Distribution:
    """A CloudFront distribution before a bucket; `key_file` is the PEM of the key that signs its links."""

    address: str
    key_id: str
    key_file: Path
