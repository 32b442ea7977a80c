"""Cutting a clip shorter at its ends, without making anything anew: the film leaves those frames out."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction

from django.db import transaction

from clips.models import Clip
from echoes.kernel.errors import EchoesError
from projects import projects

STEP = 10
"""Trimming is by tenths of a second: finer nobody sees, and coarser somebody misses."""
LONGEST = 36_000
"""Tenths of a second; no take is as long."""
SHORTEST = 1
"""Seconds of a clip that stay in any case."""


class TooShort(EchoesError):
    """At least one second of the clip stays. Please leave a little more of it."""

    code = "too_short"


class NothingToTrim(EchoesError):
    """This clip has no moving picture yet, so there is nothing to trim."""

    code = "nothing_to_trim"


@transaction.atomic
def trim(*, clip: Clip, begins: int, ends: int, now: datetime) -> Clip:
    """Keep what lies between two moments of the chosen take, in tenths of a second from its start; an end
    beyond it is its end. Raises TooShort, NothingToTrim."""
    projects.touch(project_id=clip.project_id, now=now)  # first: the project is locked before its clips
    locked = Clip.objects.select_for_update(of=("self",)).select_related("chosen").get(pk=clip.pk)
    take = locked.chosen
    if take is None:
        raise NothingToTrim
    first, last = _frame(begins, take.fps), min(_frame(ends, take.fps), take.frames)
    if last - first < SHORTEST * take.fps:
        raise TooShort
    locked.trim_start, locked.trim_end = first, take.frames - last
    locked.save(update_fields=["trim_start", "trim_end"])
    return locked


def _frame(tenths: int, fps: int) -> int:
    return round(Fraction(tenths * fps, STEP))
