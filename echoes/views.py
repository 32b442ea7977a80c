"""Pages that belong to no app: landing, prices, health, mail on a machine without SMTP, errors, type."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from allauth.account.internal.flows.email_verification_by_code import EMAIL_VERIFICATION_CODE_SESSION_KEY
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from compiler import showcases
from echoes import prices, staticfiles, webfonts, words
from echoes.kernel import clock
from providers import connections, registry
from providers.connections import Provider

MAILS = 50
MAIL_ENDS = b"\n" + b"-" * 79 + b"\n"  # as Django's file backend writes it
THEMES = {"light", "dark"}
LOOPBACK = {"127.0.0.1", "::1"}
LOCAL_NAMES = {"localhost", "127.0.0.1", "[::1]"}


def page_context(request: HttpRequest) -> dict[str, Any]:
    """What every page's frame needs."""
    theme = request.COOKIES.get("theme", "")
    return {
        "theme": theme if theme in THEMES else "auto",
        "script_words": words.of_scripts(get_language() or settings.LANGUAGE_CODE),
        "mailbox_open": _mailbox_is_open(request),
        "has_services": bool(registry.services()),
        **staticfiles.frame(),
        "simulated": [Provider(name).label for name in connections.simulated()],
    }


@login_not_required
@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("projects:dashboard")
    context = {"film": showcases.current(now=clock.now()), "services": bool(registry.services())}
    return render(request, "landing.html", context)


@login_not_required
@require_safe
def pricing(request: HttpRequest) -> HttpResponse:
    """What is free and what credits buy, for whoever wants to know before signing up."""
    return render(request, "pricing.html", prices.page())


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when this process can answer and reach the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"ok": True})


@login_not_required
@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    """The mails that Echoes wrote, while there is no SMTP. Only for somebody at this very machine."""
    if not _mailbox_is_open(request):
        raise Http404
    code_awaited = EMAIL_VERIFICATION_CODE_SESSION_KEY in request.session
    return render(request, "mailbox.html", {"mails": _mails(), "code_awaited": code_awaited})


@login_not_required
@require_safe
@cache_control(public=True, max_age=31_536_000, immutable=True)
def font(request: HttpRequest, name: str) -> HttpResponse:
    """Kept for ever: its address changes with it."""
    if name not in webfonts.FACES:
        raise Http404
    return HttpResponse(webfonts.whole(name), content_type="font/ttf")


@login_not_required
@require_safe
@cache_control(public=True, max_age=86_400)
def fonts_css(request: HttpRequest) -> HttpResponse:
    return HttpResponse(webfonts.css(staticfiles.plain_face), content_type="text/css")


@login_not_required
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "400.html", status=400)


@login_not_required
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "403.html", status=403)


@login_not_required
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "404.html", status=404)


@login_not_required
def server_error(request: HttpRequest) -> HttpResponse:
    return render(request, "500.html", status=500)


def _mailbox_is_open(request: HttpRequest) -> bool:
    """Mail can hold the keys to an account: never through a proxy, never from another machine."""
    return (
        not settings.ENV.smtp_url
        and not settings.ENV.public_url
        and request.META.get("REMOTE_ADDR") in LOOPBACK
        and "HTTP_X_FORWARDED_FOR" not in request.META
        and request.headers.get("Host", "").rsplit(":", 1)[0] in LOCAL_NAMES
    )


def _mails() -> list[dict[str, Any]]:
    """The last ones first. Several that were written in the same second can share a file."""
    files = sorted(
        Path(settings.EMAIL_FILE_PATH).glob("*.log"), key=lambda path: path.stat().st_mtime_ns, reverse=True
    )
    found = (
        _mail(raw, path)
        for path in files[:MAILS]
        for raw in reversed(path.read_bytes().split(MAIL_ENDS))
        if raw.strip()
    )
    return list(islice(found, MAILS))


def _mail(raw: bytes, path: Path) -> dict[str, Any]:
    message = email.message_from_bytes(raw.lstrip(), policy=email.policy.default)
    body = message.get_body(("plain",))
    return {
        "subject": str(message["Subject"] or ""),
        "to": str(message["To"] or ""),
        "sent_at": datetime.fromtimestamp(path.stat().st_mtime, UTC),
        "body": body.get_content() if body else "",
    }
