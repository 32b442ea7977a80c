"""Who may see what of credits: their owner; and staff with a permission."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache

from billing.models import Account, Purchase

VIEW = "billing.view_entry"
GRANT = "billing.add_entry"
REPLAY = "billing.change_stripeevent"

View = Callable[..., HttpResponseBase]


def staff_with(permission: str) -> Callable[[View], View]:
    """Let in staff who have the permission; whoever is signed out is sent to sign in, as everywhere."""

    def decorate(view: View) -> View:
        @never_cache
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            user = request.user
            if not (user.is_active and user.is_staff and user.has_perm(permission)):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def get_purchase_or_404(user: Any, pk: UUID) -> Purchase:
    return get_object_or_404(Purchase, pk=pk, account__user=user)


def get_account_or_404(pk: UUID) -> Account:
    return get_object_or_404(Account.objects.select_related("user"), pk=pk)
