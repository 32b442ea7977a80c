"""A project's finish, and the films that were made of it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from clips.models import Clip
from compiler import presets
from jobs.models import SPEED_KNOWN, Job
from jobs.states import WANTED, State
from library.models import Track
from projects.models import Project


class Finish(models.Model):
    """What is chosen for the whole film: title, end card, music, transition, shapes and size."""

    project = models.OneToOneField(Project, primary_key=True, on_delete=models.CASCADE, related_name="finish")
    title = models.CharField(max_length=presets.MAX_TITLE, blank=True)
    subtitle = models.CharField(max_length=presets.MAX_TITLE, blank=True)
    end_title = models.CharField(max_length=presets.MAX_TITLE, blank=True, default="", db_default="")
    end_subtitle = models.CharField(max_length=presets.MAX_TITLE, blank=True, default="", db_default="")
    transition = models.CharField(max_length=10, choices=presets.TRANSITIONS, default="fade")
    transition_frames = models.PositiveSmallIntegerField(default=12)
    typeface = models.CharField(
        max_length=10,
        choices=presets.FACES,
        default="storybook",
        db_default="storybook",
        help_text="Of the cards' words.",
    )
    on_beat = models.BooleanField(
        default=False, db_default=False, help_text="Whether pictures change on the beats of the music."
    )
    track = models.ForeignKey(Track, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    volume = models.PositiveSmallIntegerField(
        default=50, validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    shapes = models.JSONField(
        default=list, db_default=[], help_text="To make the film in; none means the project's own."
    )
    quality = models.CharField(
        max_length=10,
        choices=presets.QUALITIES,
        default=presets.STANDARD,
        db_default=presets.STANDARD,
    )


class ClipFinish(models.Model):
    """What is chosen for one clip's place in the film. Without a row, the film's own choices hold."""

    clip = models.OneToOneField(Clip, primary_key=True, on_delete=models.CASCADE, related_name="finish")
    transition = models.CharField(
        max_length=10,
        choices=presets.TRANSITIONS,
        blank=True,
        help_text="Into the next clip; empty means the film's.",
    )
    transition_frames = models.PositiveSmallIntegerField(default=12)
    caption = models.CharField(max_length=presets.MAX_CAPTION, blank=True)
    caption_place = models.CharField(max_length=10, choices=presets.PLACES, default="bottom")
    caption_look = models.CharField(max_length=10, choices=presets.LOOKS, default="plain")
    caption_seconds = models.PositiveSmallIntegerField(default=3, help_text="0 means as long as the clip.")
    focus = models.JSONField(
        default=dict, help_text="What to keep in view: shape to [x, y] in thousandths of the picture."
    )


class Piece(Job):
    """A part of films that has to be encoded: made once for its owner, whatever films and versions it is in.

    The file is there from `succeeded` on. Pieces that no film has used for long are thrown away.
    """

    kind: ClassVar[str] = "piece"
    first_queue: ClassVar[str] = "media"

    what = models.CharField(max_length=10, help_text="cut, card, window or sound (see compiler.recipes).")
    digest = models.CharField(max_length=64, help_text="Of everything that it is made from.")
    needs = models.JSONField(default=list, help_text="Digests of the files that it is made from.")
    frames = models.PositiveIntegerField()
    spec = models.JSONField(help_text="The recipe.")
    stored = models.JSONField(help_text="Where each needed file is: digest to store and key.")
    project = models.ForeignKey(
        Project,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Where it was asked for first.",
    )
    key = models.CharField(max_length=400, blank=True)
    used_at = models.DateTimeField(default=timezone.now, help_text="When a film last asked for it.")

    class Meta(Job.Meta):
        abstract = False
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Job.Meta.constraints,
            models.UniqueConstraint(
                fields=["owner", "digest"],
                condition=Q(state__in=sorted(WANTED | {State.SUCCEEDED})),
                name="compiler_piece_once",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.SUCCEEDED) | ~Q(key=""), name="compiler_piece_has_file"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            *Job.Meta.indexes,
            models.Index(fields=["used_at"], name="compiler_piece_used"),
        ]

    def settle(self) -> None:
        """Films that wait for it are a little further."""
        from compiler import progress

        progress.tell_waiting(self)


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
    edit = models.CharField(
        max_length=64,
        default="",
        db_default="",
        help_text="Of the timeline but for shape and size: films that are one.",
    )
    takes = models.JSONField(
        default=dict, help_text="Where each file that the timeline names is stored, but for the music."
    )
    track = models.ForeignKey(Track, null=True, on_delete=models.SET_NULL, related_name="+")
    music_key = models.CharField(max_length=400, blank=True)
    pieces = models.JSONField(default=list, help_text="Digests of the pieces that it waited for.")
    key = models.CharField(max_length=400, blank=True)
    poster = models.CharField(max_length=400, blank=True)
    sprite = models.CharField(max_length=400, blank=True, default="", db_default="")
    moving = models.CharField(
        max_length=400, blank=True, default="", db_default="", help_text="The animated preview."
    )
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

    def settle(self) -> None:
        """What only a cancelled film waited for is in no hurry any more."""
        from compiler import making

        if self.state == State.CANCELLED:
            making.nobody_waits(self)

    def seconds_left(self, *, now: datetime) -> int | None:
        """While it waits for its pieces, too: by how long they have taken so far."""
        since = self.started_at
        if self.state != State.WAITING or since is None or self.progress < SPEED_KNOWN:
            return super().seconds_left(now=now)
        return round((now - since).total_seconds() * (100 - self.progress) / self.progress)


class Poster(Job):
    """Another picture for a film, as somebody chose it. The one that was asked for last stands for the film.

    Either `cell`, a picture of the film's sheet, or `frame`, the very frame; neither is our own choice.
    """

    kind: ClassVar[str] = "poster"

    film = models.ForeignKey(Film, on_delete=models.CASCADE, related_name="posters")
    cell = models.PositiveSmallIntegerField(null=True, help_text="Place in the sheet of small pictures.")
    frame = models.PositiveIntegerField(null=True)
    key = models.CharField(max_length=400, blank=True)

    class Meta(Job.Meta):
        abstract = False
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Job.Meta.constraints,
            models.CheckConstraint(condition=Q(cell=None) | Q(frame=None), name="compiler_poster_one_moment"),
            models.CheckConstraint(
                condition=~Q(state=State.SUCCEEDED) | ~Q(key=""), name="compiler_poster_has_file"
            ),
        ]

    def settle(self) -> None:
        """It stands for the film from now on, unless another was asked for meanwhile."""
        from compiler import posters

        if self.state == State.SUCCEEDED:
            posters.adopt(self)


class Showcase(models.Model):
    """A film that the landing page shows to everybody. Only what Echoes drew itself is ever put here (see
    `seed_demo`): a person's film never is."""

    film = models.OneToOneField(Film, primary_key=True, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField(default=timezone.now)
