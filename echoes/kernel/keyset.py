"""Pages of a long list by the key of their last row: the hundredth costs what the first does.

A key is the value that the list is ordered by, and the id of the row, which tells apart rows of one value. It
stands in addresses, so anybody may write one; a key that nobody gave out begins the list at its beginning.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils.dateparse import parse_datetime

BACKWARDS = {"gt": "lt", "lt": "gt"}


def key(value: datetime | str, id: UUID) -> str:
    text = value.isoformat() if isinstance(value, datetime) else value
    return f"{id} {text}"


def beyond(key: str, column: str, order: str = "", *, backwards: bool = False) -> Q:
    """The rows after that key in a list ordered by (column, id), `order` being "-" for a descending one;
    `backwards` those before it. A column of moments is one whose name ends in `_at`."""
    found = _parsed(key, is_moment=column.endswith("_at"))
    if found is None:
        return Q()
    value, pk = found
    ahead = "lt" if order == "-" else "gt"
    way = BACKWARDS[ahead] if backwards else ahead
    return Q(**{f"{column}__{way}": value}) | Q(**{column: value, f"pk__{way}": pk})


def _parsed(key: str, *, is_moment: bool) -> tuple[datetime | str, UUID] | None:
    pk, _, text = key.partition(" ")
    try:
        moment = parse_datetime(text) if is_moment else None
        found = UUID(pk)
    except ValueError:
        return None
    if not is_moment:
        return (text, found) if text.isprintable() else None
    return (moment, found) if moment and moment.tzinfo else None
