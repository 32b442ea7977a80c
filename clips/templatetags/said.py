"""Sentences with a thing's name in them, for what a page says sixty times: `blocktranslate` takes eight times
as long."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from echoes.kernel.errors import PLACE

register = template.Library()


@register.filter
def said_of(text: Any, thing: object) -> SafeString:
    """`{{ _("Play {name}")|said_of:clip }}`: what stands in braces is asked of the thing, and escaped. The text
    is ours, or our translation of it."""
    filled = PLACE.sub(lambda place: conditional_escape(getattr(thing, place[1])), str(text))
    return mark_safe(filled)
