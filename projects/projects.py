"""What can be done to a project."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext

from echoes.kernel import live
from projects.models import Project
from providers import consent

MAX_TITLE = 120


def create(*, title: str, aspect: str, by: Any, now: datetime, seconds: int = 5) -> Project:
    return Project.objects.create(
        owner=by,
        title=clean_title(title),
        aspect=aspect,
        seconds=seconds,
        created_at=now,
        updated_at=now,
    )


def rename(*, project: Project, title: str, now: datetime) -> Project:
    project.title = clean_title(title)
    project.updated_at = now
    project.save(update_fields=["title", "updated_at"])
    return project


def remove(*, project: Project, now: datetime) -> Project:
    """Out of sight, with everything in it; `restore` brings it back."""
    project.removed_at = now
    project.save(update_fields=["removed_at"])
    return project


def restore(*, project: Project) -> Project:
    project.removed_at = None
    project.save(update_fields=["removed_at"])
    return project


@transaction.atomic
def keep_here(*, project: Project, never: bool, now: datetime) -> None:
    """Nothing that is in it is ever sent to a service; or it may be again, when somebody asks for it."""
    if never:
        consent.withhold(owner=project.owner, what=consent.PROJECT, subject=project.pk, now=now)
    else:
        consent.allow(owner=project.owner, what=consent.PROJECT, subject=project.pk)
    live.poke(user_id=project.owner_id, topic="project", id=project.pk, state="changed", project=project.pk)


def touch(*, project_id: Any, now: datetime) -> None:
    """Something in it changed: it moves to the top of the dashboard."""
    Project.objects.filter(pk=project_id).update(updated_at=now)


def clean_title(title: str) -> str:
    """One line, at most 120 characters; a very long title is shortened rather than refused."""
    line = " ".join("".join(sign for sign in title if sign.isprintable() or sign.isspace()).split())
    return line[: MAX_TITLE - 1] + "…" if len(line) > MAX_TITLE else line or _untitled()


def is_untitled(title: str) -> bool:
    """Whether nobody gave it this title, in whatever language it was begun."""
    for code, _ in settings.LANGUAGES:
        with translation.override(code):
            if title == _untitled():
                return True
    return False


def _untitled() -> str:
    return gettext("Untitled film")
