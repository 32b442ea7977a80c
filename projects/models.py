"""A project: one film in the making."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from echoes.kernel import shapes


class ProjectQuerySet(models.QuerySet["Project"]):
    def visible_to(self, user: Any) -> ProjectQuerySet:
        return self.filter(owner=user, removed_at=None)


class Project(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="projects")
    title = models.CharField(max_length=120)
    aspect = models.CharField(max_length=5, choices=shapes.CHOICES, default="16:9")
    fps = models.PositiveSmallIntegerField(default=24)
    seconds = models.PositiveSmallIntegerField(default=5, help_text="Length of each new clip.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, editable=False)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index("owner", models.F("updated_at").desc(), name="projects_recent"),
            models.Index("owner", "created_at", "id", name="projects_oldest"),
            models.Index("owner", Lower("title"), "id", name="projects_by_name"),
        ]

    def __str__(self) -> str:
        return self.title
