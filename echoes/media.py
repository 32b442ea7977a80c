"""The local disk's side of direct uploads and signed links. With a remote store nothing here is reached."""

from __future__ import annotations

import asyncio
import mimetypes
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO, Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import SuspiciousFileOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from echoes.kernel import signing
from echoes.kernel.storage import base as storages
from echoes.kernel.storage.local import LocalStorage

CHUNK = 256 * 1024
NAMES = {"photos", "films", "music"}
RANGE = re.compile(r"bytes=(\d*)-(\d*)$")
TYPES = {".mp4": "video/mp4", ".m4a": "audio/mp4", ".jpg": "image/jpeg", ".png": "image/png"}


@csrf_exempt
@login_not_required
@require_POST
def receive(request: HttpRequest, storage: str) -> HttpResponse:
    """Takes a form with a sealed policy and a file, as a bucket does; the policy is the permission."""
    store = _store(storage)
    try:
        policy = signing.unseal("upload", request.POST.get("policy", ""))
    except (signing.BadSignature, ValueError):
        return _refuse(403, "AccessDenied", "This upload ticket is not valid.")
    file = request.FILES.get("file")
    if policy["storage"] != storage or policy["key"] != request.POST.get("key"):
        return _refuse(403, "AccessDenied", "This upload ticket is for another file.")
    if policy["until"] < time.time():
        return _refuse(403, "AccessDenied", "This upload ticket has expired.")
    if file is None or not file.size:
        return _refuse(400, "EntityTooSmall", "The file is empty.")
    if file.size > policy["max"]:
        return _refuse(400, "EntityTooLarge", "The file is too large.")
    _keep(store, policy["key"], file)
    return HttpResponse(status=204)


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


def _respond(request: HttpRequest, path: Path, *, name: str) -> HttpResponseBase:
    stat = path.stat()
    tag = f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'
    headers = {
        "ETag": tag,
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, max-age=1800",
        "X-Content-Type-Options": "nosniff",
    }
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers=headers)
    span = _span(request.headers.get("Range", ""), stat.st_size)
    if span is None:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{stat.st_size}"})
    start, end = span
    partial = (end - start) < stat.st_size
    if partial:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{stat.st_size}"
    headers["Content-Length"] = str(end - start)
    if disposition := content_disposition_header(bool(name), name or path.name):
        headers["Content-Disposition"] = disposition
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    status = 206 if partial else 200
    if request.method == "HEAD":
        return HttpResponse(status=status, headers=headers, content_type=kind)
    return StreamingHttpResponse(_pieces(path, start, end), status=status, headers=headers, content_type=kind)


async def _pieces(path: Path, start: int, end: int) -> AsyncIterator[bytes]:
    file: IO[bytes] = await asyncio.to_thread(path.open, "rb")
    try:
        await asyncio.to_thread(file.seek, start)
        while start < end:
            chunk = await asyncio.to_thread(file.read, min(CHUNK, end - start))
            if not chunk:
                return
            start += len(chunk)
            yield chunk
    finally:
        file.close()


def _span(header: str, size: int) -> tuple[int, int] | None:
    """The bytes asked for as (start, end); the whole file for no range or one we do not serve, None for
    one that does not exist."""
    found = RANGE.match(header)
    if not found or found.groups() == ("", ""):
        return 0, size
    first, last = found.groups()
    if not first:
        return max(0, size - int(last)), size
    start, end = int(first), min(int(last) + 1 if last else size, size)
    return (start, end) if start < end else None


def _keep(store: LocalStorage, key: str, file: Any) -> None:
    target = Path(store.path(key))
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.part")
    with beside.open("wb") as out:
        for chunk in file.chunks():
            out.write(chunk)
    beside.replace(target)


def _store(name: str) -> LocalStorage:
    store = storages.get(name) if name in NAMES else None
    if not isinstance(store, LocalStorage):
        raise Http404
    return store


def _refuse(status: int, code: str, message: str) -> HttpResponse:
    body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return HttpResponse(body, status=status, content_type="application/xml")
