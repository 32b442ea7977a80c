"""Notices: what a person is told when their work has ended, and whether by mail as well."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from compiler.models import Film
from projects.models import Project


class Topic(models.TextChoices):
    FILM = "film"
    CLIPS = "clips"
    EXPORT = "export"


class Notice(models.Model):
    """One thing worth telling, in the words of the moment when it happened.

    `shown_at` says that a page told it to somebody who was there, `seen_at` that they have looked, and
    `mailed_at` that it has gone, or is just going, by mail.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200, unique=True, help_text="What ended, and when: told once.")
    topic = models.CharField(max_length=10, choices=Topic.choices)
    failed = models.BooleanField(default=False)
    words = models.CharField(max_length=300)
    detail = models.TextField(blank=True, help_text="The reason, where something failed.")
    project = models.ForeignKey(Project, null=True, on_delete=models.CASCADE, related_name="+")
    film = models.ForeignKey(Film, null=True, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    shown_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(topic=Topic.EXPORT, project=None) | (~Q(topic=Topic.EXPORT) & ~Q(project=None)),
                name="notices_have_their_project",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(F("owner"), F("created_at").desc(), F("id").desc(), name="notices_of_owner"),
            models.Index(fields=["owner"], condition=Q(seen_at=None), name="notices_unseen"),
            models.Index(
                fields=["created_at"],
                condition=Q(shown_at=None, seen_at=None, mailed_at=None),
                name="notices_to_mail",
            ),
        ]

    def __str__(self) -> str:
        return self.words


class Wish(models.Model):
    """How somebody wants to be told. Without a row: by mail as well."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="notice_wish"
    )
    mail = models.BooleanField(default=True)
