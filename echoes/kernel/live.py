"""Words to open pages: "look at film 42 again". They are hints and may be lost; the database is the truth."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

from channels.layers import get_channel_layer
from django.db import transaction

from echoes.kernel import clock

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
    left: int | None = None,
    project: UUID | None = None,
) -> None:
    """Tell a person's pages to look again, once the current transaction has committed; `left` in seconds."""
    message = {
        "topic": topic,
        "id": str(id),
        "state": state,
        "progress": progress,
        "left": left,
        "left_words": clock.left_words(left),
        "project": str(project) if project else None,
    }
    _after_commit(user_id, {"type": "live.poke", "message": message})


def recheck(*, user_id: object) -> None:
    """Have every open socket of a person look whether its session still stands."""
    _after_commit(user_id, {"type": "live.recheck"})


def _after_commit(user_id: object, event: dict[str, Any]) -> None:
    transaction.on_commit(lambda: _send(user_id, event), robust=True)


def _send(user_id: object, event: dict[str, Any]) -> None:
    layer: Any = get_channel_layer()
    try:
        layer.say(group(user_id), event)
    except Exception as error:  # a lost hint costs one look; work must not stop for it
        log.warning("a live message was not sent: %s", error)
