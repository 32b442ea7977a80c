"""By what a person is known again who signs up twice: a keyed digest of each of their names."""

from __future__ import annotations

from typing import Any

from django.utils.crypto import salted_hmac

DOTLESS = {"gmail.com", "googlemail.com"}


def keys(user: Any) -> set[str]:
    """A digest for every address and every Google account of a person."""
    found = {_digest(f"email:{normalised(address)}") for address in _addresses(user)}
    return found | {_digest(f"google:{subject}") for subject in _google_subjects(user)}


def normalised(address: str) -> str:
    """One spelling for all that reach the same mailbox: without a +tag, and for Google without dots."""
    name, _, host = address.strip().lower().rpartition("@")
    name = name.split("+", 1)[0]
    if host in DOTLESS:
        name, host = name.replace(".", ""), "gmail.com"
    return f"{name}@{host}"


def _addresses(user: Any) -> set[str]:
    from allauth.account.models import EmailAddress

    confirmed = EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)
    return {user.email, *confirmed}


def _google_subjects(user: Any) -> set[str]:
    from allauth.socialaccount.models import SocialAccount

    accounts = SocialAccount.objects.filter(user=user, provider="google")
    return set(accounts.values_list("uid", flat=True))


def _digest(name: str) -> str:
    return salted_hmac("billing.people", name, algorithm="sha256").hexdigest()
