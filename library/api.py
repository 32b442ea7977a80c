"""Uploads, as the browser's drop zone and scripts speak them: JSON in, JSON out."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from echoes.kernel import clock
from echoes.kernel.errors import EchoesError
from library import access, uploads
from library.forms import UploadForm
from library.models import Ingest, Kind

View = Callable[..., JsonResponse]


def json_errors(view: View) -> View:
    """Every refusal of ours is an object with a code and a sentence."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        try:
            return view(request, *args, **kwargs)
        except EchoesError as error:
            return refusal(error.code, str(error))

    return wrapped


def refusal(code: str, message: str, *, status: int = 400) -> JsonResponse:
    return JsonResponse({"error": {"code": code, "message": message}}, status=status)


def start(request: HttpRequest, *, kind: str, complete: Callable[[UUID], str]) -> JsonResponse:
    """A ticket for what the request describes; `complete` gives the address to call when it has arrived."""
    form = UploadForm(_body(request))
    if not form.is_valid():
        return refusal("invalid", " ".join(str(error[0]) for error in form.errors.values()))
    asked = form.cleaned_data
    ticket, permission = uploads.start(
        name=asked["name"],
        size=asked["size"],
        content_type=asked["type"],
        kind=asked["kind"] or kind,
        by=request.user,
        now=clock.now(),
    )
    upload = {"method": permission.method, "url": permission.url, "fields": permission.fields}
    return JsonResponse(
        {
            "id": str(ticket.pk),
            "upload": upload,
            "complete": complete(ticket.pk),
            "status": reverse("library:upload_status", args=[ticket.pk]),
        },
        status=201,
    )


def described(job: Ingest, *, status: int = 200) -> JsonResponse:
    asset = str(job.asset_id) if job.asset_id else None
    return JsonResponse(
        {"id": str(job.pk), "state": job.state, "message": job.error_message, "asset": asset}, status=status
    )


@require_POST
@json_errors
def upload_start(request: HttpRequest) -> JsonResponse:
    def complete(pk: UUID) -> str:
        return reverse("library:upload_complete", args=[pk])

    return start(request, kind=Kind.AUDIO, complete=complete)


@require_POST
@json_errors
def upload_complete(request: HttpRequest, pk: UUID) -> JsonResponse:
    ticket = access.get_ticket_or_404(request.user, pk)
    return described(uploads.complete(ticket=ticket, by=request.user, now=clock.now()), status=202)


@require_GET
def upload_status(request: HttpRequest, pk: UUID) -> JsonResponse:
    return described(access.get_ingest_or_404(request.user, pk))


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
