"""Who may see a project: its owner. Everybody else is told that it does not exist."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404

from projects.models import Project


def get_project_or_404(user: Any, pk: UUID) -> Project:
    found = get_object_or_404(Project.objects.visible_to(user), pk=pk)
    found.owner = user  # known already: nobody needs to ask the database for whose it is
    return found


def get_removed_project_or_404(user: Any, pk: UUID) -> Project:
    return get_object_or_404(Project, owner=user, pk=pk)
