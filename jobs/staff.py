"""What staff do to somebody's job: through the lifecycle, and written into the admin's log as well."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

import psycopg.errors
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from echoes.kernel.errors import EchoesError
from jobs import lifecycle
from jobs.models import Job
from jobs.states import State

J = TypeVar("J", bound=Job)


class AlreadyThere(EchoesError):
    """The same thing exists already, or is being made by another job."""

    code = "already_there"


class AlreadyOver(EchoesError):
    """This job has ended already or is being stopped, so there is nothing to cancel."""

    code = "already_over"


def retry(*, job: J, by: Any, now: datetime) -> J:
    """Raises NotRetryable, AlreadyThere."""
    try:
        with transaction.atomic():
            moved = lifecycle.retry(job, by=by, now=now)
            _log(moved, gettext("Tried again."), by=by)
            return moved
    except IntegrityError as error:
        if isinstance(error.__cause__, psycopg.errors.UniqueViolation):
            raise AlreadyThere from None
        raise


def cancel(*, job: J, by: Any, now: datetime) -> J:
    """Raises AlreadyOver."""
    seen = job.state
    with transaction.atomic():
        moved = lifecycle.cancel(job, by=by, now=now)
        if moved.state == seen or (moved.state != State.CANCELLING and moved.finished_at != now):
            raise AlreadyOver
        _log(moved, gettext("Cancelled."), by=by)
        return moved


def _log(job: Job, message: str, *, by: Any) -> None:
    LogEntry.objects.create(
        user=by,
        content_type=ContentType.objects.get_for_model(type(job)),
        object_id=str(job.pk),
        object_repr=f"{job.kind} {job.pk}",
        action_flag=CHANGE,
        change_message=message,
    )
