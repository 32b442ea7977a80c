"""Who may see a film: its owner. Everybody else is told that it does not exist."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404

from compiler.models import Film


def get_film_or_404(user: Any, pk: UUID) -> Film:
    return get_object_or_404(Film.objects.visible_to(user).select_related("project", "track"), pk=pk)


def get_removed_film_or_404(user: Any, pk: UUID) -> Film:
    return get_object_or_404(Film, owner=user, pk=pk, project__removed_at=None)
