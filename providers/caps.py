"""The most that may be spent at services in thirty days: of everybody, of each person, of each project.

What is about to be sent counts with the most that it may cost, and the sum and the new row are one
transaction behind one lock: however many workers send at once, no limit is passed.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from billing import costs
from echoes.kernel.errors import EchoesError
from providers.models import Cap

log = logging.getLogger(__name__)

PERIOD = timedelta(days=30)
LINE = 0x_EC_40_CA  # of the advisory lock


class CapReached(EchoesError):
    """As much as is allowed was made with AI in the last thirty days, so this was not sent. You were not
    charged. The free camera move is always there."""

    code = "cap_reached"


@transaction.atomic
def reserve(
    *, reference: str, charge: str, model: str, usd: Decimal, user: Any, project: UUID | None, now: datetime
) -> None:
    """Count it before it is sent. Raises CapReached."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LINE])
    _check(usd=usd, user=user, project=project, now=now)
    costs.expect(
        reference=reference, charge=charge, model=model, usd=usd, user=user, project=project, now=now
    )


def check(*, usd: Decimal, user: Any, project: UUID | None, now: datetime) -> None:
    """Whether so much more may be spent, for a page that asks first. Raises CapReached."""
    _check(usd=usd, user=user, project=project, now=now)


def _check(*, usd: Decimal, user: Any, project: UUID | None, now: datetime) -> None:
    since = now - PERIOD
    for cap in _of(user):
        match cap.scope:
            case Cap.Scope.PERSON:
                spent = costs.spent(since=since, user=user)
            case Cap.Scope.PROJECT if project is None:
                continue
            case Cap.Scope.PROJECT:
                spent = costs.spent(since=since, project=project)
            case _:
                spent = costs.spent(since=since)
        if spent + usd > cap.usd:
            log.error("the limit of %s is reached: %s spent, %s asked for", cap, spent, usd)
            raise CapReached


def _of(user: Any) -> list[Cap]:
    """The limits that count for this person: their own instead of everybody's."""
    found = list(Cap.objects.filter(Q(user=None) | Q(user=user)))
    own = any(cap.user_id for cap in found)
    return [cap for cap in found if not (own and cap.scope == Cap.Scope.PERSON and cap.user_id is None)]
