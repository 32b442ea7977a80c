"""Words of the staff's pages."""

from __future__ import annotations

from datetime import datetime

from django import template

from jobs import reasons

register = template.Library()


@register.filter
def since(moment: datetime, now: datetime) -> str:
    """How long ago, in its largest unit: an engine's seconds matter, and its days do not."""
    return reasons.span(now - moment)
