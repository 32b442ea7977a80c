"""What the dashboard shows of each project, in a number of queries that does not grow with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from clips.models import Clip
from library import delivery
from projects.models import Project

PAGE = 24


@dataclass(frozen=True)
class ProjectCard:
    id: UUID
    title: str
    aspect: str
    cover_url: str
    cover_alt: str
    clips_total: int
    clips_ready: int
    clips_approved: int
    state_label: str
    updated_at: datetime


def page(user: Any, *, number: str, search: str, now: datetime) -> Page[Any]:
    """One page of cards, what was touched last first; `search` looks in titles."""
    found = _with_counts(Project.objects.visible_to(user))
    if search:
        found = found.filter(title__icontains=search)
    shown: Page[Any] = Paginator(found.order_by("-updated_at"), PAGE).get_page(number)
    projects = list(shown.object_list)
    links = delivery.urls_for("photos", [project.cover or "" for project in projects], now=now)
    shown.object_list = [_card(project, cover_url=links[project.cover or ""]) for project in projects]
    return shown


def _with_counts(projects: QuerySet[Project]) -> QuerySet[Project]:
    present = Q(clips__removed_at=None)
    cover = Clip.objects.present().filter(project=OuterRef("pk")).in_order()
    return projects.annotate(
        cover=Subquery(cover.values("asset__thumbnail")[:1]),
        clips_total=Count("clips", filter=present),
        clips_ready=Count("clips", filter=present & Q(clips__chosen__isnull=False)),
        clips_approved=Count("clips", filter=present & Q(clips__approved=True)),
    )


def _card(project: Any, *, cover_url: str) -> ProjectCard:
    return ProjectCard(
        id=project.pk,
        title=project.title,
        aspect=project.aspect,
        cover_url=cover_url,
        cover_alt=f"The first photo of {project.title}",
        clips_total=project.clips_total,
        clips_ready=project.clips_ready,
        clips_approved=project.clips_approved,
        state_label=_label(project),
        updated_at=project.updated_at,
    )


def _label(project: Any) -> str:
    if not project.clips_total:
        return "Waiting for photos"
    if project.clips_ready < project.clips_total:
        return f"{project.clips_ready} of {project.clips_total} clips ready"
    if project.clips_approved < project.clips_total:
        return f"{project.clips_approved} of {project.clips_total} approved"
    return "Ready for the film"
