"""Who arrives: allauth says so by signals of its own, and here is what that means for credits.

A friend's code is kept in the session from the moment their link was opened, so it is still there after the
way over Google.
"""

from __future__ import annotations

from typing import Any

from allauth.account import signals
from allauth.account.models import EmailAddress
from django.http import HttpRequest

from billing import rewards
from echoes.kernel import clock

CODE = "referral_code"


def listen() -> None:
    """Called once, when the app is ready."""
    signals.user_signed_up.connect(signed_up, dispatch_uid="billing")
    signals.email_confirmed.connect(confirmed, dispatch_uid="billing")


def remember(request: HttpRequest, code: str) -> None:
    request.session[CODE] = code


def signed_up(sender: Any, request: HttpRequest, user: Any, **_: Any) -> None:
    """Somebody has a new account. An address that Google vouches for is confirmed already."""
    if code := request.session.pop(CODE, ""):
        rewards.came_by(user=user, code=code, now=clock.now())
    if EmailAddress.objects.filter(user=user, verified=True).exists():
        rewards.welcome(user=user, now=clock.now())


def confirmed(sender: Any, email_address: EmailAddress, **_: Any) -> None:
    rewards.welcome(user=email_address.user, now=clock.now())
