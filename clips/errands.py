"""What something was sent to a service for, for the list of what was sent (see settings.ERRANDS)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext

from clips.models import Clip, Glance, Take
from library.sent import Errand
from projects.models import Project


def of_takes(*, ids: Collection[UUID]) -> dict[UUID, Errand]:
    """One query."""
    found = Take.objects.filter(pk__in=ids).select_related("clip", "project")
    what = gettext("A moving clip")
    return {take.pk: Errand(what, *_place(take.project, take.clip)) for take in found}


def of_glances(*, ids: Collection[UUID]) -> dict[UUID, Errand]:
    """A glance is of a photo: the link leads to a clip of it in the project where somebody asked. Two
    queries."""
    found = list(Glance.objects.filter(pk__in=ids).select_related("project"))
    clips: dict[Any, Clip] = {
        (clip.project_id, clip.asset_id): clip
        for clip in Clip.objects.present().filter(
            project__in=[each.project_id for each in found], asset__in=[each.asset_id for each in found]
        )
    }
    return {
        glance.pk: Errand(
            gettext("Ideas for its motion"),
            *_place(glance.project, clips.get((glance.project_id, glance.asset_id))),
        )
        for glance in found
    }


def _place(project: Project, clip: Clip | None) -> tuple[str, str]:
    """The project's name, and where the clip is now; no address for what was removed."""
    if project.removed_at or clip is None or clip.removed_at:
        return project.title, ""
    return project.title, f"{reverse('projects:show', args=[project.pk])}#clip-{clip.pk}"
