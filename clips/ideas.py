"""Ideas for how a photo might move, from what this machine measured of it: pure, and there at once.

Each is a sentence that the local studio carries out in each of our languages (`providers.local.prompts`), and
every service's model understands. Who may look closer has better ones (`clips.glances`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext, gettext_noop

MOST = 5
LONGEST = 120  # characters
PANORAMA = 1.9
"""Width over height from which on a photo is looked along."""
TALL = 0.87
USUAL = (
    gettext_noop("Zoom in slowly"),
    gettext_noop("Zoom out slowly"),
    gettext_noop("Pan left slowly"),
    gettext_noop("Pan right slowly"),
    gettext_noop("Hold still"),
)
FACE = (gettext_noop("Zoom in slowly on the face"), gettext_noop("Zoom out slowly from the face"))
FACES = (gettext_noop("Pan right slowly across the faces"), gettext_noop("Zoom in slowly on the faces"))
ALONG = (
    gettext_noop("Pan right slowly along the panorama"),
    gettext_noop("Pan left slowly along the panorama"),
)
UPWARDS = (gettext_noop("Tilt up slowly"),)


def of(*, look: Mapping[str, Any], width: int, height: int, better: Sequence[str] = ()) -> tuple[str, ...]:
    """The best first: what somebody saw who looked closer, then what follows from numbers."""
    measured = map(gettext, _measured(int(look.get("faces", 0)), width / height if height else 1.0))
    found = dict.fromkeys(idea for idea in map(clean, (*better, *measured)) if idea)
    return tuple(found)[:MOST]


def clean(idea: str) -> str:
    """On one line, and short enough for a button."""
    return " ".join(idea.split())[:LONGEST].strip()


def _measured(faces: int, ratio: float) -> tuple[str, ...]:
    """What fits this picture, and the usual moves that say nothing else."""
    first = _first(faces, ratio)
    return (*first, *(idea for idea in USUAL if not any(each.startswith(idea) for each in first)))


def _first(faces: int, ratio: float) -> tuple[str, ...]:
    if faces == 1:
        return FACE
    if faces:
        return FACES
    if ratio >= PANORAMA:
        return ALONG
    return UPWARDS if ratio <= TALL else ()
