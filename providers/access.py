"""Who may do what to services: staff with a permission."""

from __future__ import annotations

from uuid import UUID

from django.shortcuts import get_object_or_404

from providers.models import Model, Trial

VIEW = "providers.view_model"
CHANGE = "providers.change_model"
PRICE = "billing.change_price"
TRY = "providers.add_trial"
SEE_TRIAL = "providers.view_trial"


def get_model_or_404(slug: str) -> Model:
    return get_object_or_404(Model, pk=slug)


def get_trial_or_404(pk: UUID) -> Trial:
    return get_object_or_404(Trial.objects.select_related("owner"), pk=pk)
