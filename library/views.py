"""What a person has with us, and how they take it along: for a page of settings, or alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from echoes.kernel import clock
from jobs.states import LIVE, State
from library import delivery, exports
from library import usage as spaces


@require_safe
def usage(request: HttpRequest) -> HttpResponse:
    """What was counted last; if that is a while ago it is counted again, and the page hears of it."""
    now = clock.now()
    spaces.ask(by=request.user, now=now)
    return _shown(request, "library/_usage.html", now=now)


@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    if request.method == "POST":
        exports.ask(by=request.user, now=now)
        return _export_or_back(request, now=now)
    return _shown(request, "library/_export.html", now=now)


@require_POST
def export_cancel(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    exports.cancel(by=request.user, now=now)
    return _export_or_back(request, now=now)


def _export_or_back(request: HttpRequest, *, now: datetime) -> HttpResponse:
    if not _is_fragment(request):
        return redirect("library:export")
    return _shown(request, "library/_export.html", now=now)


def _shown(request: HttpRequest, fragment: str, *, now: datetime) -> HttpResponse:
    template = fragment if _is_fragment(request) else "library/yours.html"
    return render(request, template, _context(request.user, now=now))


def _context(user: Any, *, now: datetime) -> dict[str, Any]:
    found = exports.latest(user)
    is_ready = found is not None and found.state == State.SUCCEEDED
    name = f"Echoes {found.created_at:%Y-%m-%d}.zip" if found else ""
    return {
        "usage": spaces.of(user),
        "export": found,
        "export_is_live": found is not None and found.state in LIVE,
        "export_url": delivery.url_for(exports.STORE, found.key, now=now, download_name=name)
        if found and is_ready
        else "",
        "export_gone_at": exports.gone_at(found) if found and is_ready else None,
        "export_left": clock.left_words(found.seconds_left(now=now)) if found else "",
    }


def _is_fragment(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", False))
