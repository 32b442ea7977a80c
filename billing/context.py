"""What every page's frame shows of credits."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from billing import queries


def credits(request: HttpRequest) -> dict[str, Any]:
    """The balance, asked for only where a template shows it."""
    return {"credit_balance": SimpleLazyObject(lambda: queries.balance(request.user))}
