"""Who may see what of the library: its owner. Everybody else is told that it does not exist."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404

from library.models import Asset, Ingest, Ticket


def get_ticket_or_404(user: Any, pk: UUID) -> Ticket:
    return get_object_or_404(Ticket, pk=pk, owner=user, given_up_at=None)


def get_asset_or_404(user: Any, pk: UUID) -> Asset:
    return get_object_or_404(Asset, pk=pk, owner=user)


def find_ingest(user: Any, pk: UUID) -> Ingest | None:
    return Ingest.objects.filter(pk=pk, owner=user).first()
