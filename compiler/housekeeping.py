"""Pieces that no film has asked for in a long time are thrown away; they can be made again. So are pictures
that stand for no film any more."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from compiler import making, posters
from compiler.models import Piece
from echoes.kernel.storage import base as storages
from jobs.states import TERMINAL, State

KEPT = timedelta(days=30)
BATCH = 500


def sweep(*, now: datetime) -> None:
    """Called by the clock now and then. File and row go together: who asks meanwhile waits for the row."""
    old = Piece.objects.filter(state__in=TERMINAL, used_at__lt=now - KEPT)
    for pk in old.order_by("used_at").values_list("pk", flat=True)[:BATCH]:
        with transaction.atomic():
            piece = old.select_for_update(skip_locked=True).filter(pk=pk).first()
            if piece is None:
                continue
            if piece.state == State.SUCCEEDED:
                storages.get(making.STORE).delete(piece.key)
            piece.delete()
    posters.sweep(now=now)
