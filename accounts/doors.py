"""The staff's door: everything below /admin/ is for staff who have shown a second factor in this session.

They sign in where everybody does. Who is not signed in is sent there, who is not staff gets a 403, and who
has no second factor yet is led to set one up and sees nothing of the admin until then.
"""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext

BEHIND = "admin/"
SECOND_FACTOR = "mfa"


class StaffDoorMiddleware(MiddlewareMixin):
    def process_view(
        self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        found = request.resolver_match
        if found is None or not found.route.startswith(BEHIND):
            return None
        return _stop(request, found.url_name or "")


def has_second_factor(user: Any) -> bool:
    """Codes on paper alone are none: they stand in for what is lost."""
    factors = Authenticator.objects.filter(user=user)
    return bool(factors.exclude(type=Authenticator.Type.RECOVERY_CODES).exists())


def has_shown_second_factor(request: HttpRequest) -> bool:
    """Whether it was asked for when this very session began, or since."""
    records = get_authentication_records(request, request.user)  # type: ignore[arg-type]
    return any(record["method"] == SECOND_FACTOR for record in records)


def remember_what_was_added(*, request: HttpRequest, user: Any, authenticator: Any, **_: Any) -> None:
    """Who has just set a second factor up has shown it."""
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        record_authentication(request, user, SECOND_FACTOR, id=authenticator.pk, type=authenticator.type)


def _stop(request: HttpRequest, name: str) -> HttpResponseBase | None:
    user = request.user
    if not user.is_authenticated:
        return redirect_to_login(_where_to(request, name), reverse("account_login"))
    if not (user.is_active and user.is_staff and (user.is_superuser or user.get_all_permissions())):
        raise PermissionDenied
    if name == "logout":
        return None
    if not has_second_factor(user):
        messages.warning(
            request, gettext("The staff's pages need a second factor. Set one up, and they open.")
        )
        return redirect("mfa_index")
    if not has_shown_second_factor(request):
        return redirect_to_login(request.get_full_path(), reverse("mfa_reauthenticate"))
    return redirect("account_change_password") if name.startswith("password_change") else None


def _where_to(request: HttpRequest, name: str) -> str:
    """The admin's own sign-in page knows where somebody wanted to go."""
    if name == "login":
        return request.GET.get("next") or reverse("admin:index")
    return request.get_full_path()
