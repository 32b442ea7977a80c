"""Words of the staff's pages."""

from __future__ import annotations

from datetime import datetime

from django import template

from jobs import reasons, states

register = template.Library()


@register.filter
def state(value: str) -> str:
    """The state of a job in the reader's language."""
    return states.word(value)


@register.filter
def since(moment: datetime, now: datetime) -> str:
    """How long ago, in its largest unit: an engine's seconds matter, and its days do not."""
    return reasons.span(now - moment)
