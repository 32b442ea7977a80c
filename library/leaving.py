"""What becomes of somebody's library when they leave, and of every object of theirs in the stores.

It comes last (settings.LEAVING): by then no row of another app names a file, and no work makes one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from echoes.kernel.storage import base as storages
from library.models import Asset, Export, Ingest, Recording, Space, Ticket, Track
from library.usage import STORES


def forget(*, user: Any, now: datetime) -> None:
    """The tickets first, so that nothing is taken in any more. Safe to repeat after a crash: what is gone is
    gone, and the stores are asked what is left."""
    for model in (Ticket, Ingest, Recording, Export, Space, Track, Asset):
        model.objects.filter(owner=user).delete()  # type: ignore[attr-defined]
    for name in STORES:
        store = storages.get(name)
        store.delete_all(found.key for found in store.listing(f"{user.pk}/"))
