"""What a person takes along of their notices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from library.exports import Item, document
from notices import notices
from notices.models import Notice


def owned(*, user: Any) -> Iterator[Item]:
    found = Notice.objects.filter(owner=user).order_by("created_at")
    yield document("notices.json", map(_described, found))
    yield document("wishes.json", [{"notices_by_mail": notices.wants_mail(user_id=user.pk)}])


def _described(notice: Notice) -> dict[str, Any]:
    return {
        "about": notice.topic,
        "failed": notice.failed,
        "words": notice.words,
        "reason": notice.detail,
        "project": notice.project_id,
        "told": notice.created_at,
        "seen": notice.seen_at,
        "mailed": notice.mailed_at,
    }
