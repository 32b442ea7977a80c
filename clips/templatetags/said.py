"""Sentences with a thing's name in them, for what a page says sixty times: `blocktranslate` takes longer."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from echoes.kernel.errors import PLACE

register = template.Library()


@register.filter
def said_of(text: Any, thing: object) -> SafeString:
    """`{{ _("Play {name}")|said_of:clip }}`: what stands in braces is asked of the thing, and escaped."""
    said = str(text)
    return format_html(said, **{name: getattr(thing, name) for name in PLACE.findall(said)})
