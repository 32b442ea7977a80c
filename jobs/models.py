"""The row is the job: what every kind of durable work has in common."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from jobs.states import LEASED, LIVE, TERMINAL, State


class Job(models.Model):
    """Work that takes time. `jobs.lifecycle` is the only writer of `state` and of what must agree with it."""

    kind: ClassVar[str]
    queue: ClassVar[str] = "quick"
    max_attempts: ClassVar[int] = 3

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    priority = models.SmallIntegerField(default=0, help_text="Larger goes first.")
    attempt = models.PositiveSmallIntegerField(default=0, help_text="Tries since the last progress.")
    fence = models.PositiveIntegerField(default=0, help_text="Counts claims; an old claim can move nothing.")
    run_after = models.DateTimeField(
        null=True, default=timezone.now, help_text="When it is due; empty while it waits for other jobs."
    )
    lease_until = models.DateTimeField(null=True, editable=False)
    progress = models.PositiveSmallIntegerField(default=0, help_text="Percent.")
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.TextField(blank=True, help_text="A sentence for the person who waits.")
    error_detail = models.TextField(blank=True, help_text="For staff.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(finished_at__isnull=False, state__in=sorted(TERMINAL))
                | Q(finished_at__isnull=True, state__in=sorted(LIVE)),
                name="%(app_label)s_%(class)s_finished",
            ),
            models.CheckConstraint(
                condition=Q(lease_until__isnull=False, state__in=sorted(LEASED))
                | (Q(lease_until__isnull=True) & ~Q(state__in=sorted(LEASED))),
                name="%(app_label)s_%(class)s_leased",
            ),
            models.CheckConstraint(
                condition=Q(error_code="", state__in=sorted(set(State) - {State.FAILED}))
                | (~Q(error_code="") & Q(state=State.FAILED)),
                name="%(app_label)s_%(class)s_error",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                F("priority").desc(),
                F("run_after"),
                name="%(app_label)s_%(class)s_due",
                condition=Q(state__in=[State.QUEUED, State.WAITING]),
            ),
            models.Index(
                fields=["lease_until"],
                name="%(app_label)s_%(class)s_lease",
                condition=Q(state__in=sorted(LEASED)),
            ),
        ]

    def settle(self) -> None:
        """Called once, in the transaction that ends the job: adopt what was made, give back what was held."""

    def live_project(self) -> uuid.UUID | None:
        """The project whose pages show this job, for the live message."""
        return None


class Wait(models.Model):
    """One job waits for the end of another."""

    id = models.BigAutoField(primary_key=True)
    waiter_kind = models.CharField(max_length=20)
    waiter_id = models.UUIDField()
    on_kind = models.CharField(max_length=20)
    on_id = models.UUIDField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["waiter_kind", "waiter_id", "on_kind", "on_id"], name="jobs_wait_once"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["on_kind", "on_id"], name="jobs_wait_on")
        ]


class JobEvent(models.Model):
    """What happened to a job, in order; never changed afterwards."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=20)
    job_id = models.UUIDField()
    at = models.DateTimeField(default=timezone.now)
    old = models.CharField(max_length=10, blank=True)
    new = models.CharField(max_length=10)
    fence = models.PositiveIntegerField(default=0)
    note = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["kind", "job_id"], name="jobs_event_job")
        ]
