"""What a person can choose from on the finish page."""

from __future__ import annotations

from compiler.timeline import TRANSITIONS as KINDS

TRANSITIONS = tuple(KINDS.items())
MAX_TITLE = 160
TITLE_SECONDS = 3
MUSIC_FADE_SECONDS = 2
MAX_CLIPS = 500
