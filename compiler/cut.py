"""What a clip's file is made from in the form that a film is joined from.

Pure: names the file before it is made. Most clips need none: they were encoded in that very form when they
were made, and their packets are copied.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from compiler import timeline
from echoes.kernel import digests, shapes
from echoes.kernel.ffmpeg import encoding

# Enters the digest of every cut: change it whenever the same clip would look different.
VERSION = "cut-1"


@dataclass(frozen=True)
class Cut:
    """A clip of `frames`, filmed again from its photo, or its file `source` scaled and cut to size.

    `focus` is the point that somebody wants to keep in view, in thousandths of the picture's sides; None
    leaves it to the measured one.
    """

    source: str
    filmed: timeline.Filmed | None
    frames: int
    fps: int
    aspect: str
    quality: str
    fit: str
    focus: tuple[int, int] | None

    @property
    def size(self) -> shapes.Size:
        return shapes.size(self.aspect, self.quality)

    @property
    def needs(self) -> str:
        """The digest of the file that it is made from."""
        return self.filmed.photo if self.filmed else self.source

    @property
    def digest(self) -> str:
        cut = asdict(self)
        if self.filmed:
            del cut["source"]  # the photo says it all
        return digests.of_recipe({"recipe": [VERSION, encoding.VERSION], "cut": cut})


def of(film: timeline.Timeline, item: timeline.Item) -> Cut | None:
    """What has to be made before the clip can be in this film; None where its file can be joined as it is."""
    focus = next(((point.x, point.y) for point in item.focus if point.aspect == film.aspect), None)
    if focus is None and item.form == encoding.form(size=film.size, fps=film.fps):
        return None
    return Cut(
        source=item.source,
        filmed=item.filmed if _as_long(item, film.fps) else None,
        frames=item.frames,
        fps=film.fps,
        aspect=film.aspect,
        quality=film.quality,
        fit=item.fit,
        focus=focus,
    )


def _as_long(item: timeline.Item, fps: int) -> bool:
    return item.filmed is not None and item.filmed.seconds * fps == item.frames


def source(film: timeline.Timeline, item: timeline.Item) -> str:
    """The digest of the file that stands for the clip in this film."""
    cut = of(film, item)
    return cut.digest if cut else item.source
