"""Who may see a clip: the owner of its project. Everybody else is told that it does not exist."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404

from clips.models import Clip, Take


def get_clip_or_404(user: Any, pk: UUID) -> Clip:
    clips = Clip.objects.visible_to(user).present().select_related("project", "asset", "chosen")
    return get_object_or_404(clips, pk=pk)


def get_removed_clip_or_404(user: Any, pk: UUID) -> Clip:
    return get_object_or_404(Clip.objects.visible_to(user).select_related("project", "asset"), pk=pk)


def get_take_or_404(clip: Clip, pk: UUID) -> Take:
    return get_object_or_404(Take, clip=clip, pk=pk)
