"""What the clock does for notices now and then; at two places at once it harms nothing."""

from __future__ import annotations

from datetime import datetime

from notices import endings, mails, notices


def sweep(*, now: datetime) -> None:
    endings.catch_up(now=now)
    mails.sweep(now=now)
    notices.forget_old(now=now)
