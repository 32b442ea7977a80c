"""What a person brought: uploads, the photos and songs they became, and the music that Echoes makes."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy

from echoes.kernel.storage import base as storages
from jobs import decisions
from jobs.models import Job
from jobs.states import LIVE, TERMINAL, State


class Kind(models.TextChoices):
    PHOTO = "photo"
    AUDIO = "audio"
    VIDEO = "video"


class Asset(models.Model):
    """A photo, a video or a song in somebody's library; the same bytes are one asset."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="assets")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField(help_text="Bytes of the original.")
    original = models.CharField(max_length=400, help_text="Key of the file as it came.")
    working = models.CharField(
        max_length=400, blank=True, help_text="Key of the upright sRGB copy without metadata."
    )
    thumbnail = models.CharField(max_length=400, blank=True)
    width = models.PositiveIntegerField(default=0, help_text="Pixels, upright.")
    height = models.PositiveIntegerField(default=0)
    taken_at = models.DateTimeField(null=True, help_text="When the photo was taken, by its own account.")
    duration = models.PositiveBigIntegerField(
        default=0, db_default=0, help_text="Of a video, ticks of 1/24,000 s."
    )
    fps = models.CharField(
        max_length=30,
        blank=True,
        default="",
        db_default="",
        help_text="Of a video, pictures a second as a fraction; empty where they are not evenly spaced.",
    )
    has_sound = models.BooleanField(default=False, db_default=False)
    peaks = models.JSONField(default=list, db_default=[], help_text="Of a video's sound, 0 to 100.")
    proxy = models.CharField(
        max_length=400, blank=True, default="", db_default="", help_text="Key of a small copy of a video."
    )
    sprite = models.CharField(
        max_length=400, blank=True, default="", db_default="", help_text="Key of the sheet of its pictures."
    )
    sound = models.CharField(
        max_length=400, blank=True, default="", db_default="", help_text="Key of a video's own sound."
    )
    look = models.JSONField(
        default=dict,
        db_default={},
        help_text="Of a photo, how it looks in a few numbers; empty where it was never measured.",
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["owner", "kind", "sha256"], name="library_asset_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Ingest(Job):
    """One upload on its way into the library: the ticket, and the job that reads what arrived."""

    kind: ClassVar[str] = "ingest"
    first_queue: ClassVar[str] = "media"

    media_kind = models.CharField(max_length=5, choices=Kind.choices, default=Kind.PHOTO)
    name = models.CharField(max_length=200)
    key = models.CharField(max_length=400, help_text="Where the bytes arrive, under incoming/.")
    asset = models.ForeignKey(Asset, null=True, on_delete=models.SET_NULL, related_name="ingests")
    project = models.UUIDField(null=True, help_text="The project whose pages show this upload.")

    class Meta(Job.Meta):
        abstract = False

    def live_project(self) -> uuid.UUID | None:
        return self.project

    def settle(self) -> None:
        """What arrived is not needed any more, once that is written down. Where a failure was ours it may be
        tried again: then it stays for a day (`library.housekeeping`)."""
        if self.error_code not in decisions.OURS:
            transaction.on_commit(self.discard_arrived, robust=True)

    def discard_arrived(self) -> None:
        """Throw away what arrived; an empty key says that it is done. `library.housekeeping` does it where a
        crash came between."""
        if self.key:
            storages.get("photos").delete(self.key)
            Ingest.objects.filter(pk=self.pk).update(key="")


class Ticket(models.Model):
    """Permission to upload one file, until it is completed or swept. What may still come counts as if it had
    (`library.quota`)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    name = models.CharField(max_length=200)
    key = models.CharField(max_length=400, unique=True)
    size = models.PositiveBigIntegerField(
        default=0, db_default=0, help_text="Bytes; more do not come in. 0 if nobody knows."
    )
    content_type = models.CharField(max_length=100, blank=True, default="", db_default="")
    multipart = models.CharField(
        max_length=1024,
        blank=True,
        default="",
        db_default="",
        help_text="Storage's id of an upload in parts.",
    )
    created_at = models.DateTimeField(default=timezone.now)
    active_at = models.DateTimeField(null=True, help_text="When links for parts were last asked for.")
    completed_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(
        null=True, help_text="Its form may still be sent for a while, so it is swept later."
    )


class Track(models.Model):
    """Music for a film: made by Echoes (no owner) or brought by a person."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="tracks"
    )
    asset = models.OneToOneField(Asset, null=True, on_delete=models.CASCADE, related_name="track")
    slug = models.SlugField(max_length=60, blank=True, help_text="The recipe of a track that Echoes makes.")
    version = models.CharField(max_length=20, blank=True)
    title = models.CharField(max_length=200)
    mood = models.CharField(max_length=40, blank=True)
    description = models.CharField(max_length=200, blank=True)
    duration = models.PositiveBigIntegerField(help_text="Ticks of 1/24,000 s.")
    beats = models.JSONField(default=list, help_text="Ticks at which beats fall.")
    peaks = models.JSONField(default=list, help_text="The outline of the sound, 0 to 100.")
    loudness = models.FloatField(
        null=True, help_text="LUFS, integrated; empty for silence, and where it was never measured."
    )
    key = models.CharField(max_length=400)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["slug"], condition=Q(owner=None), name="library_track_once"),
        ]

    def __str__(self) -> str:
        return self.title


class Recording(Job):
    """Echoes makes one of its own tracks, the first time that anybody needs it; or, where a `mood` is written
    here, one for its owner alone."""

    kind: ClassVar[str] = "recording"
    first_queue: ClassVar[str] = "media"

    slug = models.SlugField(max_length=60)
    version = models.CharField(max_length=20)
    title = models.CharField(max_length=200, blank=True, default="", db_default="")
    mood = models.CharField(max_length=40, blank=True, default="", db_default="")
    seconds = models.PositiveSmallIntegerField(default=0, db_default=0)
    seed = models.PositiveBigIntegerField(default=0, db_default=0)
    track = models.ForeignKey(Track, null=True, on_delete=models.SET_NULL, related_name="recordings")

    class Meta(Job.Meta):
        abstract = False
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Job.Meta.constraints,
            models.UniqueConstraint(
                fields=["slug", "version"],
                condition=Q(state__in=sorted(LIVE)),
                name="library_recording_once",
            ),
        ]


class Export(Job):
    """Everything that a person has, in one file to take along; it is there for a week."""

    kind: ClassVar[str] = "export"
    first_queue: ClassVar[str] = "media"
    longest: ClassVar[timedelta] = timedelta(hours=6)

    key = models.CharField(max_length=400, blank=True, help_text="Of the file, once it is made.")
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes.")
    files = models.PositiveIntegerField(default=0, help_text="How many are in it.")

    class Meta(Job.Meta):
        abstract = False
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Job.Meta.constraints,
            models.UniqueConstraint(
                fields=["owner"], condition=Q(state__in=sorted(LIVE)), name="library_export_once"
            ),
            models.CheckConstraint(
                condition=~Q(state=State.SUCCEEDED) | ~Q(key=""), name="library_export_has_file"
            ),
        ]


class Space(Job):
    """How much space a person's things take: the counting, and what it found in the stores, in bytes."""

    kind: ClassVar[str] = "space"

    photos = models.PositiveBigIntegerField(default=0)
    videos = models.PositiveBigIntegerField(default=0)
    music = models.PositiveBigIntegerField(default=0)
    takes = models.PositiveBigIntegerField(default=0)
    films = models.PositiveBigIntegerField(default=0)
    pieces = models.PositiveBigIntegerField(default=0)
    exports = models.PositiveBigIntegerField(default=0)

    class Meta(Job.Meta):
        abstract = False
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Job.Meta.constraints,
            models.UniqueConstraint(
                fields=["owner"], condition=Q(state__in=sorted(LIVE)), name="library_space_once"
            ),
        ]
        verbose_name = gettext_lazy("space of a person")
        verbose_name_plural = gettext_lazy("space of people")

    def settle(self) -> None:
        """The last counting is the one that is shown."""
        if self.state == State.SUCCEEDED:
            Space.objects.filter(owner=self.owner_id, state__in=TERMINAL).exclude(pk=self.pk).delete()
