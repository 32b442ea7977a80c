"""Who may see what of credits: their owner; and staff with a permission."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404

from billing.models import Account, Purchase

VIEW = "billing.view_entry"
GRANT = "billing.add_entry"
REPLAY = "billing.change_stripeevent"


def get_purchase_or_404(user: Any, pk: UUID) -> Purchase:
    return get_object_or_404(Purchase, pk=pk, account__user=user)


def get_account_or_404(pk: UUID) -> Account:
    return get_object_or_404(Account.objects.select_related("user"), pk=pk)
