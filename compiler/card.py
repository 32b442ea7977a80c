"""What a title card is made from: enough to name its file before it is drawn."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from compiler import timeline
from echoes.kernel import digests
from echoes.kernel.ffmpeg import encoding

# Enters the digest of every card: change it whenever the same words would look different.
VERSION = "card-1"


@dataclass(frozen=True)
class Card:
    """`behind` and `behind_frame` name the picture that is blurred behind the words."""

    text: str
    subtitle: str
    frames: int
    aspect: str
    fps: int
    behind: str
    behind_frame: int

    @property
    def digest(self) -> str:
        return digests.of_recipe({"recipe": [VERSION, encoding.VERSION], "card": asdict(self)})


def of(film: timeline.Timeline) -> Card | None:
    """The film's card, over the first frame of its first clip; None for a film without a title."""
    if film.title is None:
        return None
    first = film.items[0]
    return Card(
        text=film.title.text,
        subtitle=film.title.subtitle,
        frames=film.title.frames,
        aspect=film.aspect,
        fps=film.fps,
        behind=first.source,
        behind_frame=first.trim_start,
    )
