"""What every page's frame shows of credits."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from billing import queries


def credits(request: HttpRequest) -> dict[str, Any]:
    """The purse, asked for only where a template shows it."""
    return {"purse": SimpleLazyObject(lambda: queries.purse(request.user))}
