"""The music that Echoes makes itself, as data: pages list it without loading what plays it."""

from __future__ import annotations

from dataclasses import dataclass

from echoes.kernel.errors import gettext_noop

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
        gettext_noop("uplifting"),
        112,
        76,
        11,
        gettext_noop("Piano and guitar that open up and lift off."),
    ),
    Recipe(
        "still-harbour",
        "Still Harbour",
        gettext_noop("calm"),
        72,
        75,
        23,
        gettext_noop("Felt piano over slow, warm water."),
    ),
    Recipe(
        "the-long-ridge",
        "The Long Ridge",
        gettext_noop("cinematic"),
        88,
        82,
        37,
        gettext_noop("Strings and far drums, climbing to a view."),
    ),
    Recipe(
        "paper-boats",
        "Paper Boats",
        gettext_noop("playful"),
        116,
        72,
        41,
        gettext_noop("Marimba, snaps and a skip in the step."),
    ),
    Recipe(
        "attic-postcards",
        "Attic Postcards",
        gettext_noop("nostalgic"),
        96,
        80,
        53,
        gettext_noop("A music box remembers a waltz."),
    ),
    Recipe(
        "small-hands",
        "Small Hands",
        gettext_noop("tender"),
        68,
        76,
        67,
        gettext_noop("A piano close by, strings behind it."),
    ),
    Recipe(
        "over-the-pass",
        "Over the Pass",
        gettext_noop("adventure"),
        120,
        75,
        71,
        gettext_noop("Flute, guitar and drums on a wide road."),
    ),
    Recipe(
        "city-after-rain",
        "City After Rain",
        gettext_noop("night"),
        80,
        78,
        83,
        gettext_noop("Electric piano and soft beats under street lamps."),
    ),
    Recipe(
        "lemon-garden",
        "Lemon Garden",
        gettext_noop("sunny"),
        104,
        72,
        97,
        gettext_noop("Kalimba and guitar on a bright afternoon."),
    ),
    Recipe(
        "slow-orbit",
        "Slow Orbit",
        gettext_noop("dreamy"),
        76,
        82,
        103,
        gettext_noop("Bells and pads, drifting far above."),
    ),
)
