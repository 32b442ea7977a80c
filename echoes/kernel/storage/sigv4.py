"""Amazon's signature version 4 over a query and over an upload form: what a browser can be handed.

botocore does the same some fifteen times slower, since it resolves an endpoint and runs its hooks for every
link, and a page has sixty of them. The tests hold this to botocore's own answers.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlsplit

ALGORITHM = "AWS4-HMAC-SHA256"
LONGEST = 7 * 24 * 3600
NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True)
class Credentials:
    """An access key, and for a role's passing credentials the token that goes with it."""

    access_key: str
    secret_key: str
    token: str = ""


class Signer:
    """Signs for one bucket, whose objects are found at `bucket_url` + "/" + key."""

    def __init__(self, *, bucket_url: str, region: str, credentials: Callable[[], Credentials]) -> None:
        parts = urlsplit(bucket_url)
        self.bucket_url = bucket_url
        self.region = region
        self.credentials = credentials
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._host = parts.netloc
        self._path = parts.path

    def url(
        self,
        key: str,
        *,
        at: int,
        seconds: int,
        method: str = "GET",
        query: Mapping[str, str] = NOTHING,
        headers: Mapping[str, str] = NOTHING,
    ) -> str:
        """A link that works from `at` (a Unix second) for `seconds`, for this method and these headers."""
        who = self.credentials()
        moment = _moment(at)
        scope = f"{moment[:8]}/{self.region}/s3/aws4_request"
        named = {"host": self._host, **headers}
        signed = ";".join(sorted(named))
        stated = _stated(who, scope=scope, moment=moment, seconds=seconds, signed=signed)
        asked = _query({**query, **stated})
        path = f"{self._path}/{quote(key, safe='/~')}"
        lines = "".join(f"{name}:{named[name]}\n" for name in sorted(named))
        request = f"{method}\n{path}\n{asked}\n{lines}\n{signed}\nUNSIGNED-PAYLOAD"
        digest = hashlib.sha256(request.encode()).hexdigest()
        signature = self._sign(who, moment, f"{ALGORITHM}\n{moment}\n{scope}\n{digest}")
        return f"{self._origin}{path}?{asked}&X-Amz-Signature={signature}"

    def reader(self, *, at: int, seconds: int) -> Callable[[str], str]:
        """What makes the links of `url` that only read, for many keys: all that they share is made once."""
        who = self.credentials()
        moment = _moment(at)
        scope = f"{moment[:8]}/{self.region}/s3/aws4_request"
        asked = _query(_stated(who, scope=scope, moment=moment, seconds=seconds, signed="host"))
        tail = f"\n{asked}\nhost:{self._host}\n\nhost\nUNSIGNED-PAYLOAD"
        head = f"{ALGORITHM}\n{moment}\n{scope}\n"
        day_key = _day_key(who.secret_key, moment[:8], self.region)

        def url(key: str) -> str:
            path = f"{self._path}/{quote(key, safe='/~')}"
            digest = hashlib.sha256(f"GET\n{path}{tail}".encode()).hexdigest()
            signature = hmac.digest(day_key, f"{head}{digest}".encode(), "sha256").hex()
            return f"{self._origin}{path}?{asked}&X-Amz-Signature={signature}"

        return url

    def form(
        self, *, bucket: str, fields: Mapping[str, str], max_bytes: int, at: int, seconds: int
    ) -> dict[str, str]:
        """The fields of a form that uploads one object; a form with any other value or size is refused."""
        who = self.credentials()
        moment = _moment(at)
        all_fields = {
            **fields,
            "x-amz-algorithm": ALGORITHM,
            "x-amz-credential": f"{who.access_key}/{moment[:8]}/{self.region}/s3/aws4_request",
            "x-amz-date": moment,
            **({"x-amz-security-token": who.token} if who.token else {}),
        }
        conditions: list[Any] = [{"bucket": bucket}, ["content-length-range", 1, max_bytes]]
        conditions += [{name: value} for name, value in all_fields.items()]
        until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at + seconds))
        text = json.dumps({"expiration": until, "conditions": conditions})
        policy = base64.b64encode(text.encode()).decode()
        return {**all_fields, "policy": policy, "x-amz-signature": self._sign(who, moment, policy)}

    def _sign(self, who: Credentials, moment: str, text: str) -> str:
        key = _day_key(who.secret_key, moment[:8], self.region)
        return hmac.digest(key, text.encode(), "sha256").hex()


def _stated(who: Credentials, *, scope: str, moment: str, seconds: int, signed: str) -> dict[str, str]:
    """What a link says of its own signature."""
    return {
        "X-Amz-Algorithm": ALGORITHM,
        "X-Amz-Credential": f"{who.access_key}/{scope}",
        "X-Amz-Date": moment,
        "X-Amz-Expires": str(seconds),
        "X-Amz-SignedHeaders": signed,
        **({"X-Amz-Security-Token": who.token} if who.token else {}),
    }


def _moment(at: int) -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))


def _query(values: Mapping[str, str]) -> str:
    return "&".join(f"{quote(name, safe='')}={quote(values[name], safe='~')}" for name in sorted(values))


@lru_cache(maxsize=16)
def _day_key(secret_key: str, day: str, region: str) -> bytes:
    key = f"AWS4{secret_key}".encode()
    for word in (day, region, "s3", "aws4_request"):
        key = hmac.digest(key, word.encode(), "sha256")
    return key
