"""Which kinds of jobs and which providers' services there are.

The tables are settings.JOB_KINDS and settings.REMOTE_SERVICES, so this app needs to know no other.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.module_loading import import_string

from jobs.models import Job, RemoteJob

if TYPE_CHECKING:
    from jobs.execution import Work
    from jobs.outcomes import Outcome
    from jobs.remote import Service

QUEUES = ("quick", "media")
"""Short steps; and what keeps a processor busy."""

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


def remote_models() -> list[type[RemoteJob]]:
    """The kinds that a provider's service may do."""
    return [found for found in models() if issubclass(found, RemoteJob)]


def remote_model(kind: str) -> type[RemoteJob]:
    """Raises KeyError for a kind that no service does."""
    return {found.kind: found for found in remote_models()}[kind]


def service(name: str) -> Service:
    """Raises KeyError for a service that nobody connected."""
    found: Service = import_string(settings.REMOTE_SERVICES[name])
    return found
