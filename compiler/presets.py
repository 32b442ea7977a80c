"""What a person can choose from on the finish page."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from compiler import timeline
from echoes.kernel import shapes
from echoes.kernel.shapes import STANDARD as STANDARD

TRANSITIONS = tuple(timeline.TRANSITIONS.items())
PLACES = tuple(timeline.PLACES.items())
LOOKS = tuple(timeline.LOOKS.items())
FACES = tuple(timeline.FACES.items())
SHAPES = tuple(shapes.LABELS.items())
QUALITIES = tuple(shapes.QUALITY_LABELS.items())
# These show more than the working copy of a photo holds.
FROM_ORIGINALS = ("high", "ultra")
# Of every photo, in pixels, for a film of that quality.
LONGEST_SIDE = {"ultra": 3_840}
# What the shelf of music can be narrowed to: a word for people, and the moods that it means.
MUSIC_KINDS = {
    "bright": (gettext_lazy("Bright"), {"uplifting", "playful", "sunny"}),
    "gentle": (gettext_lazy("Gentle"), {"calm", "tender", "dreamy", "nostalgic"}),
    "bold": (gettext_lazy("Bold"), {"cinematic", "adventure", "night"}),
}
# What can be ordered, in seconds; "film" is as long as the film.
MUSIC_LENGTHS = (
    ("film", gettext_lazy("As long as the film")),
    ("30", gettext_lazy("30 seconds")),
    ("60", gettext_lazy("1 minute")),
    ("120", gettext_lazy("2 minutes")),
)
MAX_TITLE = 160
MAX_CAPTION = 300
TITLE_SECONDS = 3
MUSIC_FADE_SECONDS = 2
MAX_CLIPS = 500
