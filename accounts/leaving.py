"""Leaving Echoes: a person asks for it, has a week to think again, and then everything of theirs goes.

1. `ask` sets the day and says so by mail. Until then all goes on as before, and `stay` takes it back.
2. On the day, `sweep` closes the account: nobody signs in any more, and open sessions end. Staff may bring
   the day on (`close`).
3. Every function of `settings.LEAVING` lets go of what its app holds: jobs, rows, files, its name in a
   ledger. Each may be called again, after a crash or an error in the middle, and by two clocks at once.
4. The person is deleted, with what rows are left that are theirs; a last mail says so.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.module_loading import import_string

from accounts import languages, mail, sessions
from accounts.models import User
from echoes.kernel.errors import EchoesError

GRACE = timedelta(days=7)

log = logging.getLogger(__name__)


class TooLateToStay(EchoesError):
    """The week is over, and what was yours is being removed. You can sign up again with the same address."""

    code = "too_late_to_stay"


def ask(*, user: Any, now: datetime) -> datetime:
    """Set the day, and give it. Asking again does not move it."""
    with transaction.atomic():
        if User.objects.filter(pk=user.pk, leaving_at=None).update(leaving_at=now + GRACE):
            _mail_after_commit("account/email/leaving_asked", user, until=now + GRACE)
    user.refresh_from_db(fields=["leaving_at"])
    day: datetime = user.leaving_at
    return day


def stay(*, user: Any, now: datetime) -> None:
    """Raises TooLateToStay. Staying without having asked to leave is fine."""
    with transaction.atomic():
        if User.objects.filter(pk=user.pk, is_active=True, leaving_at__gt=now).update(leaving_at=None):
            _mail_after_commit("account/email/leaving_stayed", user)
            return
    user.refresh_from_db(fields=["leaving_at"])
    if user.leaving_at is not None:
        raise TooLateToStay


def close(*, user: Any, now: datetime) -> None:
    """Their day is now: nobody signs in with this account any more, and the clock removes the rest."""
    User.objects.filter(pk=user.pk).update(is_active=False, leaving_at=now)
    sessions.end_all(user=user)


def end(*, user: Any, now: datetime) -> None:
    """Remove a person and everything of theirs. Two clocks may do so at the same time."""
    close(user=user, now=now)
    for path in settings.LEAVING:
        import_string(path)(user=user, now=now)
    with transaction.atomic():
        if left := User.objects.select_for_update().filter(pk=user.pk).first():
            left.delete()
            _mail_after_commit("account/email/leaving_done", user)


def sweep(*, now: datetime) -> None:
    """End the accounts whose day has come. One that cannot be ended yet is tried again the next time."""
    for user in User.objects.filter(leaving_at__lte=now).order_by("leaving_at"):
        try:
            end(user=user, now=now)
        except EchoesError as refused:
            log.info("an account ends later: %s", refused)
        except Exception:  # the others' day has come as well
            log.exception("an account could not be ended")


def _mail_after_commit(prefix: str, user: Any, **words: Any) -> None:
    """In the language of the one who leaves, whoever ends the account."""
    words |= {"name": user.name, "settings_url": settings.PUBLIC_URL + reverse("accounts:settings")}
    address, language = user.email, user.language

    def send() -> None:
        with languages.speaking(language):
            mail.send(prefix, to=address, context=words)

    # A mail server that is away keeps nobody here.
    transaction.on_commit(send, robust=True)
