"""Sessions in the database, and sockets that do not outlive them.

A socket is opened under a session and has to end with it. Each place where one can end tells the person's
open sockets to look for themselves (`live.recheck`), and they look here: which of them go is nobody's guess.

The store is the one place that sees every end of a session: sign-out from a page and from the admin, the
new key that follows a new password, a session that turns out to be forged. Django's signal `user_logged_out`
knows only the first, and comes before the row is gone: whoever looked then would find the session alive.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import Exists
from django.utils.crypto import constant_time_compare

from accounts.models import User
from echoes.kernel import live


class SessionStore(db.SessionStore):
    """SESSION_ENGINE names this module."""

    def flush(self) -> None:
        user_id = self.get(SESSION_KEY)
        super().flush()
        self._tell(user_id)

    def cycle_key(self) -> None:
        user_id = self.get(SESSION_KEY)
        super().cycle_key()
        self._tell(user_id)

    def _tell(self, user_id: Any) -> None:
        if user_id:
            live.recheck(user_id=user_id)


@dataclass(frozen=True)
class Visit:
    """What a socket was opened with."""

    user_id: Any
    session_key: str
    session_hash: str


def visit(*, user: Any, session: Any) -> Visit:
    return Visit(user.pk, session.session_key or "", session.get(HASH_SESSION_KEY, ""))


def stands(visit: Visit, *, now: datetime) -> bool:
    """Whether the session is there, of somebody who may sign in, with the same password. One query."""
    session = Session.objects.filter(session_key=visit.session_key, expire_date__gt=now)
    user = User.objects.filter(Exists(session), pk=visit.user_id, is_active=True).only("password").first()
    return user is not None and constant_time_compare(visit.session_hash, user.get_session_auth_hash())
