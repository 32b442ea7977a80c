"""What a person does not want to be sent to any service: single photos, or whatever is in a project.

Asked at the one door through which anything leaves (`providers.door`), at the moment when it leaves.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from echoes.kernel.errors import EchoesError
from providers.models import Withheld

ASSET, PROJECT = Withheld.What.ASSET, Withheld.What.PROJECT


class NotSent(EchoesError):
    """This photo is never sent to an AI service, as you have said. You were not charged."""

    code = "withheld"


def withhold(*, owner: Any, what: str, subject: UUID, now: datetime) -> None:
    """From now on it is never sent."""
    Withheld.objects.get_or_create(owner=owner, what=what, subject=subject, defaults={"created_at": now})


def allow(*, owner: Any, what: str, subject: UUID) -> None:
    """It may be sent again, when somebody asks for it."""
    Withheld.objects.filter(owner=owner, what=what, subject=subject).delete()


def withheld(*, owner: Any, subjects: Collection[UUID]) -> set[UUID]:
    """Of these assets and projects, those that are never sent."""
    rows = Withheld.objects.filter(owner=owner, subject__in=subjects)
    return set(rows.values_list("subject", flat=True))


def subjects(*, owner: Any) -> QuerySet[Any, UUID]:
    """Every asset and project that is never sent, as a part of another query."""
    return Withheld.objects.filter(owner=owner).values_list("subject", flat=True)


def check(*, owner: Any, asset: UUID | None, project: UUID | None) -> None:
    """Raises NotSent where the photo, or the project that it is for, is never sent."""
    subjects = [subject for subject in (asset, project) if subject is not None]
    if subjects and withheld(owner=owner, subjects=subjects):
        raise NotSent
