"""Which models the service is about to switch off."""

from __future__ import annotations

import contextlib
from datetime import date

from providers.openai import troubles
from providers.openai.client import client, within

SECONDS = 10.0


def models_retiring() -> dict[str, date]:
    """By the service's own list: the models whose last day is announced, past days included. Raises Failed,
    or NotNow."""
    with troubles.told():
        listed = troubles.whole(client().models.list(timeout=within(SECONDS))).data
    found = {}
    for model in listed:
        with contextlib.suppress(ValueError):  # a date that is written otherwise is none
            if model.shutdown_date:
                found[model.id] = date.fromisoformat(model.shutdown_date[:10])
    return found
