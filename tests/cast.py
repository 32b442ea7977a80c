"""The people of the tests: Alice owns, Bob is another customer, Robin is staff; Charlie is signed out."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp

from accounts import people
from accounts.models import User

PASSWORD = "correct horse battery"


def alice() -> User:
    return _person("alice@example.org")


def bob() -> User:
    return _person("bob@example.org")


def robin() -> User:
    return _person("robin@example.org", is_staff=True, is_superuser=True)


def _person(email: str, **fields: bool) -> User:
    if found := User.objects.filter(email=email).first():
        return found
    made = User.objects.create_user(email, PASSWORD, **fields)
    people.vouch(user=made)
    return made


def show_second_factor(*, request: Any, user: Any, **_: Any) -> None:
    """Staff of the tests have a second factor, and have shown it unless they sign in by the pages."""
    if user.is_staff and not get_authentication_records(request, user):
        secret = totp.generate_totp_secret()
        factor = Authenticator.objects.filter(user=user).first() or totp.TOTP.activate(user, secret).instance
        record_authentication(request, user, "mfa", id=factor.pk, type=factor.type)
