"""What becomes of somebody's clips when they leave. Their files go with everything below their prefix."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from clips.models import Clip, Glance, Placement, Take


def forget(*, user: Any, now: datetime) -> None:
    """Nothing stays approved, since a take that goes must not leave an approved clip without one."""
    Placement.objects.filter(owner=user).delete()
    Glance.objects.filter(owner=user).delete()
    Clip.objects.filter(project__owner=user).update(approved=False, chosen=None)
    Take.objects.filter(owner=user).delete()
    Clip.objects.filter(project__owner=user).delete()
