"""Which language somebody is spoken to in.

A page speaks the language that its account has chosen, or, before anybody signs in, that of the cookie or of
the browser. What is written for later (a failure's sentence, a notice, a mail) is written by workers and the
clock in the language of the person whom it is for, at that time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation


def current() -> str:
    """The language of this moment; empty where none is spoken, as in a command."""
    return translation.get_language() or ""


def known(code: str) -> bool:
    return code in dict(settings.LANGUAGES)


def choose(*, user: Any, code: str) -> None:
    """From now on they are spoken to in this one."""
    get_user_model().objects.filter(pk=user.pk).update(language=code)


def of(user_id: Any) -> str:
    """What somebody has chosen; empty when they have not, or are gone."""
    return _first(get_user_model().objects.filter(pk=user_id))


def of_address(email: str) -> str:
    """The same of whoever has this address."""
    return _first(get_user_model().objects.filter(email__iexact=email))


def _first(people: QuerySet[Any]) -> str:
    return str(people.values_list("language", flat=True).first() or "")


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Speak this language, or English where it is none of ours."""
    with translation.override(code if known(code) else settings.LANGUAGE_CODE):
        yield


class LanguageMiddleware(LocaleMiddleware):
    """Whoever is signed in is spoken to in the language of the account, on every device. The cookie follows
    it, for the pages that are open to all: those ask nobody who they are for this."""

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> None:
        if not getattr(view_func, "login_required", True):
            return
        code = getattr(request.user, "language", "")
        if known(code):
            translation.activate(code)
            request.LANGUAGE_CODE = code  # type: ignore[attr-defined]
            request.of_account = code  # type: ignore[attr-defined]

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        spoken: HttpResponseBase = super().process_response(request, response)
        of_account = getattr(request, "of_account", "")
        if of_account and request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) != of_account:
            keep(spoken, of_account)
        return spoken


def take_back(response: HttpResponse) -> None:
    """Have the browser not remember it after all: Django knows more languages than we speak."""
    response.cookies.pop(settings.LANGUAGE_COOKIE_NAME, None)


def keep(response: HttpResponseBase, code: str) -> None:
    """Have the browser remember it."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
