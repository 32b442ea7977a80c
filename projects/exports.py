"""What a person takes along of their projects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from library.exports import Item, document
from projects.models import Project


def owned(*, user: Any) -> Iterator[Item]:
    found = Project.objects.filter(owner=user).order_by("created_at")
    yield document("projects.json", map(_described, found))


def _described(project: Project) -> dict[str, Any]:
    return {
        "id": project.pk,
        "title": project.title,
        "shape": project.aspect,
        "seconds": project.seconds,
        "created": project.created_at,
        "changed": project.updated_at,
        "removed": project.removed_at,
    }
