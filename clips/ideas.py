"""Ideas for how a photo might move, from what this machine measured of it: pure, and there at once.

Each is a sentence that the local studio carries out (`providers.local.prompts`) and every service's model
understands. Who may look closer has better ones (`clips.glances`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

MOST = 5
LONGEST = 120  # characters
PANORAMA = 1.9
"""Width over height from which on a photo is looked along."""
TALL = 0.87
USUAL = ("Zoom in slowly", "Zoom out slowly", "Pan left slowly", "Pan right slowly", "Hold still")


def of(*, look: Mapping[str, Any], width: int, height: int, better: Sequence[str] = ()) -> tuple[str, ...]:
    """The best first: what somebody saw who looked closer, then what follows from numbers."""
    measured = _measured(int(look.get("faces", 0)), width / height if height else 1.0)
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
        return "Zoom in slowly on the face", "Zoom out slowly from the face"
    if faces:
        return "Pan right slowly across the faces", "Zoom in slowly on the faces"
    if ratio >= PANORAMA:
        return "Pan right slowly along the panorama", "Pan left slowly along the panorama"
    return ("Tilt up slowly",) if ratio <= TALL else ()
