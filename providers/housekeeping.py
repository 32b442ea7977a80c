"""What the clock does for services now and then: it makes rows for instructions of a new version, throws old
trials away, asks services what they say of themselves, and looks whether staff should know something."""

from __future__ import annotations

from datetime import datetime

from providers import alerts, facts, instructions, trials


def sweep(*, now: datetime) -> None:
    instructions.complete()
    trials.sweep(now=now)
    facts.ask(now=now)
    alerts.look(now=now)
