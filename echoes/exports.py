"""What a person takes along of their credits: billing itself knows nothing of exports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from billing import queries
from library.exports import Item, document


def credits(*, user: Any) -> Iterator[Item]:
    yield document("credits.json", queries.movements(user))
    yield document("purchases.json", queries.purchases(user))
