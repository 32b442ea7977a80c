"""Clips: a photo in a project and the takes that were made of it."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from billing import ledger
from billing.models import Hold
from echoes.kernel import clock, shapes
from echoes.kernel.ffmpeg import encoding
from jobs.models import Job, RemoteJob
from jobs.states import WANTED, State
from library.models import Asset, Ingest
from projects.models import Project


class ClipQuerySet(models.QuerySet["Clip"]):
    def visible_to(self, user: Any) -> ClipQuerySet:
        return self.filter(project__owner=user, project__removed_at=None)

    def present(self) -> ClipQuerySet:
        return self.filter(removed_at=None)

    def in_order(self) -> ClipQuerySet:
        return self.order_by("position", "created_at")


class Clip(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="clips")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="clips")
    position = models.PositiveIntegerField()
    moment = models.DateTimeField(
        default=timezone.now, help_text="When the photo was taken; when it was brought, if it does not say."
    )
    prompt = models.CharField(max_length=500, blank=True)
    approved = models.BooleanField(default=False)
    trim_start = models.PositiveIntegerField(default=0, help_text="Frames cut from the start.")
    trim_end = models.PositiveIntegerField(default=0, help_text="Frames cut from the end.")
    chosen = models.ForeignKey("clips.Take", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    removed_at = models.DateTimeField(null=True, editable=False)

    objects = ClipQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(approved=False) | Q(chosen__isnull=False), name="clips_approved_needs_take"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["project", "position"], name="clips_in_order")
        ]

    def __str__(self) -> str:
        return f"clip {self.position}"


class Placement(Job):
    """A photo on its way into a project: waits until it has been read, then becomes a clip."""

    kind: ClassVar[str] = "placement"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="placements")
    ingest = models.OneToOneField(Ingest, on_delete=models.CASCADE, related_name="placement")
    clip = models.ForeignKey(Clip, null=True, on_delete=models.SET_NULL, related_name="+")
    wanted_position = models.PositiveIntegerField(
        null=True, help_text="Where it goes; empty means by the time it was taken."
    )

    class Meta(Job.Meta):
        abstract = False

    def live_project(self) -> uuid.UUID | None:
        return self.project_id


class Glance(Job):
    """What a model saw in a photo, and how it thinks that it might move. Asked for once by somebody who looks
    for ideas, and shown with the photo wherever it is used."""

    kind: ClassVar[str] = "glance"

    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="glances")
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="+", help_text="Where somebody asked."
    )
    model = models.SlugField(max_length=60, help_text="Whose ideas were wanted.")
    seen_by = models.SlugField(
        max_length=60, blank=True, help_text="Who looked; another where the one that was wanted did not."
    )
    description = models.CharField(max_length=500, blank=True)
    ideas = models.JSONField(default=list)
    tags = models.JSONField(default=list)

    class Meta(Job.Meta):
        abstract = False
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Job.Meta.constraints,
            models.UniqueConstraint(fields=["asset", "model"], name="clips_glance_once"),
        ]

    def live_project(self) -> uuid.UUID | None:
        return self.project_id


class Take(RemoteJob):
    """One moving version of a clip."""

    kind: ClassVar[str] = "take"
    first_queue: ClassVar[str] = "media"

    clip = models.ForeignKey(Clip, on_delete=models.CASCADE, related_name="takes")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField(help_text="1 is the first take of its clip.")
    digest = models.CharField(max_length=64, help_text="Of everything that it is made from.")
    model = models.SlugField(max_length=60)
    prompt = models.CharField(max_length=500, blank=True)
    seed = models.PositiveIntegerField()
    aspect = models.CharField(max_length=5)
    fps = models.PositiveSmallIntegerField()
    seconds = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=400, blank=True, help_text="Of the file, once it is made.")
    hold = models.ForeignKey(
        Hold,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The credits that it takes; empty for what is free.",
    )
    encoding = models.CharField(
        max_length=20, db_default="h264-1", help_text="The version of the encoding that made the file."
    )

    class Meta(RemoteJob.Meta):
        abstract = False
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *RemoteJob.Meta.constraints,
            models.UniqueConstraint(
                fields=["clip", "digest"],
                condition=Q(state__in=sorted(WANTED | {State.SUCCEEDED})),
                name="clips_take_once",
            ),
            models.UniqueConstraint(fields=["clip", "number"], name="clips_take_number"),
            models.CheckConstraint(
                condition=~Q(state=State.SUCCEEDED) | ~Q(key=""), name="clips_take_has_file"
            ),
        ]

    @property
    def frames(self) -> int:
        return self.seconds * self.fps

    @property
    def form(self) -> str:
        """What its file can be joined with."""
        return encoding.form(size=shapes.size(self.aspect), fps=self.fps, version=self.encoding)

    def live_project(self) -> uuid.UUID | None:
        return self.project_id

    def settle(self) -> None:
        """A new take is the one that is shown, and nobody has approved it yet. An old one that was tried
        again takes no newer one's place. One whose file is gone is shown no more. Its credits are spent if it
        was delivered, and else given back."""
        self._settle_hold()
        if self.state == State.SUCCEEDED:
            newer = Take.objects.filter(clip=self.clip_id, number__gt=self.number, state=State.SUCCEEDED)
            if not newer.exists():
                Clip.objects.filter(pk=self.clip_id).update(chosen=self, approved=False)
        elif self.state == State.FAILED:
            others = Take.objects.filter(clip=self.clip_id, state=State.SUCCEEDED).order_by("-number")
            Clip.objects.filter(pk=self.clip_id, chosen=self).update(chosen=others.first(), approved=False)

    def resume(self) -> None:
        """What was given back when it failed is held again, at the same price; raises NotEnoughCredits."""
        if self.hold:
            self.hold = ledger.hold_again(hold=self.hold, now=clock.now())
            Take.objects.filter(pk=self.pk).update(hold=self.hold)

    def _settle_hold(self) -> None:
        if self.hold is None:
            return
        if self.state == State.SUCCEEDED:
            ledger.capture(hold=self.hold, now=clock.now())
        elif self.hold.status == Hold.Status.CAPTURED:  # it was delivered, and its file is gone
            ledger.undo(hold=self.hold, now=clock.now())
        else:
            ledger.release(hold=self.hold, now=clock.now())
