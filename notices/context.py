"""What every page's frame shows of notices."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from echoes.kernel import clock
from notices import queries


def bell(request: HttpRequest) -> dict[str, Any]:
    """Asked for only where a template shows it."""
    return {"bell": SimpleLazyObject(lambda: queries.bell(request.user, now=clock.now()))}
