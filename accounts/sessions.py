"""Sessions in the database, and sockets that do not outlive them.

A socket is opened under a session and has to end with it. Each place where one can end tells the person's
open sockets to look for themselves (`live.recheck`), and they look here: which of them go is nobody's guess.

The store is the one place that sees every end of a session: sign-out from a page and from the admin, the
new key that follows a new password, a session that turns out to be forged. Django's signal `user_logged_out`
knows only the first, and comes before the row is gone: whoever looked then would find the session alive.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.crypto import constant_time_compare
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from accounts.models import User
from echoes.kernel import live

MOST_SHOWN = 50
# The first that fits: the others' names stand in Edge's and Chrome's as well.
BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox|FxiOS": "Firefox",
    "Chrome|CriOS|Chromium": "Chrome",
    "Safari": "Safari",
}
SYSTEMS: Mapping[str, str | Promise] = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "CrOS": "ChromeOS",
    "Windows": "Windows",
    "Mac OS X": gettext_lazy("a Mac"),
    "Linux": "Linux",
}


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


@dataclass(frozen=True)
class SignIn:
    """A session as its owner knows it."""

    id: int
    device: str
    ip: str
    began_at: datetime
    is_here: bool


def list_of(*, user: Any, here: str, now: datetime) -> list[SignIn]:
    """The sessions that a person is signed in with, this one (its key is `here`) first. Two queries."""
    known = {row.session_key: row for row in UserSession.objects.filter(user=user)}
    alive = Session.objects.filter(session_key__in=known, expire_date__gt=now)
    found = [_sign_in(known[key], here) for key in _with_this_password(alive, user)]
    return sorted(found, key=lambda each: (not each.is_here, -each.began_at.timestamp()))[:MOST_SHOWN]


def end(*, user: Any, id: int) -> bool:
    """Sign a person out of one session, wherever that is. False: it is not theirs, or is over."""
    return _end(user, UserSession.objects.filter(user=user, pk=id)) > 0


def end_others(*, user: Any, here: str) -> int:
    """Sign a person out everywhere but here; gives how many sessions that were."""
    return _end(user, UserSession.objects.filter(user=user).exclude(session_key=here))


def end_all(*, user: Any) -> int:
    return _end(user, UserSession.objects.filter(user=user))


def sweep(*, now: datetime) -> None:
    """Forget the sessions that have run out, and where they were."""
    Session.objects.filter(expire_date__lte=now).delete()
    alive = Session.objects.filter(session_key=OuterRef("session_key"))
    UserSession.objects.filter(~Exists(alive)).delete()


def _with_this_password(alive: QuerySet[Session], user: Any) -> Iterator[str]:
    """A new password has ended the others, though their rows are still there."""
    wanted = user.get_session_auth_hash()
    for session in alive:
        data = SessionStore().decode(session.session_data)
        if constant_time_compare(data.get(HASH_SESSION_KEY, ""), wanted):
            yield session.session_key


def _sign_in(row: Any, here: str) -> SignIn:
    is_here = row.session_key == here
    return SignIn(row.pk, device(row.user_agent), row.ip, row.created_at, is_here)


def _end(user: Any, rows: QuerySet[UserSession]) -> int:
    with transaction.atomic():
        keys = list(rows.values_list("session_key", flat=True))
        Session.objects.filter(session_key__in=keys).delete()
        rows.delete()
        live.recheck(user_id=user.pk)
    return len(keys)


def device(user_agent: str) -> str:
    """What a browser says of itself, as far as people care: Firefox on Linux."""
    browser = _first(BROWSERS, user_agent) or gettext("A browser")
    system = _first(SYSTEMS, user_agent)
    return gettext("{browser} on {system}").format(browser=browser, system=system) if system else browser


def _first(names: Mapping[str, Any], text: str) -> str:
    return next((str(name) for pattern, name in names.items() if re.search(pattern, text)), "")
