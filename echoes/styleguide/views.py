"""The styleguide, for staff and for whoever develops Echoes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from echoes.styleguide import samples

# Sections that stand twice, in both themes, and those of which a page has only one.
TWICE = (
    ("buttons", "Buttons and chips"),
    ("fields", "Fields"),
    ("messages", "Messages"),
    ("progress", "Progress and waiting"),
    ("clips", "A clip, in every state"),
    ("sheets", "Sheets"),
    ("cards", "Films in the making, and films"),
    ("film", "What a film's page says"),
    ("music", "Music and transitions"),
    ("lists", "Lists, tables, empty places"),
)
ERRORS = {"400": 400, "403": 403, "403_csrf": 403, "404": 404, "429": 429, "500": 500}

View = Callable[..., HttpResponseBase]


def for_makers(view: View) -> View:
    """Let in staff, and everybody while DEBUG is on."""

    @login_not_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        user = request.user
        if not settings.DEBUG and not user.is_authenticated:
            return redirect_to_login(request.get_full_path(), reverse("account_login"))
        if not (settings.DEBUG or (user.is_active and user.is_staff)):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


@for_makers
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    parts = [(name, title, f"styleguide/_{name}.html") for name, title in TWICE]
    return render(request, "styleguide/index.html", {"parts": parts, "errors": ERRORS, **samples.shared()})


@for_makers
@require_safe
def error(request: HttpRequest, name: str) -> HttpResponse:
    """The page of an error, as who meets it sees it, with its status."""
    if name not in ERRORS:
        raise Http404
    return render(request, f"{name}.html", status=ERRORS[name])
