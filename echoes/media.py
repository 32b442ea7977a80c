"""The local disk's side of direct uploads and signed links. With a remote store nothing here is reached."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import SuspiciousFileOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from echoes.kernel import signing
from echoes.kernel.storage import base as storages
from echoes.kernel.storage import headers as told
from echoes.kernel.storage.local import LocalStorage

CHUNK = 256 * 1024
NAMES = {"photos", "films", "music"}
FIELDS = {"key", "Content-Type", "policy"}
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.IGNORECASE)


class Refusal(Exception):
    """What a bucket would not take either: a status, S3's own code, and a sentence."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code

    def response(self) -> HttpResponse:
        body = f"<Error><Code>{self.code}</Code><Message>{self}</Message></Error>"
        return HttpResponse(body, status=self.status, content_type="application/xml")


@dataclass(frozen=True)
class Span:
    """The bytes of a file that were asked for, from `start` to before `end`."""

    start: int
    end: int


class BeyondTheEnd(Exception):
    """A range of which the file has nothing."""


@csrf_exempt
@login_not_required
@require_http_methods(["POST", "PUT"])
def receive(request: HttpRequest, storage: str) -> HttpResponse:
    """Takes a file by a form with a sealed policy, or a part of one by a sealed link, as a bucket does: the
    seal is the permission."""
    store = _store(storage)
    try:
        return _take_part(request, store) if request.method == "PUT" else _take_file(request, store)
    except Refusal as refusal:
        return refusal.response()


@login_not_required
@require_safe
async def send(request: HttpRequest, storage: str, key: str) -> HttpResponseBase:
    """Serves one object to whoever holds its signed link, with ranges and revalidation."""
    store = _store(storage)
    name = request.GET.get("d", "")
    expiry = request.GET.get("e", "")
    try:
        signing.check(request.GET.get("s", ""), "read", storage, key, expiry, name)
        path = Path(store.path(key))
    except (signing.BadSignature, SuspiciousFileOperation):
        raise Http404 from None
    if int(expiry) < time.time() or not path.is_file():
        raise Http404
    return _respond(request, path, name=name)


# ---- what comes in ----------------------------------------------------------------------------


def _take_file(request: HttpRequest, store: LocalStorage) -> HttpResponse:
    policy = _unsealed("upload", request.POST.get("policy", ""), store)
    file = request.FILES.get("file")
    if policy["key"] != request.POST.get("key") or policy["type"] != request.POST.get("Content-Type"):
        raise Refusal(403, "AccessDenied", "This upload ticket is for another file.")
    if set(request.POST) != FIELDS:
        raise Refusal(403, "AccessDenied", "This form has fields that its ticket does not know.")
    if file is None or not file.size:
        raise Refusal(400, "EntityTooSmall", "The file is empty.")
    if file.size > policy["max"]:
        raise Refusal(400, "EntityTooLarge", "The file is too large.")
    store.receive(policy["key"], file.chunks())
    return HttpResponse(status=204)


def _take_part(request: HttpRequest, store: LocalStorage) -> HttpResponse:
    link = _unsealed("part", request.GET.get("part", ""), store)
    if request.headers.get("Content-Length") != str(link["size"]):
        raise Refusal(403, "AccessDenied", "This part has another size than its link.")
    try:
        tag = store.take_part(link["upload"], link["number"], _exactly(link["size"], request))
    except storages.Missing:
        raise Refusal(404, "NoSuchUpload", "This upload has ended.") from None
    return HttpResponse(status=200, headers={"ETag": tag})


def _unsealed(purpose: str, sealed: str, store: LocalStorage) -> dict[str, Any]:
    try:
        facts = signing.unseal(purpose, sealed)
    except (signing.BadSignature, ValueError):
        raise Refusal(403, "AccessDenied", "This upload ticket is not valid.") from None
    if facts["storage"] != store.name:
        raise Refusal(403, "AccessDenied", "This upload ticket is for another store.")
    if facts["until"] < time.time():
        raise Refusal(403, "AccessDenied", "This upload ticket has expired.")
    return facts


def _exactly(size: int, request: HttpRequest) -> Iterator[bytes]:
    """The body in pieces, if it is as long as it said."""
    left = size
    while piece := request.read(CHUNK):
        left -= len(piece)
        yield piece
    if left:
        raise Refusal(400, "IncompleteBody", "The part did not arrive as a whole.")


# ---- what goes out ----------------------------------------------------------------------------


def _respond(request: HttpRequest, path: Path, *, name: str) -> HttpResponseBase:
    stat = path.stat()
    tag = f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'
    headers = {
        "ETag": tag,
        "Accept-Ranges": "bytes",
        "Cache-Control": told.CACHING,
        "X-Content-Type-Options": "nosniff",
    }
    if _knows(request, tag):
        return HttpResponse(status=304, headers=headers)
    try:
        span = _span(request, tag=tag, size=stat.st_size)
    except BeyondTheEnd:
        headers["Content-Range"] = f"bytes */{stat.st_size}"
        return HttpResponse(status=416, headers=headers)
    if span:
        headers["Content-Range"] = f"bytes {span.start}-{span.end - 1}/{stat.st_size}"
    kind = told.content_type(path.name)
    if name or kind == told.UNKNOWN:
        headers["Content-Disposition"] = told.disposition(name or path.name)
    sent = span or Span(0, stat.st_size)
    headers["Content-Length"] = str(sent.end - sent.start)
    status = 206 if span else 200
    if request.method == "HEAD":
        return HttpResponse(status=status, headers=headers, content_type=kind)
    return StreamingHttpResponse(_pieces(path, sent), status=status, headers=headers, content_type=kind)


async def _pieces(path: Path, span: Span) -> AsyncIterator[bytes]:
    at = span.start
    file: IO[bytes] = await asyncio.to_thread(path.open, "rb")
    try:
        await asyncio.to_thread(file.seek, at)
        while at < span.end:
            chunk = await asyncio.to_thread(file.read, min(CHUNK, span.end - at))
            if not chunk:
                return
            at += len(chunk)
            yield chunk
    finally:
        file.close()


def _knows(request: HttpRequest, tag: str) -> bool:
    """Whether the asker has this version already."""
    known = [said.strip().removeprefix("W/") for said in request.headers.get("If-None-Match", "").split(",")]
    return tag in known or known == ["*"]


def _span(request: HttpRequest, *, tag: str, size: int) -> Span | None:
    """The one range asked for; None for all of the file. Several ranges, which no player asks for, a range
    that makes no sense, and one of another version are answered with all of it, as the standard allows.
    Raises BeyondTheEnd."""
    found = RANGE.fullmatch(request.headers.get("Range", "").strip())
    if request.method != "GET" or not found or request.headers.get("If-Range", tag) != tag:
        return None
    first, last = found.groups()
    if not first:
        return _last(int(last), size) if last else None
    start, end = int(first), min(int(last) + 1 if last else size, size)
    if last and int(last) < start:
        return None
    if start >= size:
        raise BeyondTheEnd
    return Span(start, end)


def _last(count: int, size: int) -> Span:
    if not count or not size:
        raise BeyondTheEnd
    return Span(max(0, size - count), size)


def _store(name: str) -> LocalStorage:
    store = storages.get(name) if name in NAMES else None
    if not isinstance(store, LocalStorage):
        raise Http404
    return store
