"""Jobs that exist only to be broken."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from jobs.models import Job, RemoteJob
from jobs.states import WANTED, State


class Chore(Job):
    """A local job that does what its `task` says (see tests.lab.execution)."""

    kind: ClassVar[str] = "chore"

    task = models.CharField(max_length=40, default="nothing")
    digest = models.CharField(max_length=64, blank=True)
    runs = models.PositiveIntegerField(default=0, help_text="How often its handler began.")
    settled = models.PositiveIntegerField(default=0, help_text="How often it was settled.")

    class Meta(Job.Meta):
        abstract = False
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Job.Meta.constraints,
            models.UniqueConstraint(
                fields=["owner", "digest"],
                condition=~Q(digest="") & Q(state__in=sorted(WANTED | {State.SUCCEEDED})),
                name="lab_chore_once",
            ),
        ]

    def settle(self) -> None:
        Chore.objects.filter(pk=self.pk).update(settled=models.F("settled") + 1)


class Errand(RemoteJob):
    """A job that the lab's provider does; fetching what it made is work for the media workers."""

    kind: ClassVar[str] = "errand"

    wish = models.JSONField(default=dict, help_text="How the provider shall behave for this one.")
    key = models.CharField(max_length=400, blank=True)
    settled = models.PositiveIntegerField(default=0)

    class Meta(RemoteJob.Meta):
        abstract = False

    def settle(self) -> None:
        Errand.objects.filter(pk=self.pk).update(settled=models.F("settled") + 1)
