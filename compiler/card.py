"""What a card of words is made from: enough to name its file before it is drawn."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from compiler import cut, timeline
from echoes.kernel import digests, shapes
from echoes.kernel.ffmpeg import encoding

# Enters the digest of every card: change it whenever the same words would look different.
VERSION = "card-3"


@dataclass(frozen=True)
class Card:
    """`behind` and `behind_frame` name the picture that is blurred behind the words."""

    text: str
    subtitle: str
    frames: int
    fps: int
    aspect: str
    quality: str
    behind: str
    behind_frame: int
    face: str = "storybook"

    @property
    def size(self) -> shapes.Size:
        return shapes.size(self.aspect, self.quality)

    @property
    def digest(self) -> str:
        return digests.of_recipe({"recipe": [VERSION, encoding.VERSION], "card": asdict(self)})


def opening(film: timeline.Timeline) -> Card | None:
    """The film's title, over the first frame of its first clip; None for a film without a title."""
    first = film.items[0]
    return _card(film, film.title, behind=first, frame=first.trim_start)


def closing(film: timeline.Timeline) -> Card | None:
    """The film's end card, over the last frame of its last clip; None for a film without one."""
    last = film.items[-1]
    return _card(film, film.end, behind=last, frame=last.frames - last.trim_end - 1)


def _card(
    film: timeline.Timeline, title: timeline.Title | None, *, behind: timeline.Item, frame: int
) -> Card | None:
    if title is None:
        return None
    return Card(
        text=title.text,
        subtitle=title.subtitle,
        frames=title.frames,
        fps=film.fps,
        aspect=film.aspect,
        quality=film.quality,
        behind=cut.source(film, behind),
        behind_frame=frame,
        face=title.face,
    )
