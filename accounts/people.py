"""What people change about themselves, and what we know of them without asking."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress

from accounts.models import User


def rename(*, user: Any, name: str) -> None:
    """Empty: from now on we know them by their address."""
    User.objects.filter(pk=user.pk).update(name=name)


def vouch(*, user: Any) -> None:
    """Whoever makes this account knows that the address is theirs: no code is asked for."""
    confirmed = {"verified": True, "primary": True}
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults=confirmed)
