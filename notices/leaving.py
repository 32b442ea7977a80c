"""What becomes of somebody's notices when they leave."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from notices.models import Notice, Wish


def forget(*, user: Any, now: datetime) -> None:
    Notice.objects.filter(owner=user).delete()
    Wish.objects.filter(person=user).delete()
