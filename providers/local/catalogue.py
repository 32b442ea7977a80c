"""The music that Echoes makes itself, as data: pages list it without loading what plays it."""

from __future__ import annotations

from dataclasses import dataclass

# Enters digests: change it whenever the same recipe would sound different.
VERSION = "music-1"


@dataclass(frozen=True)
class Recipe:
    """What a track is made from. `mood` names its style, `seconds` is its whole length, ring included."""

    slug: str
    title: str
    mood: str
    bpm: int
    seconds: int
    seed: int
    description: str


CATALOGUE: tuple[Recipe, ...] = (
    Recipe(
        "morning-kites",
        "Morning Kites",
        "uplifting",
        112,
        76,
        11,
        "Piano and guitar that open up and lift off.",
    ),
    Recipe("still-harbour", "Still Harbour", "calm", 72, 75, 23, "Felt piano over slow, warm water."),
    Recipe(
        "the-long-ridge",
        "The Long Ridge",
        "cinematic",
        88,
        82,
        37,
        "Strings and far drums, climbing to a view.",
    ),
    Recipe("paper-boats", "Paper Boats", "playful", 116, 72, 41, "Marimba, snaps and a skip in the step."),
    Recipe("attic-postcards", "Attic Postcards", "nostalgic", 96, 80, 53, "A music box remembers a waltz."),
    Recipe("small-hands", "Small Hands", "tender", 68, 76, 67, "A piano close by, strings behind it."),
    Recipe(
        "over-the-pass", "Over the Pass", "adventure", 120, 75, 71, "Flute, guitar and drums on a wide road."
    ),
    Recipe(
        "city-after-rain",
        "City After Rain",
        "night",
        80,
        78,
        83,
        "Electric piano and soft beats under street lamps.",
    ),
    Recipe("lemon-garden", "Lemon Garden", "sunny", 104, 72, 97, "Kalimba and guitar on a bright afternoon."),
    Recipe("slow-orbit", "Slow Orbit", "dreamy", 76, 82, 103, "Bells and pads, drifting far above."),
)
