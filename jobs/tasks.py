"""The actors. A message carries nothing: the worker takes whichever job is due first."""

from __future__ import annotations

from typing import Any

import dramatiq

from jobs import execution


@dramatiq.actor(queue_name="quick")
def quick(**_: Any) -> None:
    execution.work_next("quick")


@dramatiq.actor(queue_name="media")
def media(**_: Any) -> None:
    execution.work_next("media")


ACTORS: dict[str, dramatiq.Actor[..., Any]] = {"quick": quick, "media": media}
