"""What becomes of somebody's projects when they leave."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from projects.models import Project


def forget(*, user: Any, now: datetime) -> None:
    Project.objects.filter(owner=user).delete()
