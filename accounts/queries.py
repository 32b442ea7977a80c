"""What the settings page shows of a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from accounts import sessions
from accounts.sessions import SignIn


@dataclass(frozen=True)
class Security:
    """How somebody gets in, and where they are in."""

    has_password: bool
    google: list[str]
    can_connect_google: bool
    has_app: bool
    passkeys: int
    has_codes: bool
    sign_ins: list[SignIn]


def security(request: HttpRequest, *, now: datetime) -> Security:
    user: Any = request.user
    kinds = list(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    return Security(
        has_password=user.has_usable_password(),
        google=[_address(account) for account in SocialAccount.objects.filter(user=user)],
        can_connect_google=bool(settings.ENV.google_client_id),
        has_app=Authenticator.Type.TOTP in kinds,
        passkeys=kinds.count(Authenticator.Type.WEBAUTHN),
        has_codes=Authenticator.Type.RECOVERY_CODES in kinds,
        sign_ins=sessions.list_of(user=user, here=request.session.session_key or "", now=now),
    )


def sections() -> list[str]:
    """The addresses of the fragments that other apps have for the settings page."""
    return [address for name in settings.SETTINGS_SECTIONS if (address := _address_of(name))]


def _address(account: SocialAccount) -> str:
    return str(account.extra_data.get("email") or account.uid)


def _address_of(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
