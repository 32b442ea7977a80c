"""What can be done to notices."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction

from echoes.kernel import live
from notices.models import Notice, Wish

KEPT = timedelta(days=90)
BATCH = 5_000


@transaction.atomic
def give(*, owner_id: Any, key: str, **told: Any) -> Notice:
    """Tell somebody something, once: the same key again gives the notice that is there. `told` are the other
    columns of Notice."""
    notice, is_new = Notice.objects.get_or_create(key=key, defaults={"owner_id": owner_id, **told})
    if is_new:
        _poke(owner_id, notice)
    return notice


@transaction.atomic
def mark(*, by: Any, shown: Iterable[UUID], seen: Iterable[UUID], now: datetime) -> None:
    """A page has told these to somebody who was there, and they have looked at those."""
    own = Notice.objects.filter(owner=by)
    own.filter(pk__in=[*shown], shown_at=None).update(shown_at=now)
    _see(own.filter(pk__in=[*seen]), by=by, now=now)


@transaction.atomic
def mark_all_seen(*, by: Any, now: datetime) -> None:
    """What came before `now`: what comes while somebody reads is still new."""
    _see(Notice.objects.filter(owner=by, created_at__lte=now), by=by, now=now)


def wants_mail(*, user_id: Any) -> bool:
    return not Wish.objects.filter(person=user_id, mail=False).exists()


def wish(*, user_id: Any, mail: bool) -> None:
    Wish.objects.update_or_create(person_id=user_id, defaults={"mail": mail})


def wish_by_link(*, user_id: int, mail: bool) -> None:
    """From a mail that may have outlived its reader's account."""
    if get_user_model().objects.filter(pk=user_id).exists():
        wish(user_id=user_id, mail=mail)


def forget_old(*, now: datetime) -> int:
    """Gives how many, at most BATCH."""
    old = Notice.objects.filter(created_at__lt=now - KEPT).values_list("pk", flat=True)[:BATCH]
    return Notice.objects.filter(pk__in=list(old)).delete()[0]


def _see(notices: Any, *, by: Any, now: datetime) -> None:
    """The counts on all open pages go down."""
    unseen = notices.filter(seen_at=None)
    if last := unseen.first():
        unseen.update(seen_at=now)
        _poke(by.pk, last)


def _poke(owner_id: Any, notice: Notice) -> None:
    state = "seen" if notice.seen_at else str(notice.created_at)
    live.poke(user_id=owner_id, topic="notice", id=notice.pk, state=state, project=notice.project_id)
