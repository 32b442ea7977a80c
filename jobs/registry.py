"""Which kinds of jobs there are. The table is settings.JOB_KINDS, so this app needs to know no other."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from jobs.execution import Work
    from jobs.models import Job
    from jobs.outcomes import Outcome

Handler = Callable[[Any, "Work"], "Outcome"]


@cache
def model(kind: str) -> type[Job]:
    found: type[Job] = import_string(settings.JOB_KINDS[kind][0])
    return found


def handler(kind: str) -> Handler:
    found: Handler = import_string(settings.JOB_KINDS[kind][1])
    return found


def models() -> list[type[Job]]:
    return [model(kind) for kind in settings.JOB_KINDS]


def models_of_queue(queue: str) -> list[type[Job]]:
    return [found for found in models() if found.queue == queue]


def queues() -> set[str]:
    return {found.queue for found in models()}
