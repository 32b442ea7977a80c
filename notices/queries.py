"""What pages show of notices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from echoes.kernel import keyset
from notices import links
from notices.models import Notice

PAGE = 30
MOST = 100  # that the count on a page goes to
TOLD = 3  # at once
FRESH = timedelta(hours=1)


@dataclass(frozen=True)
class NoticeView:
    id: UUID
    words: str
    detail: str
    failed: bool
    path: str
    act: str
    created_at: datetime
    is_new: bool  # nobody has looked yet
    is_fresh: bool  # so new that a page says it by itself


@dataclass(frozen=True)
class Bell:
    count: int
    told: list[NoticeView]

    @property
    def label(self) -> str:
        return f"{MOST - 1}+" if self.count >= MOST else str(self.count)


@dataclass(frozen=True)
class NoticesPage:
    lines: list[NoticeView]
    older: str  # the key of the next page, or empty


def bell(user: Any, *, now: datetime) -> Bell:
    """One query. All that is new is named, so that the page of its film can say that it was seen."""
    found = list(_present(user).filter(seen_at=None).order_by("-created_at", "-id")[:MOST])
    return Bell(count=len(found), told=[_view(notice, now=now) for notice in found])


def page(user: Any, *, after: str, now: datetime) -> NoticesPage:
    rows = _present(user).filter(keyset.beyond(after, "created_at", "-")).order_by("-created_at", "-id")
    found = list(rows[: PAGE + 1])
    older = keyset.key(found[PAGE - 1].created_at, found[PAGE - 1].pk) if len(found) > PAGE else ""
    return NoticesPage([_view(notice, now=now) for notice in found[:PAGE]], older=older)


def _present(user: Any) -> Any:
    """What leads somewhere: not to a film or a project that was removed."""
    gone = Q(project__removed_at__isnull=False) | Q(film__removed_at__isnull=False)
    return Notice.objects.filter(owner=user).exclude(gone).defer("key")


def _view(notice: Notice, *, now: datetime) -> NoticeView:
    return NoticeView(
        id=notice.pk,
        words=notice.words,
        detail=notice.detail,
        failed=notice.failed,
        path=links.path(notice),
        act=links.act(notice),
        created_at=notice.created_at,
        is_new=notice.seen_at is None,
        is_fresh=notice.shown_at is None and notice.created_at > now - FRESH,
    )
