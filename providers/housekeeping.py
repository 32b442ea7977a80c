"""What the clock does for services now and then: it asks what they say of themselves, and looks whether staff
should know something."""

from __future__ import annotations

from datetime import datetime

from providers import alerts, facts


def sweep(*, now: datetime) -> None:
    facts.ask(now=now)
    alerts.look(now=now)
