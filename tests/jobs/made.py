"""Jobs in every state, made by the engine's verbs, and what a page says of them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.urls import reverse

from accounts.models import User
from echoes.kernel import clock
from jobs import lifecycle
from jobs.models import Job
from jobs.states import Phase
from tests.lab.models import Chore, Errand

HOSTILE = "<script>alert(1)</script>\"'&"


def queued(by: User, **fields: Any) -> Chore:
    return lifecycle.enqueue(Chore(owner=by, **fields), by=by)


def running(by: User, **fields: Any) -> Chore:
    return lifecycle.claim(queued(by, **fields), now=clock.now())


def failed(by: User, *, detail: str = "", **fields: Any) -> Chore:
    return lifecycle.fail(
        running(by, **fields), code="broken", message="It broke.", detail=detail, now=clock.now()
    )


def succeeded(by: User, **fields: Any) -> Chore:
    return lifecycle.succeed(running(by, **fields), now=clock.now())


def asked(by: User, *, poll_in: float, polls: int = 4) -> Errand:
    """An errand that the provider has taken."""
    now = clock.now()
    job = lifecycle.claim(lifecycle.enqueue(Errand(owner=by, service="lab")), now=now)
    taken = {"phase": Phase.SUBMITTED, "remote_id": str(job.pk), "submitted_at": now, "polls": polls}
    Errand.objects.filter(pk=job.pk).update(**taken)
    return lifecycle.park(job, poll_at=now + timedelta(seconds=poll_in), now=now)


def address(name: str, job: Job) -> str:
    return reverse(f"jobs:{name}", args=[job.kind, job.pk])


def text(response: Any) -> str:
    return str(response.content.decode())


def said(response: Any) -> str:
    """What a page says to its reader, without marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text(response)))
