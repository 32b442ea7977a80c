"""Who may see a clip: the owner of its project. Everybody else is told that it does not exist."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404

from clips.models import Clip, Take
from projects.models import Project


def get_clip_or_404(user: Any, pk: UUID) -> Clip:
    clips = Clip.objects.visible_to(user).present().select_related("project", "asset", "chosen")
    return get_object_or_404(clips, pk=pk)


def get_removed_clip_or_404(user: Any, pk: UUID) -> Clip:
    return get_object_or_404(Clip.objects.visible_to(user).select_related("project", "asset"), pk=pk)


def get_choice_or_404(project: Project, values: Iterable[str]) -> frozenset[UUID]:
    """The ids of clips of this project, those that were removed meanwhile too."""
    try:
        chosen = frozenset(map(UUID, values))
    except ValueError:
        raise Http404 from None
    if Clip.objects.filter(project=project, pk__in=chosen).count() != len(chosen):
        raise Http404
    return chosen


def get_take_or_404(clip: Clip, pk: UUID) -> Take:
    return get_object_or_404(Take, clip=clip, pk=pk)
