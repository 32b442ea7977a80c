"""The row is the job: what every kind of durable work has in common."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy

from jobs.states import AT_PROVIDER, LEASED, LIVE, TERMINAL, Phase, State

SPEED_KNOWN = 5  # percent


class Job(models.Model):
    """Work that takes time. `jobs.lifecycle` is the only writer of `state` and of what must agree with it."""

    kind: ClassVar[str]
    first_queue: ClassVar[str] = "quick"
    max_attempts: ClassVar[int] = 3
    longest: ClassVar[timedelta] = timedelta(hours=1)
    """After so long its worker is taken to be stuck."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    queue = models.CharField(
        max_length=10, db_default="quick", help_text=gettext_lazy("Whose workers carry its next step.")
    )
    priority = models.SmallIntegerField(default=0, help_text=gettext_lazy("Larger goes first."))
    attempt = models.PositiveSmallIntegerField(
        default=0, help_text=gettext_lazy("Tries since the last progress.")
    )
    fence = models.PositiveIntegerField(
        default=0, help_text=gettext_lazy("Counts claims; an old claim can move nothing.")
    )
    run_after = models.DateTimeField(
        null=True,
        default=timezone.now,
        help_text=gettext_lazy("When it is due; empty while it waits for other jobs."),
    )
    claimed_at = models.DateTimeField(
        null=True, editable=False, help_text=gettext_lazy("When the present try began.")
    )
    lease_until = models.DateTimeField(null=True, editable=False)
    progress = models.PositiveSmallIntegerField(default=0, help_text=gettext_lazy("Percent."))
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.TextField(
        blank=True, help_text=gettext_lazy("A sentence for the person who waits.")
    )
    error_detail = models.TextField(blank=True, help_text=gettext_lazy("For staff."))
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
                F("queue"),
                F("priority").desc(),
                F("created_at"),
                name="%(app_label)s_%(class)s_due",
                condition=Q(state__in=[State.QUEUED, State.WAITING], run_after__isnull=False),
            ),
            models.Index(fields=["created_at"], name="%(app_label)s_%(class)s_made"),
            models.Index(
                fields=["id"],
                name="%(app_label)s_%(class)s_parked",
                condition=Q(state=State.WAITING, run_after__isnull=True),
            ),
            models.Index(
                fields=["lease_until"],
                name="%(app_label)s_%(class)s_lease",
                condition=Q(state__in=sorted(LEASED)),
            ),
        ]

    def begins_on(self) -> str:
        """Whose workers carry its first step."""
        return self.first_queue

    def settle(self) -> None:
        """Called once, in the transaction that ends the job: adopt what was made, give back what was held."""

    def resume(self) -> None:
        """Called once, in the transaction of a person's retry: hold again what was given back. What it raises
        is why the job cannot be tried again."""

    def renewal(self) -> dict[str, Any]:
        """The columns that a person's retry sets back, and to what."""
        return {}

    def seconds_left(self, *, now: datetime) -> int | None:
        """How long the present try will still take, judged by its speed; None while that is a guess."""
        if self.claimed_at is None or self.progress < SPEED_KNOWN:
            return None
        return round((now - self.claimed_at).total_seconds() * (100 - self.progress) / self.progress)

    def live_project(self) -> uuid.UUID | None:
        """The project whose pages show this job, for the live message."""
        return None


class RemoteJob(Job):
    """Work that a provider's service does: sent by a worker, watched by the clock, fetched by a worker.

    `jobs.remote` is the only writer of `phase`. With an empty `service` it is a job like any other.
    """

    service = models.SlugField(
        max_length=40, blank=True, default="", db_default="", help_text=gettext_lazy("Who does it.")
    )
    lane = models.SlugField(
        max_length=60,
        blank=True,
        default="",
        db_default="",
        help_text=gettext_lazy("What has a limit of its own there: a model."),
    )
    phase = models.CharField(max_length=10, choices=Phase.choices, blank=True, db_default=Phase.NEW)
    submit_key = models.UUIDField(
        null=True, editable=False, help_text=gettext_lazy("Sent along, so that it can be found.")
    )
    submits = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text=gettext_lazy("Tries to send it.")
    )
    remote_id = models.CharField(
        max_length=200, blank=True, db_default="", help_text=gettext_lazy("The provider's own.")
    )
    submitted_at = models.DateTimeField(null=True, editable=False)
    expected_seconds = models.PositiveIntegerField(
        default=0, db_default=0, help_text=gettext_lazy("How long it usually takes; 0 where nobody knows.")
    )
    poll_at = models.DateTimeField(
        null=True, editable=False, help_text=gettext_lazy("When the clock asks next.")
    )
    polls = models.PositiveIntegerField(default=0, db_default=0)
    answer = models.JSONField(
        default=dict, db_default={}, help_text=gettext_lazy("What the provider said at the end.")
    )

    class Meta(Job.Meta):
        abstract = True
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Job.Meta.constraints,
            models.CheckConstraint(
                condition=Q(phase__in=[Phase.NEW, Phase.SUBMITTING], remote_id="")
                | (Q(phase__in=[Phase.SUBMITTED, Phase.ANSWERED]) & ~Q(remote_id="")),
                name="%(app_label)s_%(class)s_receipt",
            ),
            models.CheckConstraint(
                condition=Q(poll_at__isnull=True) | Q(phase=Phase.SUBMITTED),
                name="%(app_label)s_%(class)s_polled",
            ),
            models.UniqueConstraint(
                fields=["service", "remote_id"],
                condition=~Q(remote_id=""),
                name="%(app_label)s_%(class)s_remote_id",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            *Job.Meta.indexes,
            models.Index(
                fields=["poll_at"],
                name="%(app_label)s_%(class)s_poll",
                condition=Q(poll_at__isnull=False),
            ),
            models.Index(
                fields=["service"],
                name="%(app_label)s_%(class)s_out",
                condition=Q(phase__in=sorted(AT_PROVIDER), state__in=sorted(LIVE)),
            ),
        ]

    def begins_on(self) -> str:
        """Sending is no work for a processor."""
        return "quick" if self.service else self.first_queue

    def renewal(self) -> dict[str, Any]:
        """What the provider still has is waited for, and what it made is fetched; the rest is sent anew."""
        if self.phase == Phase.ANSWERED and self.answer.get("status") == "succeeded":
            return {}
        if self.phase == Phase.SUBMITTED and self.poll_at:  # cancelled, and the provider not told yet
            return {}
        return {
            "queue": self.begins_on(),
            "phase": Phase.NEW,
            "submit_key": None,
            "submits": 0,
            "remote_id": "",
            "submitted_at": None,
            "poll_at": None,
            "polls": 0,
            "answer": {},
        }

    def seconds_left(self, *, now: datetime) -> int | None:
        """While the provider works: what is left of the time that it usually takes."""
        if self.phase != Phase.SUBMITTED or not self.submitted_at:
            return super().seconds_left(now=now)
        if not self.expected_seconds:
            return None
        return max(0, round(self.expected_seconds - (now - self.submitted_at).total_seconds())) or None


class ServiceState(models.Model):
    """How a provider's service is doing, as all processes know it: the breaker and the limit.

    The rules are in `jobs.breaker`; a service that never had trouble has no row.
    """

    name = models.SlugField(max_length=40, primary_key=True)
    failures = models.PositiveIntegerField(default=0, help_text=gettext_lazy("In a row."))
    resting_until = models.DateTimeField(null=True, blank=True)
    limit = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text=gettext_lazy("Jobs there at once; empty: what the service itself says."),
    )
    switched_off = models.BooleanField(
        default=False, help_text=gettext_lazy("Nothing is sent while this is on.")
    )
    note = models.TextField(blank=True, help_text=gettext_lazy("The last trouble."))
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = gettext_lazy("provider")

    def __str__(self) -> str:
        return self.name


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
            models.Index(fields=["kind", "job_id"], name="jobs_event_job"),
            models.Index(fields=["at"], name="jobs_event_at"),
        ]
