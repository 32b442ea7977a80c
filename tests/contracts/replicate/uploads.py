"""The simulated Files API: what is sent along is kept for a day."""

from __future__ import annotations

import base64
import email
import hashlib
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from typing import Any

from tests.contracts import server
from tests.contracts.server import Call, Reply

DAY = 86_400.0


@dataclass
class Upload:
    content: bytes
    kind: str
    name: str
    created: float


class Uploads(server.Fake):
    """The part of Replicate that keeps files."""

    def __init__(self) -> None:
        super().__init__()
        self.uploads: dict[str, Upload] = {}

    def upload(self, call: Call) -> Reply:
        kind = call.headers.get("content-type", "")
        form = email.message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + call.body)
        parts = {_name_of(part): part for part in form.walk() if not part.is_multipart()}
        if "content" not in parts:
            self.violate("an upload without content")
            return self.refusal(400, "Missing content")
        part = parts["content"]
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        key = base64.b32encode(uuid.uuid4().bytes).decode().strip("=").lower()
        upload = Upload(content, part.get_content_type(), part.get_filename() or "", self.clock())
        self.uploads[key] = upload
        return Reply(201, self._file_told(key, upload))

    def file_of(self, call: Call) -> Reply:
        upload = self.uploads.get(call.found["id"])
        return Reply(200, self._file_told(call.found["id"], upload)) if upload else self.refusal(404)

    def forget(self, call: Call) -> Reply:
        return Reply(204) if self.uploads.pop(call.found["id"], None) else self.refusal(404)

    def content(self, uri: str) -> bytes:
        """What an input's address leads to; raises LookupError where it leads nowhere."""
        if uri.startswith("data:"):
            return base64.b64decode(uri.partition("base64,")[2], validate=True)
        if not uri.startswith(f"{self.url}/v1/files/"):
            raise LookupError("only its own files can be read by a simulated service")
        upload = self.uploads[uri.rpartition("/")[2]]
        if self.clock() > upload.created + DAY:
            raise LookupError("the file has expired")
        return upload.content

    def _file_told(self, key: str, upload: Upload) -> dict[str, Any]:
        md5 = hashlib.md5(upload.content, usedforsecurity=False).hexdigest()
        return {
            "id": key,
            "name": upload.name,
            "content_type": upload.kind,
            "size": len(upload.content),
            "etag": md5,
            "checksums": {"sha256": hashlib.sha256(upload.content).hexdigest(), "md5": md5},
            "metadata": {},
            "created_at": moment(upload.created),
            "expires_at": moment(upload.created + DAY),
            "urls": {"get": f"{self.url}/v1/files/{key}"},
        }


def _name_of(part: Message) -> str:
    return str(part.get_param("name", "", header="content-disposition"))


def moment(clock: float) -> str:
    return datetime.fromtimestamp(time.time() - time.monotonic() + clock, UTC).isoformat()
