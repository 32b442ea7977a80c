"""Where allauth asks how we do things here."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.ratelimit import respond_429
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.mail import EmailMultiAlternatives
from django.http import HttpRequest
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.translation import gettext, gettext_lazy

from accounts import languages, mail
from echoes.kernel import live

PROOFS = {
    "reauthenticate": gettext_lazy("By your password"),
    "mfa_reauthenticate": gettext_lazy("By a code"),
    "mfa_reauthenticate:webauthn": gettext_lazy("By a passkey"),
}


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": gettext_lazy("This address and this password do not belong together."),
        "incorrect_code": gettext_lazy("This is not the code that we sent. Please look again."),
        "incorrect_password": gettext_lazy("This is not your password."),
        "too_many_login_attempts": gettext_lazy("That was tried too often. Please wait a few minutes."),
        "rate_limited": gettext_lazy("That was a little fast. Please wait a moment and try again."),
        "account_inactive": gettext_lazy("This account is asleep."),
        "duplicate_email": gettext_lazy("This is your address already."),
    }

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that is counted: that of the machine itself, for whoever comes past the proxies."""
        try:
            return str(super().get_client_ip(request))
        except ImproperlyConfigured:
            return str(request.META.get("REMOTE_ADDR", ""))

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Too many wrong passwords are answered like too much of anything else, with a 429."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            raise ImmediateHttpResponse(respond_429(request)) from None

    def send_account_already_exists_mail(self, email: str) -> None:
        """Signing up hashes a password. Without this one could tell from the time that nobody was made."""
        make_password("for the time that it takes")
        super().send_account_already_exists_mail(email)

    def render_mail(
        self, template_prefix: str, email: Any, context: dict[str, Any], headers: Any = None
    ) -> EmailMultiAlternatives:
        """To somebody we know in their language, whoever asks for it where; to others in the asker's."""
        with languages.speaking(languages.of_address(email) or languages.current()):
            return mail.message(template_prefix, to=email, context=context, headers=headers)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        found = super().get_reauthentication_methods(user)
        return [method | {"description": PROOFS.get(method["id"], method["description"])} for method in found]

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("accounts:settings")

    def get_email_verification_redirect_url(self, email_address: Any) -> str:
        if self.request.user.is_authenticated:
            return reverse("accounts:settings")
        return str(super().get_email_verification_redirect_url(email_address))


class GoogleAdapter(DefaultSocialAccountAdapter):
    error_messages = DefaultSocialAccountAdapter.error_messages | {
        "no_password": gettext_lazy("Set a password first: without one nobody could sign in here any more."),
    }

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> Any:
        """A person has one name here."""
        user = super().populate_user(request, sociallogin, data)
        names = (data.get("first_name"), data.get("last_name"))
        user.name = " ".join(name for name in names if name)[:120]
        return user

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: Any) -> str:
        return reverse("accounts:settings")


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets of authenticator apps lie encrypted: a copy of the database gives nobody codes."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy("This is not the right code. A fresh one comes every half minute."),
        "cannot_generate_recovery_codes": gettext_lazy(
            "Recovery codes stand in for a second factor. Set one up first."
        ),
        "unverified_email": gettext_lazy("Confirm your new address first."),
    }

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        number = Authenticator.objects.filter(user=user, type=type).count()
        if not number:
            return gettext("Passkey")
        return gettext("Passkey {number}").format(number=number + 1)

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Empty after SECRET_KEY was changed: then no code fits, and staff take the factor away."""
        try:
            return _box().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return ""


class SessionsAdapter(DefaultUserSessionsAdapter):
    """When allauth ends sessions by itself, the sockets that are open under them hear of it."""

    def end_sessions(self, sessions: Any) -> None:
        super().end_sessions(sessions)
        for user_id in {session.user_id for session in sessions}:
            live.recheck(user_id=user_id)


def _box() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str | bytes) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(b"second factors:" + force_bytes(key)).digest())
