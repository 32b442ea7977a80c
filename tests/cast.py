"""The people of the tests: Alice owns, Bob is another customer, Robin is staff; Charlie is signed out."""

from __future__ import annotations

from accounts.models import User

PASSWORD = "correct horse battery"


def alice() -> User:
    return _person("alice@example.org")


def bob() -> User:
    return _person("bob@example.org")


def robin() -> User:
    return _person("robin@example.org", is_staff=True, is_superuser=True)


def _person(email: str, **fields: bool) -> User:
    found = User.objects.filter(email=email).first()
    return found or User.objects.create_user(email, PASSWORD, **fields)
