"""Django's own tags, as quick as a page of sixty cards needs them: it has 750 addresses and 250 forms, and a
quarter of its time went into these."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

from django import template
from django.template import defaulttags
from django.template.base import Parser, Token
from django.template.context import Context
from django.urls import reverse
from django.utils.safestring import mark_safe

register = template.Library()
ANY = UUID(int=0)


class AddressNode(defaulttags.URLNode):
    """An address that names one row by its id is put together of what stands before and after the id."""

    def render(self, context: Context) -> Any:
        if len(self.args) == 1 and not self.kwargs and not self.asvar:
            id = self.args[0].resolve(context)
            if type(id) is UUID:
                before, after = _around(self.view_name.resolve(context))
                return mark_safe(f"{before}{id}{after}")  # noqa: S308 (an address of ours)
        return super().render(context)


class TokenNode(defaulttags.CsrfTokenNode):
    """The token is made of letters and digits: there is nothing in it to escape."""

    def render(self, context: Context) -> Any:
        token = str(context.get("csrf_token") or "")
        if not token.isalnum():
            return super().render(context)
        return mark_safe(f'<input type="hidden" name="csrfmiddlewaretoken" value="{token}">')  # noqa: S308


@register.tag
def url(parser: Parser, token: Token) -> AddressNode:
    plain: Any = defaulttags.url(parser, token)
    return AddressNode(plain.view_name, plain.args, plain.kwargs, plain.asvar)


@register.tag
def csrf_token(parser: Parser, token: Token) -> TokenNode:
    return TokenNode()


@cache
def _around(name: str) -> tuple[str, str]:
    before, _, after = reverse(name, args=[ANY]).partition(str(ANY))
    return before, after
