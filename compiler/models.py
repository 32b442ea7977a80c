"""A project's finish, and the films that were made of it."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from compiler import presets
from jobs.models import Job
from jobs.states import WANTED, State
from library.models import Track
from projects.models import Project


class Finish(models.Model):
    """What is chosen for the whole film: title, music, transition."""

    project = models.OneToOneField(Project, primary_key=True, on_delete=models.CASCADE, related_name="finish")
    title = models.CharField(max_length=presets.MAX_TITLE, blank=True)
    subtitle = models.CharField(max_length=presets.MAX_TITLE, blank=True)
    transition = models.CharField(max_length=10, choices=presets.TRANSITIONS, default="fade")
    transition_frames = models.PositiveSmallIntegerField(default=12)
    track = models.ForeignKey(Track, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    volume = models.PositiveSmallIntegerField(
        default=50, validators=[MinValueValidator(0), MaxValueValidator(100)]
    )


class FilmQuerySet(models.QuerySet["Film"]):
    def visible_to(self, user: Any) -> FilmQuerySet:
        return self.filter(owner=user, removed_at=None, project__removed_at=None)


class Film(Job):
    """One finished film, or the work on it. Its timeline never changes; an edit makes another film."""

    kind: ClassVar[str] = "film"
    first_queue: ClassVar[str] = "media"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="films")
    title = models.CharField(max_length=presets.MAX_TITLE)
    timeline = models.JSONField(help_text="The frozen document that is compiled.")
    digest = models.CharField(max_length=64, help_text="Of the timeline.")
    takes = models.JSONField(default=dict, help_text="Where each item of the timeline is stored.")
    track = models.ForeignKey(Track, null=True, on_delete=models.SET_NULL, related_name="+")
    music_key = models.CharField(max_length=400, blank=True)
    key = models.CharField(max_length=400, blank=True)
    poster = models.CharField(max_length=400, blank=True)
    frames = models.PositiveIntegerField(default=0)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes.")
    removed_at = models.DateTimeField(null=True, editable=False)

    objects = FilmQuerySet.as_manager()

    class Meta(Job.Meta):
        abstract = False
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Job.Meta.constraints,
            models.UniqueConstraint(
                fields=["project", "digest"],
                condition=Q(state__in=sorted(WANTED | {State.SUCCEEDED}), removed_at=None),
                name="compiler_film_once",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.SUCCEEDED) | (~Q(key="") & Q(frames__gt=0)),
                name="compiler_film_has_file",
            ),
        ]

    def live_project(self) -> uuid.UUID | None:
        return self.project_id
