"""Pokes to open pages: "look at film 42 again". They are hints and may be lost; the database is the truth."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

log = logging.getLogger(__name__)


def group(user_id: object) -> str:
    """The channel group of one person's open pages."""
    return f"user.{user_id}"


def poke(
    *,
    user_id: object,
    topic: str,
    id: UUID,
    state: str,
    progress: int | None = None,
    project: UUID | None = None,
) -> None:
    """Tell a person's pages to look again, once the current transaction has committed."""
    message = {
        "topic": topic,
        "id": str(id),
        "state": state,
        "progress": progress,
        "project": str(project) if project else None,
    }
    transaction.on_commit(lambda: _send(user_id, message), robust=True)


def _send(user_id: object, message: dict[str, Any]) -> None:
    layer = get_channel_layer()
    try:
        async_to_sync(layer.group_send)(group(user_id), {"type": "live.poke", "message": message})
    except Exception as error:  # a lost poke costs one poll; work must not stop for it
        log.warning("a live message was not sent: %s", error)
