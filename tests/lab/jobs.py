"""Chores and errands for tests, asked for by the verbs of the engine."""

from __future__ import annotations

import hashlib
from typing import Any

from django.db.models import Q

from jobs import lifecycle
from jobs.states import WANTED, State
from tests.lab.models import Chore, Errand


def chore(task: str = "nothing", *, by: Any, **fields: Any) -> Chore:
    return lifecycle.enqueue(Chore(owner=by, task=task, **fields), by=by)


def same_chore(recipe: str, *, by: Any) -> Chore:
    """However often it is asked for, there is one."""
    digest = hashlib.sha256(recipe.encode()).hexdigest()
    same = Q(owner=by, digest=digest, state__in=WANTED | {State.SUCCEEDED})
    return lifecycle.enqueue_once(Chore(owner=by, digest=digest), same=same, by=by)


def errand(*, by: Any, service: str = "lab", **fields: Any) -> Errand:
    return lifecycle.enqueue(Errand(owner=by, service=service, **fields), by=by)
