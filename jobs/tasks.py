"""The actors. A message carries nothing: the worker takes whatever is due, one after the other."""

from __future__ import annotations

from typing import Any

import dramatiq

from jobs import execution


@dramatiq.actor(queue_name="quick")
def quick(**_: Any) -> None:
    execution.work("quick")


@dramatiq.actor(queue_name="media")
def media(**_: Any) -> None:
    execution.work("media")


ACTORS: dict[str, dramatiq.Actor[..., Any]] = {"quick": quick, "media": media}
