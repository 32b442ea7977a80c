"""Notices by mail, for whoever was not there.

1. A notice that no page has told to anybody for five minutes waits for the clock (`sweep`).
2. Those of one project go in one mail, and no other goes for that project within an hour.
3. They are claimed before the mail is sent: a crash in between loses the mail and not the notice, which is on
   the page. Two clocks cannot both send it: the row of the person's wish is locked while they choose.
4. A mail server that refuses lets go of the claim, and the next time tries again, for a day.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse

from accounts import languages, mail
from notices import links
from notices.models import Notice, Wish

log = logging.getLogger(__name__)

AWAY = timedelta(minutes=5)
EVERY = timedelta(hours=1)
OLD = timedelta(days=1)
BATCH = 200  # mails at a time
TEMPLATE = "notices/email/news"


def sweep(*, now: datetime) -> int:
    """Send what is due; gives how many mails."""
    return sum(_send(*whose, now=now) for whose in _due(now=now))


def message(notices: list[Notice], *, to: str) -> Any:
    """The mail that tells these, which are of one person and one project."""
    off = links.off_url(notices[0].owner_id)
    context = {
        "lines": [(notice, settings.PUBLIC_URL + links.path(notice)) for notice in notices],
        "settings_url": settings.PUBLIC_URL + reverse("accounts:settings"),
        "off_url": off,
    }
    return mail.message(TEMPLATE, to=to, context=context, headers=_headers(off))


def _headers(off: str) -> dict[str, str]:
    """RFC 8058: a mail program may offer one click, which is a POST by its own server, and only by HTTPS."""
    found = {"List-Unsubscribe": f"<{off}>", "Auto-Submitted": "auto-generated"}
    if off.startswith("https://"):
        found["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return found


def _pending(*, now: datetime) -> QuerySet[Notice]:
    """Told by no page, though there was time, and no news from yesterday."""
    waited = Notice.objects.filter(created_at__lte=now - AWAY, created_at__gt=now - OLD)
    return waited.filter(shown_at=None, seen_at=None, mailed_at=None)


def _due(*, now: datetime) -> list[tuple[int, UUID | None, str]]:
    """Whose mails, of which projects, to which address: one that is confirmed."""
    address = EmailAddress.objects.filter(user=OuterRef("owner"), primary=True, verified=True)
    reachable = _pending(now=now).filter(Exists(address), owner__is_active=True, project__removed_at=None)
    wanted = reachable.exclude(owner__notice_wish__mail=False)
    return list(wanted.values_list("owner", "project", "owner__email").distinct()[:BATCH])


def _send(owner: int, project: UUID | None, email: str, *, now: datetime) -> bool:
    claimed: list[Notice] = []
    try:
        claimed = _claim(owner, project, now=now)
        if claimed:
            with languages.speaking(languages.of(owner)):
                message(claimed, to=email).send()
        return bool(claimed)
    except Exception:  # the edge: a mail server that is away keeps nobody else from their mail
        log.exception("notices could not be mailed")
        Notice.objects.filter(pk__in=[notice.pk for notice in claimed]).update(mailed_at=None)
        return False


@transaction.atomic
def _claim(owner: int, project: UUID | None, *, now: datetime) -> list[Notice]:
    """Of one project, in their order; none when one went within the hour, or nobody wants it any more."""
    Wish.objects.get_or_create(person_id=owner)
    if not Wish.objects.select_for_update().get(person=owner).mail:
        return []
    if Notice.objects.filter(owner=owner, project=project, mailed_at__gt=now - EVERY).exists():
        return []
    rows = _pending(now=now).filter(owner=owner, project=project)
    claimed = list(rows.order_by("created_at"))
    Notice.objects.filter(pk__in=[notice.pk for notice in claimed]).update(mailed_at=now)
    return claimed
