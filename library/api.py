"""Uploads, as the browser's drop zone and scripts speak them: JSON in, JSON out.

POST   /api/v1/uploads                 name, size, type, kind → a form to send, or how large the parts are
POST   /api/v1/uploads/{id}/parts      numbers → a link to PUT each of these parts
GET    /api/v1/uploads/{id}            what has arrived; afterwards, what became of it
POST   /api/v1/uploads/{id}/complete   everything is there; with tags or without
DELETE /api/v1/uploads/{id}            it will not come
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from echoes.kernel import clock
from echoes.kernel.errors import EchoesError
from echoes.kernel.storage import base as storages
from library import access, uploads
from library.forms import CompletionForm, PartsForm, UploadForm
from library.models import Ingest, Kind, Ticket

View = Callable[..., HttpResponse]


class NotUnderstood(EchoesError):
    """This is not what such a request says."""

    code = "invalid"


def json_errors(view: View) -> View:
    """Every refusal of ours is an object with a code and a sentence."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Http404:
            return refusal("not_found", gettext("This does not exist, or not any more."), status=404)
        except EchoesError as error:
            return refusal(error.code, str(error))

    return wrapped


def refusal(code: str, message: str, *, status: int = 400) -> JsonResponse:
    return JsonResponse({"error": {"code": code, "message": message}}, status=status)


def start(request: HttpRequest, *, kind: str, complete: Callable[[UUID], str]) -> JsonResponse:
    """A ticket for what the request describes; `complete` gives the address to call when it has arrived."""
    asked = _cleaned(UploadForm(_body(request)))
    ticket, form = uploads.start(
        name=asked["name"],
        size=asked["size"],
        content_type=asked["type"],
        kind=asked["kind"] or kind,
        by=request.user,
        now=clock.now(),
    )
    return JsonResponse(
        {
            "id": str(ticket.pk),
            "upload": {"method": form.method, "url": form.url, "fields": form.fields} if form else None,
            "parts": _parts(ticket),
            "complete": complete(ticket.pk),
            "status": reverse("library:upload_status", args=[ticket.pk]),
        },
        status=201,
    )


def tags(request: HttpRequest) -> dict[int, str]:
    """The tags of parts that somebody tells who says that a file has arrived, {number: tag}."""
    told: dict[int, str] = _cleaned(CompletionForm(_body(request)))["tags"]
    return told


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
    job = uploads.complete(ticket=ticket, by=request.user, now=clock.now(), tags=tags(request))
    return described(job, status=202)


@require_POST
@json_errors
def upload_parts(request: HttpRequest, pk: UUID) -> JsonResponse:
    ticket = access.get_ticket_or_404(request.user, pk)
    numbers = _cleaned(PartsForm(_body(request)))["numbers"]
    return JsonResponse({"links": uploads.links(ticket=ticket, numbers=numbers, now=clock.now())})


@require_http_methods(["GET", "DELETE"])
@json_errors
def upload_status(request: HttpRequest, pk: UUID) -> HttpResponse:
    if request.method == "DELETE":
        uploads.give_up(ticket=access.get_ticket_or_404(request.user, pk), now=clock.now())
        return HttpResponse(status=204)
    job = access.find_ingest(request.user, pk)
    return described(job) if job else _progress(access.get_ticket_or_404(request.user, pk))


def _progress(ticket: Ticket) -> JsonResponse:
    """What has arrived of a file that is not complete."""
    parts = _parts(ticket)
    if parts:
        parts["arrived"] = list(uploads.arrived(ticket))
    said = {"id": str(ticket.pk), "state": "uploading", "message": "", "asset": None}
    return JsonResponse({**said, "name": ticket.name, "size": ticket.size, "parts": parts})


def _parts(ticket: Ticket) -> dict[str, Any] | None:
    """How a large file is sent."""
    if not ticket.multipart:
        return None
    return {
        "count": len(storages.part_sizes(ticket.size)),
        "bytes": storages.part_bytes(ticket.size),
        "links": reverse("library:upload_parts", args=[ticket.pk]),
        "at_once": uploads.LINKS_AT_ONCE,
    }


def _cleaned(form: Form) -> dict[str, Any]:
    if not form.is_valid():
        raise NotUnderstood(" ".join(str(error[0]) for error in form.errors.values()))
    return form.cleaned_data


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
