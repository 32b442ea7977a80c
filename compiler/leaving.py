"""What becomes of somebody's films when they leave. Their files go with everything below their prefix."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from compiler.models import ClipFinish, Film, Finish, Piece


def forget(*, user: Any, now: datetime) -> None:
    Film.objects.filter(owner=user).delete()
    Piece.objects.filter(owner=user).delete()
    ClipFinish.objects.filter(clip__project__owner=user).delete()
    Finish.objects.filter(project__owner=user).delete()
